import {GradientMapElement} from './elements/gradient-map-element.js';

export * from './elements/gradient-map-element.js';
export * from './elements/events.js';
export type {Attribution} from './attribution/attribution.js';
export type {WeightGradients} from './attribution/weight-gradients.js';
export type {ModelInput} from './controllers/take-input.js';
export type {ClassesInput} from './tensor/classes.js';
export type {RunData, RunRecord} from './training/record.js';
export {useTf} from './tensor/tf.js';
export {setStrings} from './words/strings.js';

if (globalThis.customElements?.get('gradient-map')) console.warn('tensorlens: <gradient-map> is defined already; this copy stays unused.');
else customElements.define('gradient-map', GradientMapElement);
