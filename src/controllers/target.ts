import {loadPalettes} from '../color/palette.js';
import {findWeights} from '../tensor/find-weight.js';
import {readPart} from '../tensor/read-tensor.js';
import type {ModelWeights, TensorValues, WeightData, WeightInfo} from '../tensor/types.js';
import {Latest} from './latest.js';

/** What of the data is asked for. */
export interface Choice {
  readonly layer: string | number | null | undefined;
  readonly weight: string | number | null | undefined;
  readonly complex: 'magnitude' | 'phase';
}

/** What there is to draw. */
export type Shown =
  | {readonly kind: 'nothing'}
  | {readonly kind: 'overview'; readonly model: ModelWeights}
  /** `values` are one face of a `whole` that is complex. */
  | {readonly kind: 'tensor'; readonly values: TensorValues; readonly whole: TensorValues; readonly info: WeightInfo | null; readonly siblings: readonly WeightInfo[]};

type Progress = (loaded: number, total: number) => void;

/** Finds and reads what `layer` and `weight` name in the data; the newest choice wins, whatever is read first. */
export class Target {
  shown: Shown = {kind: 'nothing'};
  /** Whether the last choice was cut off before it was read. */
  due = false;
  readonly #latest = new Latest();

  /** The weight that is shown, where it is one of a model. */
  get info(): WeightInfo | null {
    return this.shown.kind === 'tensor' ? this.shown.info : null;
  }

  /**
   * Resolves to what is to be drawn now, or to `null` where a newer choice has taken its place; the colour schemes are
   * there then, too.
   * @returns rejects with a Problem where there is no such weight or it cannot be read
   */
  async choose(data: WeightData | null, {layer, weight, complex}: Choice, progress: Progress): Promise<Shown | null> {
    this.due = true;
    const schemes = data && loadPalettes();
    const shown = await this.#latest.run(async (signal) => {
      const found = await read(data, layer === '' ? null : (layer ?? null), weight === '' ? null : (weight ?? null), complex, signal, (loaded, total) => signal.aborted || progress(loaded, total));
      await schemes;
      return found;
    });
    if (!shown) return null;
    this.due = false;
    this.shown = shown;
    return shown;
  }

  /** Shows nothing. */
  clear(): void {
    this.due = false;
    this.shown = {kind: 'nothing'};
  }

  stop(): void {
    this.#latest.abort();
  }
}

async function read(data: WeightData | null, layer: string | number | null, weight: string | number | null, complex: Choice['complex'], signal: AbortSignal, progress: Progress): Promise<Shown> {
  if (!data) return {kind: 'nothing'};
  if ('tensor' in data) return {kind: 'tensor', values: await readPart(data.tensor, complex, signal), whole: data.tensor, info: null, siblings: []};
  if (layer === null && weight === null) return {kind: 'overview', model: data.model};
  const found = findWeights(data.model, layer, weight);
  const info = found[0]!;
  const whole = await info.read(signal, progress);
  const siblings = data.model.weights.filter((w) => w.layer === info.layer && (w === info || !w.constant));
  return {kind: 'tensor', values: await readPart(whole, complex, signal), whole, info, siblings};
}
