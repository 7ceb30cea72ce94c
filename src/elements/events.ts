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

/** A mark of a plot: one point, bar, bin or cell; all `null` when left. */
export interface PointDetail {
  /** The examples behind it, by index; `null` where there are none, or too many to list. */
  readonly indices: readonly number[] | null;
  /** Name of its series; empty where there is one alone. */
  readonly series: string | null;
  /** The numbers behind it: which ones depends on the kind of plot. */
  readonly datum: Readonly<Record<string, unknown>> | null;
}

/** `point-hover` and `point-select`: bubble, composed. */
export class PointEvent extends Event implements PointDetail {
  readonly indices: readonly number[] | null;
  readonly series: string | null;
  readonly datum: Readonly<Record<string, unknown>> | null;

  constructor(type: 'point-hover' | 'point-select', detail: PointDetail) {
    super(type, {bubbles: true, composed: true});
    this.indices = detail.indices;
    this.series = detail.series;
    this.datum = detail.datum;
  }
}

/** `threshold-change`: the user has moved the threshold. Bubbles, composed. */
export class ThresholdEvent extends Event {
  readonly threshold: number;

  constructor(threshold: number) {
    super('threshold-change', {bubbles: true, composed: true});
    this.threshold = threshold;
  }
}

/** `highlight-change`: the user has chosen examples, or none. Bubbles, composed. */
export class HighlightEvent extends Event {
  /** Indices of the examples. */
  readonly highlighted: readonly number[];

  constructor(highlighted: readonly number[]) {
    super('highlight-change', {bubbles: true, composed: true});
    this.highlighted = highlighted;
  }
}
