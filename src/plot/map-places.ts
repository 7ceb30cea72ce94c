import type {Attribution, InputMap} from '../attribution/attribution.js';
import type {TargetInfo} from '../attribution/target.js';
import type {Range} from '../compute/stats.js';
import type {TensorValues} from '../tensor/types.js';

/** What was looked at: one example of an input, without the axis of examples. */
export interface Looked {
  /** `null` where only the map is known. */
  readonly values: TensorValues | null;
  /** As it went in, where it is a picture. */
  readonly picture: ImageData | null;
  /** What each token is called. */
  readonly tokens: readonly string[] | null;
}

/** A map, and what is known of how it came about: of one that was made elsewhere perhaps nothing. */
export interface KnownMap extends Pick<InputMap, 'data' | 'shape' | 'atEmbedding'>, Partial<Pick<Attribution, 'score' | 'baselineScore' | 'completenessGap' | 'steps' | 'camLayer'>> {
  /** Of ours, or whatever it is called. */
  readonly method?: string;
  readonly target?: Partial<TargetInfo>;
}

/** One map with what it is of. */
export interface Shot {
  readonly looked: Looked;
  readonly map: KnownMap;
  /** The map as it lies over what was looked at, where it was given in another shape. */
  readonly laid?: Pick<InputMap, 'data' | 'shape'> & {readonly enlarged: boolean; readonly cropped: boolean};
  /** Which input, where a model has several. */
  readonly input?: string;
  /** Which example, where several are drawn: from 0, of so many. */
  readonly example?: {readonly at: number; readonly of: number};
}

/** How a map is drawn: over a picture, as words, behind a signal, as the cells of a plane, or as bars. */
export type Form =
  | {readonly kind: 'picture'; readonly h: number; readonly w: number}
  | {readonly kind: 'tokens' | 'features'; readonly n: number}
  | {readonly kind: 'signal'; readonly n: number; readonly c: number}
  | {readonly kind: 'plane'; readonly rows: number; readonly cols: number; readonly planes: number};

/** Features up to which there is a bar for each. */
const BARS = 400;
/** Values from which a vector is a signal. */
const SIGNAL = 40;

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A picture's height, width and channels; `null` for what is none. */
export function pictureShape({shape}: Pick<TensorValues, 'shape'>): {h: number; w: number; c: number} | null {
  const [h = 0, w = 0, c = 1] = shape;
  return shape.length === 3 && h > 3 && w > 3 && (c === 1 || c === 3 || c === 4) ? {h, w, c} : shape.length === 2 && h > 12 && w > 12 ? {h, w, c: 1} : null;
}

/** How a shot is drawn, and whether over what was looked at: a map of other places stands by itself. */
export function formOf({looked, map, laid}: Shot): {readonly form: Form; readonly over: boolean} {
  const {data, shape} = laid ?? map;
  const {values, picture, tokens} = looked;
  if (picture && !values) {
    const [h, w] = [picture.height, picture.width];
    if (data.length && data.length % (h * w) === 0) return {form: {kind: 'picture', h, w}, over: true};
  }
  if (values) {
    const form = formOfInput(values, map, tokens);
    if (data.length && data.length % placesIn(form) === 0) return {form, over: true};
  }
  return {form: formAlone(shape, tokens), over: false};
}

function formOfInput(values: TensorValues, map: KnownMap, tokens: Looked['tokens']): Form {
  const {shape, data} = values;
  const picture = pictureShape(values);
  if (picture) return {kind: 'picture', h: picture.h, w: picture.w};
  if (map.atEmbedding || (tokens && values.dtype === 'int32')) return {kind: 'tokens', n: map.atEmbedding ? map.data.length : data.length};
  if (shape.length <= 2 && data.length > SIGNAL) return {kind: 'signal', n: shape[0] ?? 1, c: shape[1] ?? 1};
  if (data.length > BARS) return planeOf(shape.slice(0, -1));
  return {kind: 'features', n: Math.max(1, data.length)};
}

/** Of a map by itself: the last of three axes or more is that of channels, as is that of a matrix with up to 4 columns. */
function formAlone(given: readonly number[], tokens: Looked['tokens']): Form {
  const shape = given.length > 2 ? given.slice(0, -1) : given.length === 2 && given[1]! <= 4 && given[0]! > 4 ? given.slice(0, 1) : given;
  const n = sizeOf(shape);
  if (shape.length > 1) return planeOf(shape);
  if (n > SIGNAL) return tokens?.length === n ? {kind: 'tokens', n} : {kind: 'signal', n, c: 1};
  return {kind: 'features', n: Math.max(1, n)};
}

