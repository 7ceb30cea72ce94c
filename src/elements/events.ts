export {FailureEvent, LoadEvent, LoadProgressEvent} from '../controllers/events.js';

/** Where a cell of a tensor lies and what it holds; all `null` when the pointer has left. */
export interface CellDetail {
  /** Layer address, or `null` for a tensor that belongs to no layer. */
  readonly layer: string | null;
  /** Weight name, or `null`. */
  readonly weight: string | null;
  /** Index in the tensor's own axes, whatever the arrangement. */
  readonly index: readonly number[] | null;
  readonly value: number | null;
}

/** `cell-hover` and `cell-select`: bubble, composed. */
export class CellEvent extends Event implements CellDetail {
  readonly layer: string | null;
  readonly weight: string | null;
  readonly index: readonly number[] | null;
  readonly value: number | null;

  constructor(type: 'cell-hover' | 'cell-select', detail: CellDetail) {
    super(type, {bubbles: true, composed: true});
    this.layer = detail.layer;
    this.weight = detail.weight;
    this.index = detail.index;
    this.value = detail.value;
  }
}

/** `layer-select`: the user opened a layer's weight, or (both `null`) went back to the overview. Bubbles, composed. */
export class LayerEvent extends Event {
  readonly layer: string | null;
  readonly weight: string | null;

  constructor(layer: string | null, weight: string | null) {
    super('layer-select', {bubbles: true, composed: true});
    this.layer = layer;
    this.weight = weight;
  }
}

/** `node-hover`, `node-select`, `group-toggle`: a node or group of a graph; both `null` when left. Bubbles, composed. */
export class NodeEvent extends Event {
  /** Id of the node or group. */
  readonly id: string | null;
  /** Address of the layer that it belongs to, or `null`. */
  readonly layer: string | null;

  constructor(type: 'node-hover' | 'node-select' | 'group-toggle', id: string | null, layer: string | null) {
    super(type, {bubbles: true, composed: true});
    this.id = id;
    this.layer = layer;
  }
}
