/** Sizes along each axis; `null` where an axis varies (a batch, a sequence) or is not told. */
export type Shape = readonly (number | null)[];

/** What is said of a node in plain words: configuration of a layer, attributes of an op. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A weight that a node uses. */
export interface GraphWeight {
  /** As `<weight-heatmap>` names it: `layer/weight`. */
  readonly address: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** One layer call or one op. */
export interface GraphNode {
  /** Address of the layer, with `#1`, `#2` for further calls of a shared one; in a graph model the op's name. Unique. */
  readonly id: string;
  /** Class of the layer (`Conv2D`), or the op (`_FusedConv2D`). */
  readonly type: string;
  /** What is written on the node: the last part of its name. */
  readonly label: string;
  /** The innermost group that the node lies in. */
  readonly group?: string | undefined;
  /** Ids of the nodes whose outputs it takes, in the order of its inputs; control inputs are edges alone. */
  readonly inputs: readonly string[];
  /** Of its first output; `null` where even the rank is unknown. */
  readonly outputShape: Shape | null;
  /** Of all outputs, where there are several. */
  readonly outputShapes?: readonly (Shape | null)[] | undefined;
  /** Values in the weights that it uses; 0 without any, `null` where unknown. Further calls of a shared layer have 0. */
  readonly params: number | null;
  /** `null` where it has no weights or it is not told. */
  readonly trainable: boolean | null;
  /** Of `params`, those that training does not change though the node is trainable: moving statistics. */
  readonly nonTrainableParams?: number | undefined;
  /** Multiply-accumulate operations for one example; 0 for ops that only move data, `null` where unknown. */
  readonly macs: number | null;
  /** Bytes of its outputs for one example, `null` where unknown. */
  readonly activationBytes: number | null;
  readonly attributes: Attributes;
  /** Address of the layer it belongs to, for `node-select`; in graph models the name up to its last `/`. */
  readonly layer?: string | undefined;
  readonly weights?: readonly GraphWeight[] | undefined;
  /** `input` and `output` nodes are where data come in and go out. */
  readonly role?: 'input' | 'output' | undefined;
}

/** A connection between nodes. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** What flows along it, where known. */
  readonly shape?: Shape | null | undefined;
  /** `data` where not given; `control` orders without data, `loop` goes back (NextIteration), `state` hands on a recurrent state. */
  readonly kind?: 'data' | 'control' | 'loop' | 'state' | undefined;
}

/** Nodes (and groups) that belong together and can be folded into one box. */
export interface GraphGroup {
  readonly id: string;
  readonly label: string;
  /** The group it lies in. */
  readonly parent?: string | undefined;
  /** It stands for so many blocks of the same structure: `×16`. */
  readonly repeat?: number | undefined;
  /**
   * Where it comes from: a nested model, a wrapper layer, a name scope, a function body; or found: a `repeat` of equal
   * blocks, one such `block`, the `rest` of them, a `chain` of single nodes, a `part` of a group with too many children.
   */
  readonly kind?: 'model' | 'wrapper' | 'scope' | 'function' | 'repeat' | 'block' | 'rest' | 'chain' | 'part' | undefined;
  /** Class of the nested model or wrapper. */
  readonly type?: string | undefined;
}

/** What was understood of a model's structure, or any graph of the same form. Plain JSON. */
export interface GraphSpec {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly groups: readonly GraphGroup[];
  readonly name?: string | undefined;
  /** What could not be understood and what was mended, in words: a dangling input, a duplicate name. */
  readonly remarks?: readonly string[] | undefined;
}
