export * from './elements/events.js';
export * from './elements/gradient-map-element.js';
export * from './elements/model-graph-element.js';
export * from './elements/output-plot-element.js';
export * from './elements/weight-heatmap-element.js';
export {setStrings} from './words/strings.js';
