import {WeightHeatmapElement} from './elements/weight-heatmap-element.js';

export * from './elements/weight-heatmap-element.js';
export * from './elements/events.js';
export type {CompareView} from './controllers/heatmap-compare.js';
export type {OrderName} from './controllers/heatmap-view.js';
export type {TensorInputs} from './controllers/own-tensors.js';
export type {RunView} from './controllers/run-heatmap.js';
export type {RunData, RunRecord} from './training/record.js';
export {type ComputeWorkerFactory, setComputeWorker} from './controllers/worker-factory.js';
export {setStrings} from './words/strings.js';

if (globalThis.customElements?.get('weight-heatmap')) console.warn('tensorlens: <weight-heatmap> is defined already; this copy stays unused.');
else customElements.define('weight-heatmap', WeightHeatmapElement);
