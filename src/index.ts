export * from './weight-heatmap.js';
export * from './model-graph.js';
export * from './output-plot.js';
export * from './tensor.js';
export * from './graph.js';
export * from './metrics.js';
export {useTf} from './tensor/tf.js';