const planeOf = (shape: readonly number[]): Form => ({kind: 'plane', rows: shape.at(-2) ?? 1, cols: shape.at(-1) ?? 1, planes: sizeOf(shape.slice(0, -2))});

/** Places that a form has a value for. */
export const placesIn = (form: Form): number => (form.kind === 'picture' ? form.h * form.w : form.kind === 'plane' ? form.rows * form.cols * form.planes : form.n);

/** A map with a value for each place: channels are summed, with their signs or without. */
export function placesOf({data}: Pick<InputMap, 'data'>, places: number, signed: boolean): Float32Array {
  const key = `${places} ${signed}`;
  let known = summed.get(data);
  if (!known) summed.set(data, (known = new Map<string, Float32Array>()));
  let out = known.get(key);
  if (out) return out;
  const per = Math.max(1, Math.floor(data.length / places));
  out = new Float32Array(places);
  for (let i = 0; i < places; i++) {
    let sum = 0;
    for (let k = i * per; k < (i + 1) * per; k++) sum += signed ? data[k]! : Math.abs(data[k]!);
    out[i] = sum;
  }
  known.set(key, out);
  return out;
}

/** Maps by place: looks change more often than maps do. */
const summed = new WeakMap<Float32Array, Map<string, Float32Array>>();

/** The plane of a volume that holds most attribution, from 0, and its values. */
export function strongestPlane(values: Float32Array, size: number): {at: number; values: Float32Array} {
  const known = strongest.get(values);
  if (known) return known;
  let [at, most] = [0, -1];
  for (let p = 0; p * size < values.length; p++) {
    let sum = 0;
    for (let i = p * size; i < (p + 1) * size; i++) if (Number.isFinite(values[i])) sum += Math.abs(values[i]!);
    if (sum > most) [at, most] = [p, sum];
  }
  const found = {at, values: values.length === size ? values : values.subarray(at * size, (at + 1) * size)};
  strongest.set(values, found);
  return found;
}

const strongest = new WeakMap<Float32Array, {at: number; values: Float32Array}>();

/**
 * The magnitude that stands for full colour: the least of the largest values that together hold `clip` of the sum of
 * magnitudes, as Captum's visualize_image_attr has it (outlier_perc). 0 where all is 0, NaN where nothing is finite.
 */
export function reachOf(values: Float32Array, clip: number): number {
  const share = clip > 0 ? Math.min(1, clip) : 0;
  const known = reaches.get(values);
  if (known?.share === share) return known.reach;
  // the bits of numbers from 0 on are in the order of the numbers: by their upper half into bins, of which one is sorted
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const counts = new Uint32Array(BINS);
  const sums = new Float64Array(BINS);
  let [total, finite] = [0, 0];
  for (let i = 0; i < bits.length; i++) {
    const bin = (bits[i]! & 0x7fffffff) >>> 16;
    if (bin >= BINS) continue;
    const size = Math.abs(values[i]!);
    counts[bin]!++;
    sums[bin]! += size;
    total += size;
    finite++;
  }
  let reach = finite ? 0 : NaN;
  let held = 0;
  for (let bin = BINS - 1; total > 0 && bin >= 0; bin--) {
    if (!counts[bin]) continue;
    if (held + sums[bin]! < share * total && bin > 0) {
      held += sums[bin]!;
      continue;
    }
    const own = new Float32Array(counts[bin]!);
    for (let i = 0, k = 0; i < bits.length; i++) if ((bits[i]! & 0x7fffffff) >>> 16 === bin) own[k++] = Math.abs(values[i]!);
    own.sort();
    let k = own.length - 1;
    for (held += own[k]!; k > 0 && held < share * total; held += own[k]!) k--;
    reach = own[k]!;
    break;
  }
  reaches.set(values, {share, reach});
  return reach;
}

/** Upper halves of the bits of finite numbers from 0 on. */
const BINS = 0x7f80;
const reaches = new WeakMap<Float32Array, {readonly share: number; readonly reach: number}>();

/** How many values of a map are not finite, by kind. */
export function oddIn(values: Float32Array): Pick<Range, 'nan' | 'positiveInfinity' | 'negativeInfinity'> {
  let found = odd.get(values);
  if (found) return found;
  let [nan, positiveInfinity, negativeInfinity] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v - v === 0) continue;
    if (v > 0) positiveInfinity++;
    else if (v < 0) negativeInfinity++;
    else nan++;
  }
  found = {nan, positiveInfinity, negativeInfinity};
  odd.set(values, found);
  return found;
}

const odd = new WeakMap<Float32Array, Pick<Range, 'nan' | 'positiveInfinity' | 'negativeInfinity'>>();
