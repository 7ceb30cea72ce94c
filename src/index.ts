export * from './weight-heatmap.js';
export * from './model-graph.js';
export * from './tensor.js';
export * from './graph.js';
