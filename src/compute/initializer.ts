/** What an initializer draws from; `null`: it is none of Keras' own. */
export type InitialKind = 'uniform' | 'normal' | 'truncated-normal' | 'orthogonal' | 'identity' | 'constant' | 'zeros' | 'ones' | null;

/** How the values of a weight were spread before training. */
export interface InitialDistribution {
  /** As Keras calls it: `GlorotUniform`. */
  readonly name: string;
  readonly kind: InitialKind;
  /** Of all values, those of `spikes` too; NaN where `kind` is `null`. */
  readonly mean: number;
  readonly std: number;
  /** No value lies farther from `center`. */
  readonly limit?: number;
  /** The middle of what is drawn, without `spikes`, and the σ of a normal distribution (before it is cut off, where it is). */
  readonly center: number;
  readonly sigma: number;
  /** Of an orthogonal one: the length of the vectors of which its values are coordinates. */
  readonly dimensions?: number;
  /** Values that are not spread at all, and the share of each; what is left to 1 is drawn. */
  readonly spikes: readonly {readonly value: number; readonly share: number}[];
}

/** What is asked of. */
export interface InitializedWeight {
  /** Its own name: `recurrent_kernel`. */
  readonly weight: string;
  readonly shape: readonly number[];
  /** Class of its layer: `LSTM`. */
  readonly layerType?: string | undefined;
}

/** Part of 2σ to either side that a normal distribution has, and what is left of σ when it is cut off there. */
const CUT = {mass: 0.9544997361036416, sigma: 0.8796256610342398};

/** Of a layer's own weights: under what its config names the initializer, and what it is by default. */
const DEFAULTS: Readonly<Record<string, readonly [key: string, name: string]>> = {
  kernel: ['kernel_initializer', 'glorot_uniform'],
  recurrent_kernel: ['recurrent_initializer', 'orthogonal'],
  depthwise_kernel: ['depthwise_initializer', 'glorot_uniform'],
  pointwise_kernel: ['pointwise_initializer', 'glorot_uniform'],
  bias: ['bias_initializer', 'zeros'],
  embeddings: ['embeddings_initializer', 'uniform'],
  gamma: ['gamma_initializer', 'ones'],
  beta: ['beta_initializer', 'zeros'],
  moving_mean: ['moving_mean_initializer', 'zeros'],
  moving_variance: ['moving_variance_initializer', 'ones'],
  alpha: ['alpha_initializer', 'zeros'],
};
/** Keras' names for variance scaling: scale, mode, distribution. */
const SCALED: Readonly<Record<string, readonly [number, string, string]>> = {
  GlorotUniform: [1, 'fan_avg', 'uniform'],
  GlorotNormal: [1, 'fan_avg', 'truncated_normal'],
  HeUniform: [2, 'fan_in', 'uniform'],
  HeNormal: [2, 'fan_in', 'truncated_normal'],
  LecunUniform: [1, 'fan_in', 'uniform'],
  LecunNormal: [1, 'fan_in', 'truncated_normal'],
};
/** Other names that files have for the same. */
const ALIASES: Readonly<Record<string, string>> = {
  uniform: 'RandomUniform',
  normal: 'RandomNormal',
  zero: 'Zeros',
  one: 'Ones',
  LeCunUniform: 'LecunUniform',
  LeCunNormal: 'LecunNormal',
  OrthogonalInitializer: 'Orthogonal',
  IdentityInitializer: 'Identity',
};

type Json = Readonly<Record<string, unknown>>;
const object = (x: unknown): Json | undefined => (typeof x === 'object' && x !== null && !Array.isArray(x) ? (x as Json) : undefined);
const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(table, key) ? table[key] : undefined);
const number = (config: Json, key: string, otherwise: number): number => (typeof config[key] === 'number' ? config[key] : otherwise);

/** `glorot_uniform` and `glorotUniform` are `GlorotUniform`. */
const className = (name: string): string => {
  const whole = name.split('>').at(-1)!;
  const known = own(ALIASES, whole) ?? whole.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return own(ALIASES, known) ?? known;
};

/**
 * Inputs and outputs of a unit, as Keras counts them (`compute_fans`): of a matrix its sides, of anything longer the last
 * two axes times all before them. So it does for depthwise and transposed convolutions too, whose axes mean other things.
 */
export function fansOf(shape: readonly number[], tfjs = false): {in: number; out: number} {
  const size = shape.reduce((n, s) => n * s, 1);
  if (shape.length < 2) {
    const fan = tfjs ? Math.sqrt(size) : size;
    return {in: fan, out: fan};
  }
  const field = shape.slice(0, -2).reduce((n, s) => n * s, 1);
  return {in: field * shape.at(-2)!, out: field * shape.at(-1)!};
}

