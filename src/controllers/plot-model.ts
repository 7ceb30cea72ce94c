import type {ReactiveControllerHost} from 'lit';
import type {LabelValues, PlotData} from '../plot/data.js';
import {pictureOf} from '../plot/picture-of.js';
import type {InputRange} from '../tensor/input-range.js';
import type {OpenOptions} from '../tensor/read-source.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/plot.js';
import type {Inside} from './model-inside.js';
import type {FittedInput, Taken} from './model-input.js';
import type {ModelRun} from './model-run.js';

/** How a model is run for a plot. */
export interface PlotRun {
  readonly inputSrc: string | null;
  readonly output: string | number | null;
  readonly range: string | null;
  readonly resize: string | null;
  readonly labels: Promise<LabelValues> | null;
  /** What of its inside is asked for, rather than what it puts out. */
  readonly inside: Inside | null;
  /** Whether the model and its input are those of the run before, and only another layer or example is asked for. */
  readonly same?: boolean;
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
  /** Of units over all examples of what was looked into last. */
  #maxima: {readonly looked: readonly unknown[]; readonly maxima: ReadonlyMap<string, Float32Array>} | null = null;
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

  /** What has been found of the model may hold no longer. */
  forget(): void {
    this.#maxima = null;
  }

  /** Whether there is something to run a model on. */
  has(inputSrc: string | null): boolean {
    return this.#taken !== null || !!inputSrc;
  }

  /** Runs a live model, or that at an address. @param tell progress: bytes, then examples */
  async run(of: object | string, {inputSrc, output, range, resize, labels, inside, same = false}: PlotRun, options: OpenOptions & {signal: AbortSignal}, tell: (loaded: number, total: number) => void): Promise<PlotData> {
    if (!this.has(inputSrc)) throw new Problem('plotModelAlone');
    const [{ModelRun}, {fetchInput}] = await Promise.all([import('./model-run.js'), import('./model-input.js')]);
    options.signal.throwIfAborted();
    this.#run ??= new ModelRun(this.#host);
    const input = this.#taken ?? (await fetchInput(inputSrc!, options, options.signal, tell));
    if (inside) {
      const {readInside} = await import('./model-inside.js');
      // asked for another example of the same they stand; read again, the model may have learnt
      const looked = [of, this.#taken, inputSrc, range, resize];
      const maxima = same && this.#maxima && looked.every((one, i) => one === this.#maxima!.looked[i]) ? this.#maxima.maxima : null;
      const {data, inputs} = await readInside(this.#run, {of, input, range, resize, inside, maxima}, options, tell);
      const found = data.activations?.maxima;
      this.#maxima = found && inside.layer === null ? {looked, maxima: found} : maxima ? this.#maxima : null;
      this.#took(inputs);
      const truth = labels ? await labels : undefined;
      return truth ? {...data, series: data.series.map((one) => ({...one, labels: truth}))} : data;
    }
    const {prediction, activation, inputs, outputs, output: drawn} = await this.#run.run({model: of, input, output, range, resize}, {...options, onProgress: tell});
    const truth = labels ? await labels : undefined;
    const [first] = inputs;
    this.#took(inputs);
    Object.assign(this, {outputs, output: drawn});
    const {data, shape, dtype} = prediction;
    return {series: [{name: '', predictions: {data, shape, dtype}, ...(truth && {labels: truth})}], classes: null, activation, inside: true, ...(first?.pictures.length && {pictures: first.pictures})};
  }

  /** Notes what went in. */
  #took(inputs: readonly FittedInput[]): void {
    this.range = inputs.find((i) => i.range)?.range ?? null;
    this.#values = inputs[0]?.values ?? null;
    this.#made.clear();
  }

  /** An example that went in as a tensor, as a picture; `null` where it is none. */
  pictureOf(i: number): ImageData | null {
    const values = this.#values;
    if (!values) return null;
    if (!this.#made.has(i)) this.#made.set(i, pictureOf(values, i));
    return this.#made.get(i)!;
  }
}
