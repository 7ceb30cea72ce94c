export {runSliced, type SliceOptions, yieldToPage} from '../tensor/slices.js';
