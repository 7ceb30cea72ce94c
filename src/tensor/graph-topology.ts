import type {WeightKind} from './types.js';

/** What a graph model says of one of its weights. */
export interface GraphWeight {
  readonly kind: WeightKind;
  /** The op that uses it. */
  readonly op: string;
  readonly activation?: string | undefined;
  /** Place of that op among the nodes. */
  readonly order: number;
}

/** A node of a TensorFlow GraphDef, as JSON. */
export interface NodeDef {
  readonly name?: string;
  readonly op?: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, {readonly b?: boolean; readonly list?: {readonly s?: readonly string[]}}>>;
}

interface Use {
  readonly node: NodeDef;
  readonly at: number;
  readonly order: number;
}

const PASSED = new Set(['Identity', 'Cast', 'Dequantize', 'Reshape', 'ExpandDims', 'Squeeze', 'ReadVariableOp', 'Enter', 'Transpose']);
const ACTIVATIONS: Readonly<Record<string, string>> = {
  Relu: 'relu',
  Relu6: 'relu6',
  Elu: 'elu',
  Selu: 'selu',
  LeakyRelu: 'leaky relu',
  Prelu: 'prelu',
  Sigmoid: 'sigmoid',
  Tanh: 'tanh',
  Softmax: 'softmax',
  Softplus: 'softplus',
};

function kindOfUse(op: string, at: number, node: NodeDef, rank: number): WeightKind | undefined {
  if (/^(_Fused)?Conv2D$/.test(op)) return at === 1 ? 'conv2d' : 'bias';
  if (/Depthwise/.test(op)) return at === 1 ? 'depthwise' : 'bias';
  if (op === 'Conv2DBackpropInput') return at === 1 ? 'conv2d-transpose' : undefined;
  if (/^(_Fused)?Conv3D$/.test(op)) return at === 1 ? 'conv3d' : 'bias';
  if (/MatMul/.test(op)) {
    if (at > 1) return 'bias';
    return node.attr?.transpose_b?.b || rank !== 2 ? 'other' : 'dense';
  }
  if (op === 'BiasAdd') return 'bias';
  if (/BatchNorm/.test(op)) return 'norm';
  if (/^(Resource)?Gather(V2)?$/.test(op)) return at === 0 && rank === 2 ? 'embedding' : undefined;
  if (/^(AddV2|Add|Mul|Sub)$/.test(op)) return rank === 1 ? 'bias' : undefined;
  return undefined;
}

/** By rank, where no op says more. */
const BY_RANK: readonly WeightKind[] = ['other', 'bias', 'dense', 'other', 'conv2d', 'conv3d'];

/** The name of the node behind an input: without `^`, `:0` and a function's `:output:0`. */
const source = (input: string): string => input.replace(/^\^/, '').split(':', 1)[0]!;

/** Nodes or weights looked at between two yields. */
const CHUNK = 2000;

/**
 * Finds for each weight the op that uses it, looking through ops that only pass values on, in the graph and in the
 * bodies of its functions.
 * @param topology `modelTopology` of a graph model (a GraphDef as JSON)
 * @param weights name and rank of each
 * @yields share done
 */
export function* graphWeights(topology: unknown, weights: Iterable<readonly [name: string, rank: number]>): Generator<number, Map<string, GraphWeight>> {
  const graph = topology as {node?: NodeDef[]; library?: {function?: {nodeDef?: NodeDef[]}[]}} | null;
  const functions = Array.isArray(graph?.library?.function) ? graph.library.function : [];
  const lists = [graph?.node, ...functions.map((f) => f?.nodeDef)].filter(Array.isArray) as NodeDef[][];
  const users = new Map<string, Use[]>();
  let order = 0;
  for (const list of lists) {
    for (const node of list) {
      if (++order % CHUNK === 0) yield 0.3;
      if (!Array.isArray(node?.input)) continue;
      node.input.forEach((input, at) => {
        if (typeof input !== 'string' || input.startsWith('^')) return;
        const name = source(input);
        const uses = users.get(name);
        if (uses) uses.push({node, at, order});
        else users.set(name, [{node, at, order}]);
      });
    }
  }
  const out = new Map<string, GraphWeight>();
  for (const [name, rank] of weights) {
    if (out.size % CHUNK === CHUNK - 1) yield 0.7;
    const use = finalUse(users, name, 0);
    const op = use?.node.op ?? '';
    out.set(name, {
      kind: (use && kindOfUse(op, use.at, use.node, rank)) ?? BY_RANK[rank] ?? 'other',
      op,
      activation: use && activationOf(users, use.node),
      order: use?.order ?? Infinity,
    });
  }
  return out;
}

function finalUse(users: ReadonlyMap<string, Use[]>, name: string, depth: number): Use | undefined {
  const uses = users.get(name);
  if (!uses) return undefined;
  const use = uses.find((u) => !PASSED.has(u.node.op ?? '')) ?? uses[0]!;
  if (!PASSED.has(use.node.op ?? '') || use.at > 0 || depth > 8 || !use.node.name) return use;
  return finalUse(users, use.node.name, depth + 1) ?? use;
}

/** The activation fused into an op, or the one that follows it (and its bias) alone. */
function activationOf(users: ReadonlyMap<string, Use[]>, node: NodeDef): string | undefined {
  const fused = node.attr?.fused_ops?.list?.s;
  if (Array.isArray(fused)) {
    for (const encoded of fused as unknown[]) {
      const op = fromBase64(encoded);
      if (Object.hasOwn(ACTIVATIONS, op)) return ACTIVATIONS[op];
    }
  }
  let at: NodeDef | undefined = node;
  for (let step = 0; step < 3 && at?.name; step++) {
    const uses: Use[] | undefined = users.get(at.name);
    if (uses?.length !== 1) return undefined;
    at = uses[0]!.node;
    const op = at.op ?? '';
    if (Object.hasOwn(ACTIVATIONS, op)) return ACTIVATIONS[op];
    if (!/^(BiasAdd|AddV2|Add|Mul|FusedBatchNorm.*|Identity)$/.test(op)) return undefined;
  }
  return undefined;
}

function fromBase64(encoded: unknown): string {
  try {
    return typeof encoded === 'string' ? atob(encoded) : '';
  } catch {
    return '';
  }
}
