import type {LiveLayer} from './model-ports.js';
import type {TfTensor} from './tf.js';

type Mask = TfTensor | readonly TfTensor[] | null;

/** A recurrent cell. One with dropout keeps its masks after a pass, until the next: outside training they are all 1. */
interface Cell extends LiveLayer {
  dropoutMask?: Mask;
  recurrentDropoutMask?: Mask;
}

/** The layers within a layer that is none of the model's own: of wrappers, and the cells of recurrent layers. */
export function innerLayers(layer: LiveLayer): LiveLayer[] {
  const {cell, cells} = layer as {readonly cell?: LiveLayer; readonly cells?: readonly LiveLayer[]};
  return [layer.layer, layer.forwardLayer, layer.backwardLayer, cell, ...(cells ?? []), ...(layer.layers ?? [])].filter((inner) => inner !== undefined && inner !== null);
}

function* cellsOf(layer: LiveLayer): Generator<Cell> {
  if ('dropoutMask' in layer) yield layer as Cell;
  for (const inner of innerLayers(layer)) yield* cellsOf(inner);
}

/** Runs a model, and frees the masks that its cells make on the way; those they had are theirs again. */
export function withoutMasks<T>(model: LiveLayer, run: () => T): T {
  const kept = [...new Set(cellsOf(model))].map((cell) => ({cell, dropoutMask: cell.dropoutMask, recurrentDropoutMask: cell.recurrentDropoutMask}));
  for (const {cell} of kept) cell.dropoutMask = cell.recurrentDropoutMask = null;
  try {
    return run();
  } finally {
    for (const {cell, ...own} of kept) {
      for (const mask of [cell.dropoutMask ?? [], cell.recurrentDropoutMask ?? []].flat()) mask.dispose();
      Object.assign(cell, own);
    }
  }
}
