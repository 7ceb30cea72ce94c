import {OutputPlotElement} from './elements/output-plot-element.js';

export * from './elements/output-plot-element.js';
export * from './elements/events.js';
export {useTf} from './tensor/tf.js';
export {setStrings} from './words/strings.js';

if (globalThis.customElements?.get('output-plot')) console.warn('tensorlens: <output-plot> is defined already; this copy stays unused.');
else customElements.define('output-plot', OutputPlotElement);
