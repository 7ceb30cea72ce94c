import type {ScaleFacts} from '../color/scale.js';
import type {Distribution} from '../compute/distribution.js';
import {runSliced, type SliceOptions} from '../compute/slices.js';
import {computeStats, type Range, scanRange, type TensorStats} from '../compute/stats.js';
import type {TensorValues, Values} from '../tensor/types.js';

/** How many samples the first, provisional facts are drawn from. */
const SAMPLES = 1 << 13;

/** What is known of a tensor's values so far: first from samples, then exactly; each is computed once. */
export class Facts {
  range: Range | undefined;
  stats: TensorStats | undefined;
  distribution: Distribution | undefined;
  readonly values: TensorValues;
  #sorted: Float64Array | undefined;

  constructor(values: TensorValues) {
    this.values = values;
  }

  get data(): Values {
    return this.values.data;
  }

  async scan(options: SliceOptions): Promise<void> {
    this.range ??= await runSliced(scanRange(this.data), options);
  }

  /** Needs `scan`. */
  async describe(options: SliceOptions): Promise<void> {
    const {shape, dtype, part} = this.values;
    this.stats ??= {...(await runSliced(computeStats(this.data, this.range!, shape, part ? 'complex64' : dtype), options)), ...(part && {part})};
  }

  async distribute(options: SliceOptions): Promise<void> {
    if (this.distribution) return;
    // a file of its own: mostly it is wanted only after the picture
    const {computeDistribution} = await import('../compute/distribution.js');
    this.distribution = await runSliced(computeDistribution(this.data), options);
  }

  /** What a colour scale is resolved from; provisional until `scan` and `distribute`. */
  get forScale(): ScaleFacts {
    const {range, distribution} = this;
    const binary = this.values.dtype === 'bool';
    if (range && distribution) return {...range, binary, leastPositive: distribution.leastPositive, quantile: (p) => distribution.quantile(p), rank: (v) => distribution.rankOf(v)};
    const sorted = (this.#sorted ??= sample(this.data));
    const last = sorted.length - 1;
    return {
      min: range ? range.min : (sorted[0] ?? NaN),
      max: range ? range.max : (sorted[last] ?? NaN),
      binary,
      leastPositive: sorted.find((v) => v > 0),
      quantile: (p) => sorted[Math.round(p * last)] ?? NaN,
      rank: (v) => countBelow(sorted, v) / Math.max(1, sorted.length),
    };
  }

  quantile(p: number): number {
    return this.forScale.quantile(p);
  }
}

/** Finite values spread evenly over the data, sorted. The stride is odd, so that not all fall into one column. */
function sample(data: Values): Float64Array {
  const stride = Math.max(1, Math.floor(data.length / SAMPLES)) | 1;
  const out = new Float64Array(Math.ceil(data.length / stride));
  let n = 0;
  for (let i = 0; i < data.length; i += stride) if (Number.isFinite(data[i])) out[n++] = data[i]!;
  return out.subarray(0, n).sort();
}

function countBelow(sorted: Float64Array, v: number): number {
  let [lo, hi] = [0, sorted.length];
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (sorted[mid]! < v) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}
