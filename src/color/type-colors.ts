/** What a layer or op does, in the kinds that have a colour each. */
export type TypeKind =
  | 'input'
  | 'convolution'
  | 'dense'
  | 'recurrent'
  | 'embedding'
  | 'normalisation'
  | 'activation'
  | 'pooling'
  | 'merge'
  | 'math'
  | 'reshape'
  | 'control'
  | 'other';

/** In the order of a legend. */
export const TYPE_KINDS: readonly TypeKind[] = ['input', 'convolution', 'dense', 'recurrent', 'embedding', 'normalisation', 'activation', 'pooling', 'merge', 'math', 'reshape', 'control', 'other'];

/**
 * One colour a kind, the same everywhere. The first eight are Okabe and Ito's (2008), told apart with any colour vision;
 * the rest are muted tones after Paul Tol. No colour stands alone: every box names its type.
 */
const COLORS: Readonly<Record<TypeKind, string>> = {
  input: '#5b6470',
  convolution: '#0072b2',
  dense: '#d55e00',
  recurrent: '#a8356b',
  embedding: '#cc79a7',
  normalisation: '#56b4e9',
  activation: '#009e73',
  pooling: '#e6c619',
  merge: '#e69f00',
  math: '#999933',
  reshape: '#a9a9b2',
  control: '#7568c8',
  other: '#8a8f99',
};

/** By the beginning of a type's name, or a part of it; the first that fits. */
const RULES: readonly (readonly [RegExp, TypeKind])[] = [
  [/^(input|placeholder|arg$|_?retval)/i, 'input'],
  [/LSTM|GRU|RNN/i, 'recurrent'],
  [/embedding|gather|lookup|hashbucket|attention/i, 'embedding'],
  [/conv/i, 'convolution'],
  [/^(_?fused)?(batch)?matmul|matmul|^dense|einsum|^dot$/i, 'dense'],
  [/norm|^lrn$|rescaling|moments/i, 'normalisation'],
  [/pool|upsampl|resize|cropandresize|^zeropadding|^(mirror)?pad/i, 'pooling'],
  [/^(_?leaky|thresholded)?_?re?lu|^relu|prelu|^elu|selu|gelu|sigmoid|tanh|softmax|softplus|softsign|swish|activation|^(spatial|gaussian|alpha)?dropout|gaussiannoise/i, 'activation'],
  [/^concat|^pack$|^stack|^addn$|^add(v2)?$|^average$|^(multiply|subtract|maximum|minimum)$/i, 'merge'],
  [/^(switch|merge|enter|exit|nextiteration|loopcond|while|statelesswhile|if|statelessif|.*partitionedcall|tensorlist|tensorarray|noop)/i, 'control'],
  [/reshape|transpose|permute|flatten|squeeze|expanddims|slice|split|unpack|unstack|^shape|^size$|^rank$|cast|identity|tile|broadcast|fill|range|repeatvector|cropping|spacetobatch|batchtospace|depthtospace|reverse|where|select|gathernd|scatter|onehot|topk|zeroslike|oneslike|masking|timedistributed/i, 'reshape'],
  [/^(mul|sub|div|realdiv|divnonan|square|sqrt|rsqrt|exp|log|neg|abs|sign|floor|ceil|round|pow|mean|sum|max|min|prod|all|any|arg(max|min)|cum|bias|equal|notequal|less|greater|logical|reciprocal|squareddifference|clip|mod|floormod|floordiv|sin|cos|tan|asin|acos|atan|erf|cross|lambda|nonmax)/i, 'math'],
];

const known = new Map<string, TypeKind>();

/** The kind of a layer's class or of an op. */
export function kindOfType(type: string): TypeKind {
  const name = type.slice(0, 200);
  const found = known.get(name);
  if (found) return found;
  const kind = RULES.find(([rule]) => rule.test(name))?.[1] ?? 'other';
  if (known.size > 5000) known.clear();
  known.set(name, kind);
  return kind;
}

/** The kind's colour, as CSS. */
export const colorOfKind = (kind: TypeKind): string => COLORS[kind];
