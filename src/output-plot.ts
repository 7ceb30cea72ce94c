import {OutputPlotElement} from './elements/output-plot-element.js';

export * from './elements/output-plot-element.js';
export * from './elements/events.js';
export type {ModelInput} from './controllers/take-input.js';
export type {LabelsInput, SeriesInput} from './controllers/plot-reading.js';
export type {ClassesInput} from './tensor/classes.js';
export type {RunData, RunRecord} from './training/record.js';
export {useTf} from './tensor/tf.js';
export {setStrings} from './words/strings.js';

if (globalThis.customElements?.get('output-plot')) console.warn('tensorlens: <output-plot> is defined already; this copy stays unused.');
else customElements.define('output-plot', OutputPlotElement);