/** The initializer that a layer's config names, in the layer itself or in the one it wraps. */
function configured(config: unknown, key: string): unknown {
  const layer = object(config);
  if (!layer) return undefined;
  if (layer[key] !== undefined && layer[key] !== null) return layer[key];
  return configured(object(layer.layer)?.config ?? object(layer.cell)?.config, key);
}

type Drawn = Omit<InitialDistribution, 'name' | 'spikes'>;
const uniform = (low: number, high: number): Drawn => ({kind: 'uniform', mean: (low + high) / 2, std: (high - low) / Math.sqrt(12), center: (low + high) / 2, limit: (high - low) / 2, sigma: NaN});
const normal = (mean: number, sigma: number): Drawn => ({kind: 'normal', mean, std: sigma, center: mean, sigma});
const truncated = (mean: number, sigma: number): Drawn => ({kind: 'truncated-normal', mean, std: sigma * CUT.sigma, center: mean, limit: 2 * sigma, sigma});

/** @param tfjs TensorFlow.js cuts a normal distribution off without making it wider first, and has no other one of that kind */
function scaled(scale: number, mode: string, distribution: string, shape: readonly number[], tfjs: boolean): Drawn {
  const fans = fansOf(shape, tfjs);
  const fan = /in$/i.test(mode) ? fans.in : /out$/i.test(mode) ? fans.out : (fans.in + fans.out) / 2;
  const std = Math.sqrt(scale / Math.max(1, fan));
  if (distribution === 'uniform' || (tfjs && distribution !== 'normal')) return uniform(-Math.sqrt(3) * std, Math.sqrt(3) * std);
  if (distribution.startsWith('untruncated')) return normal(0, std);
  return truncated(0, tfjs ? std : std / CUT.sigma);
}

/** What one value is, all of them the same, or a few. */
function fixed(kind: InitialKind, spikes: InitialDistribution['spikes']): Drawn & Pick<InitialDistribution, 'spikes'> {
  const mean = spikes.reduce((sum, {value, share}) => sum + value * share, 0);
  const std = Math.sqrt(spikes.reduce((sum, {value, share}) => sum + share * (value - mean) ** 2, 0));
  return {kind, mean, std, center: mean, sigma: NaN, spikes};
}

function drawn(given: unknown, shape: readonly number[], tfjs: boolean): InitialDistribution {
  const from = object(given);
  const config = object(from?.config) ?? {};
  let name = className(typeof given === 'string' ? given : typeof from?.class_name === 'string' ? from.class_name : '?');
  const spread = (what: Drawn): InitialDistribution => ({name, spikes: [], ...what});
  const only = (kind: InitialKind, value: number): InitialDistribution => ({name, ...fixed(kind, [{value, share: 1}])});
  const known = own(SCALED, name);
  if (known) return spread(scaled(known[0], known[1], tfjs && known[2] !== 'uniform' ? 'normal' : known[2], shape, tfjs));
  switch (name) {
    case 'VarianceScaling': {
      const scale = number(config, 'scale', 1);
      const mode = typeof config.mode === 'string' ? config.mode : 'fan_in';
      const distribution = typeof config.distribution === 'string' ? config.distribution : tfjs ? 'normal' : 'truncated_normal';
      // TensorFlow.js, and older Keras, write all of these under one name
      const alike = Object.entries(SCALED).find(([, [s, m, d]]) => s === scale && m === mode && d === (distribution === 'normal' ? 'truncated_normal' : distribution));
      if (alike) name = alike[0];
      return spread(scaled(scale, mode, distribution, shape, tfjs));
    }
    case 'RandomUniform':
      return spread(uniform(number(config, 'minval', -0.05), number(config, 'maxval', 0.05)));
    case 'RandomNormal':
      return spread(normal(number(config, 'mean', 0), number(config, 'stddev', 0.05)));
    case 'TruncatedNormal':
      return spread(truncated(number(config, 'mean', 0), number(config, 'stddev', 0.05)));
    case 'Zeros':
      return only('zeros', 0);
    case 'Ones':
      return only('ones', 1);
    case 'Constant':
      return only('constant', number(config, 'value', 0));
    case 'Orthogonal': {
      const gain = Math.abs(number(config, 'gain', 1));
      const last = shape.at(-1) ?? 1;
      const dimensions = Math.max(last, shape.slice(0, -1).reduce((n, s) => n * s, 1));
      if (dimensions < 2) return {name, ...fixed('orthogonal', [{value: -gain, share: 0.5}, {value: gain, share: 0.5}])};
      return spread({kind: 'orthogonal', mean: 0, std: gain / Math.sqrt(dimensions), center: 0, limit: gain, sigma: NaN, dimensions});
    }
    case 'Identity': {
      const gain = number(config, 'gain', 1);
      const share = 1 / Math.max(1, ...shape);
      return {name, ...fixed('identity', [{value: 0, share: 1 - share}, {value: gain, share}])};
    }
    default:
      return spread({kind: null, mean: NaN, std: NaN, center: NaN, sigma: NaN});
  }
}

