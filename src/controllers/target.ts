import {loadPalettes} from '../color/palette.js';
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
  /** What was asked of a model cannot be had; `info` where it is known which weight that is. */
  | {readonly kind: 'lost'; readonly info: WeightInfo | null; readonly siblings: readonly WeightInfo[]}
  /** `values` are one face of a `whole` that is complex. */
  | {readonly kind: 'tensor'; readonly values: TensorValues; readonly whole: TensorValues; readonly info: WeightInfo | null; readonly siblings: readonly WeightInfo[]};

type Progress = (loaded: number, total: number) => void;

/** Finds and reads what `layer` and `weight` name in the data; the newest choice wins, whatever is read first. */
export class Target {
  shown: Shown = {kind: 'nothing'};
  /** Whether the last choice was cut off before it was read. */
  due = false;
  /** Whether the data lack what the last choice names: another choice may do. */
  missed = false;
  /** The weight of the last choice, and all of its layer; known before its values are. */
  #found: Found | null = null;
  readonly #latest = new Latest();

  /** The weight that is shown, where it is one of a model. */
  get info(): WeightInfo | null {
    return 'info' in this.shown ? this.shown.info : null;
  }

  /**
   * Resolves to what is to be drawn now, or to `null` where a newer choice has taken its place; the colour schemes are
   * there then, too.
   * @returns rejects with a Problem where there is no such weight or it cannot be read
   */
  async choose(data: WeightData | null, {layer, weight, complex}: Choice, progress: Progress): Promise<Shown | null> {
    this.due = true;
    this.#found = null;
    this.missed = false;
    const schemes = data && loadPalettes();
    const shown = await this.#latest.run(async (signal) => {
      const [own, name] = [layer === '' ? null : (layer ?? null), weight === '' ? null : (weight ?? null)];
      // a page with tensors alone, or with overviews, does without the finder
      const finder = data && 'model' in data && (own !== null || name !== null) ? await import('../tensor/find-weight.js') : null;
      signal.throwIfAborted();
      this.missed = true;
      const {model} = (data ?? {}) as {model?: ModelWeights};
      const found = (this.#found = finder && model ? find(model, finder.findWeights(model, own, name)[0]!) : null);
      this.missed = false;
      const read = await readChosen(data, found, complex, signal, (loaded, total) => signal.aborted || progress(loaded, total));
      await schemes;
      return read;
    });
    if (!shown) return null;
    this.due = false;
    this.shown = shown;
    return shown;
  }

  /** Shows nothing; of a model that is there still, only which weight was asked for. */
  clear(model: boolean): void {
    this.due = false;
    this.shown = model ? {kind: 'lost', ...(this.#found ?? {info: null, siblings: []})} : {kind: 'nothing'};
  }

  stop(): void {
    this.#latest.abort();
  }
}

/** A weight, and all of its layer. */
interface Found {
  readonly info: WeightInfo;
  readonly siblings: readonly WeightInfo[];
}

const find = ({weights}: ModelWeights, info: WeightInfo): Found => ({info, siblings: weights.filter((w) => w.layer === info.layer && (w === info || !w.constant))});

async function readChosen(data: WeightData | null, found: Found | null, complex: Choice['complex'], signal: AbortSignal, progress: Progress): Promise<Shown> {
  if (!data) return {kind: 'nothing'};
  if ('tensor' in data) return {kind: 'tensor', values: await readPart(data.tensor, complex, signal), whole: data.tensor, info: null, siblings: []};
  if (!found) return {kind: 'overview', model: data.model};
  const whole = await found.info.read(signal, progress);
  return {kind: 'tensor', values: await readPart(whole, complex, signal), whole, ...found};
}
