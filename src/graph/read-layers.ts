import {describe} from '../tensor/read-tensor.js';
import type {ModelWeights} from '../tensor/types.js';
import {Problem} from '../words/graph.js';
import {finish, object, Remarks} from './layer-defs.js';
import {ModelReader} from './layers-file.js';
import {LayersGraph} from './layers-graph.js';
import type {GraphSpec} from './types.js';

/**
 * The graph of a layers model, from its description alone.
 *
 * A node is a call of a layer; its id is the layer's address, with `#1`, `#2` for further calls. Nested models are
 * groups, and their input layers stand only where nothing from outside feeds them. Wrappers (`Bidirectional(LSTM)`) and
 * recurrent layers with their cells are one node. What is wrong with the description is said in `remarks`.
 *
 * @param topology `modelTopology` of a model.json, from Keras 2, Keras 3 or TensorFlow.js, with or without `model_config`
 * @param weights what its manifest holds; without it, parameters are counted by rule from the configuration
 * @throws Problem for anything but a layers model
 */
export const layersGraph = (topology: unknown, weights?: ModelWeights): GraphSpec => finish(layersGraphSteps(topology, weights));

/** {@link layersGraph} in steps of a few milliseconds. */
export function* layersGraphSteps(topology: unknown, weights?: ModelWeights): Generator<number, GraphSpec> {
  const top = object(topology);
  const model = object(top?.model_config) ?? top;
  if (!model || !ModelReader.layersIn(model)) throw new Problem('notLayers', {got: describe(topology)});
  const remarks = new Remarks();
  const def = yield* new ModelReader(remarks).read(model);
  // a file without a manifest says nothing of its weights
  return (yield* new LayersGraph({remarks, weights: weights?.weights.length ? weights : undefined}).write(def)).spec;
}