/** The bias of an LSTM: its forget gate, a quarter of it, begins at 1. */
function forgetting(base: InitialDistribution): InitialDistribution {
  const spikes = [...base.spikes.map(({value, share}) => ({value, share: 0.75 * share})), {value: 1, share: 0.25}];
  const mean = 0.75 * base.mean + 0.25;
  const std = Math.sqrt(0.75 * (base.std ** 2 + (base.mean - mean) ** 2) + 0.25 * (1 - mean) ** 2);
  return {...base, mean, std, spikes};
}

/**
 * How the values of a weight were spread before training, by the initializer that its layer's config names, else by the
 * layer's default in Keras: `glorot_uniform` kernels, `orthogonal` recurrent ones, `zeros` biases.
 * Glorot: variance 2 / (fan in + fan out) (Glorot & Bengio 2010); He: 2 / fan in (He et al. 2015); LeCun: 1 / fan in;
 * orthogonal (Saxe et al. 2014): each value is a coordinate of a random vector of length `gain`.
 * @param config the layer's config as in `model.json`; of a wrapper, its own or that of the layer in it
 * @param tfjs whether the file was made by TensorFlow.js (`keras_version` begins with `tfjs-layers`), whose normal
 * distributions are 0.88 times as wide as Keras' documentation has it
 * @returns `null` for a weight that no layer of Keras has
 */
export function initialDistribution({weight, shape, layerType = ''}: InitializedWeight, config: unknown, tfjs = false): InitialDistribution | null {
  const plain = own(DEFAULTS, weight);
  const depthwise = weight === 'kernel' && layerType.startsWith('Depthwise');
  const [key, otherwise] = depthwise ? DEFAULTS.depthwise_kernel! : (plain ?? [`${weight}_initializer`, undefined]);
  const given = configured(config, key) ?? otherwise;
  if (given === undefined) return null;
  const base = drawn(given, shape, tfjs);
  // by default so in Keras, but not in TensorFlow.js
  const forgets = configured(config, 'unit_forget_bias') ?? !tfjs;
  return weight === 'bias' && /LSTM/.test(layerType) && forgets ? forgetting(base) : base;
}

/** Γ(n / 2) / Γ((n − 1) / 2), for n ≥ 2. */
function gammaRatio(n: number): number {
  let ratio = n % 2 ? Math.sqrt(Math.PI) / 2 : 1 / Math.sqrt(Math.PI);
  for (let k = n % 2 ? 3 : 2; k < n; k += 2) ratio *= k / (k - 1);
  return ratio;
}

/**
 * The density of what is drawn, at each place of a grid. Spikes have none: together with their shares it comes to 1.
 * At the ends of an orthogonal 2 × 2 matrix's range it is infinite.
 */
export function densityAt(of: InitialDistribution, grid: ArrayLike<number>): Float64Array {
  const {kind, center, sigma, limit = Infinity, dimensions = 2} = of;
  const left = 1 - of.spikes.reduce((sum, {share}) => sum + share, 0);
  const out = new Float64Array(grid.length);
  if (left < 1e-12) return out;
  const top = kind === 'orthogonal' ? gammaRatio(dimensions) / (Math.sqrt(Math.PI) * limit) : 1 / (sigma * Math.sqrt(2 * Math.PI) * (kind === 'truncated-normal' ? CUT.mass : 1));
  for (let i = 0; i < out.length; i++) {
    const x = grid[i]! - center;
    if (Math.abs(x) > limit) continue;
    if (kind === 'uniform') out[i] = left / (2 * limit);
    else if (kind === 'orthogonal') out[i] = left * top * (1 - (x / limit) ** 2) ** ((dimensions - 3) / 2);
    else if (kind) out[i] = left * top * Math.exp(-((x / sigma) ** 2) / 2);
  }
  return out;
}
