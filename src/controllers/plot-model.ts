import type {ReactiveControllerHost} from 'lit';
import type {LabelValues, PlotData} from '../plot/data.js';
import type {InputRange} from '../tensor/input-range.js';
import type {OpenOptions} from '../tensor/read-source.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/plot.js';
import type {Taken} from './model-input.js';
import type {ModelRun} from './model-run.js';

/** How a model is run for a plot. */
export interface PlotRun {
  readonly inputSrc: string | null;
  readonly output: string | number | null;
  readonly range: string | null;
  readonly resize: string | null;
  readonly labels: Promise<LabelValues> | null;
}

/** Runs a model for a plot; the code for that is fetched when there is something to run. */
export class PlotModel {
  /** The range in which pictures went in last; `null` for tensors. */
  range: InputRange | null = null;
  /** Names of the model's outputs, and which of them was drawn. */
  outputs: readonly string[] = [];
  output = 0;
  #taken: Taken | null = null;
  /** What went in last. */
  #values: TensorValues | null = null;
  #made = new Map<number, ImageData | null>();
  #run: ModelRun | null = null;
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
  }

  /** Takes what the model is run on; `null` takes it away. */
  take(taken: Taken | null): void {
    this.#taken = taken;
    this.#values = null;
    this.#made.clear();
    // pictures of examples, whether or not a model is run on them
    if (taken?.kind !== 'values') return;
    taken.values.then((values) => {
      if (taken !== this.#taken) return;
      this.#values ??= values;
      this.#host.requestUpdate();
    }, () => undefined);
  }

  /** Whether there is something to run a model on. */
  has(inputSrc: string | null): boolean {
    return this.#taken !== null || !!inputSrc;
  }

  /** Runs a live model, or that at an address. @param tell progress: bytes, then examples */
  async run(of: object | string, {inputSrc, output, range, resize, labels}: PlotRun, options: OpenOptions & {signal: AbortSignal}, tell: (loaded: number, total: number) => void): Promise<PlotData> {
    if (!this.has(inputSrc)) throw new Problem('plotModelAlone');
    const [{ModelRun}, {fetchInput}] = await Promise.all([import('./model-run.js'), import('./model-input.js')]);
    options.signal.throwIfAborted();
    this.#run ??= new ModelRun(this.#host);
    const input = this.#taken ?? (await fetchInput(inputSrc!, options, options.signal, tell));
    const {prediction, activation, inputs, outputs, output: drawn} = await this.#run.run({model: of, input, output, range, resize}, {...options, onProgress: tell});
    const truth = labels ? await labels : undefined;
    const [first] = inputs;
    this.range = inputs.find((i) => i.range)?.range ?? null;
    Object.assign(this, {outputs, output: drawn});
    this.#values = first?.values ?? null;
    this.#made.clear();
    const {data, shape, dtype} = prediction;
    return {series: [{name: '', predictions: {data, shape, dtype}, ...(truth && {labels: truth})}], classes: null, activation, ...(first?.pictures.length && {pictures: first.pictures})};
  }

  /** An example that went in as a tensor, as a picture; `null` where it is none. */
  pictureOf(i: number): ImageData | null {
    const values = this.#values;
    if (!values) return null;
    if (!this.#made.has(i)) this.#made.set(i, pictureOf(values, i));
    return this.#made.get(i)!;
  }
}

/** One example of [n, h, w], or of [n, h, w, c] with 1, 3 or 4 channels, from its least value to its greatest. */
function pictureOf({data, shape}: TensorValues, i: number): ImageData | null {
  const [n = 0, h = 0, w = 0, c = 1] = shape;
  if ((shape.length !== 3 && shape.length !== 4) || i >= n || h < 2 || w < 2 || ![1, 3, 4].includes(c)) return null;
  const size = h * w * c;
  const own = data.subarray(i * size, (i + 1) * size);
  let [lo, hi] = [0, 1];
  for (const v of own) {
    if (v < lo) lo = v;
    if (v > hi) hi = v;
  }
  // bytes stay bytes
  if (lo === 0 && hi > 1 && hi <= 255) hi = 255;
  const image = new ImageData(w, h);
  for (let p = 0; p < h * w; p++) {
    for (let k = 0; k < 4; k++) image.data[4 * p + k] = k === 3 ? (c === 4 ? (255 * (own[4 * p + 3]! - lo)) / (hi - lo) : 255) : (255 * (own[p * c + (c < 3 ? 0 : k)]! - lo)) / (hi - lo);
  }
  return image;
}
