import {findWeights} from '../tensor/find-weight.js';
import {complexPart} from '../tensor/read-tensor.js';
import type {Data, ModelWeights, TensorValues, WeightInfo} from '../tensor/types.js';
import {Latest} from './latest.js';

/** What of the data is asked for. */
export interface Choice {
  readonly layer: string | number | null;
  readonly weight: string | number | null;
  readonly complex: 'magnitude' | 'phase';
}

/** What there is to draw. */
export type Shown =
  | {readonly kind: 'nothing'}
  | {readonly kind: 'overview'; readonly model: ModelWeights}
  | {readonly kind: 'tensor'; readonly values: TensorValues; readonly info: WeightInfo | null; readonly siblings: readonly WeightInfo[]};

/** Finds and reads what `layer` and `weight` name in the data; the newest choice wins, whatever is read first. */
export class Target {
  data: Data | null = null;
  shown: Shown = {kind: 'nothing'};
  readonly #latest = new Latest();

  get model(): ModelWeights | null {
    return this.data && 'model' in this.data ? this.data.model : null;
  }

  /** The weight that is shown, where it is one of a model. */
  get info(): WeightInfo | null {
    return this.shown.kind === 'tensor' ? this.shown.info : null;
  }

  /**
   * Resolves to what is to be drawn now, or to `null` where a newer choice has taken its place.
   * @returns rejects with a Problem where there is no such weight or it cannot be read
   */
  async choose({layer, weight, complex}: Choice): Promise<Shown | null> {
    const shown = await this.#latest.run((signal) => this.#read(layer === '' ? null : layer, weight === '' ? null : weight, complex, signal));
    if (!shown) return null;
    this.shown = shown;
    return shown;
  }

  stop(): void {
    this.#latest.abort();
  }

  async #read(layer: string | number | null, weight: string | number | null, complex: Choice['complex'], signal: AbortSignal): Promise<Shown> {
    const {data} = this;
    if (!data) return {kind: 'nothing'};
    if ('tensor' in data) return {kind: 'tensor', values: complexPart(data.tensor, complex), info: null, siblings: []};
    if (layer === null && weight === null) return {kind: 'overview', model: data.model};
    const found = findWeights(data.model, layer, weight);
    const info = found[0]!;
    const values = complexPart(await info.read(signal), complex);
    const siblings = data.model.weights.filter((w) => w.layer === info.layer && (w === info || !w.constant));
    return {kind: 'tensor', values, info, siblings};
  }
}
