export * from './weight-heatmap.js';
export * from './tensor.js';
