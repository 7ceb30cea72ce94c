import {expect} from 'chai';
import {Target} from '../../src/controllers/target.js';
import type {ModelWeights, TensorValues, WeightInfo} from '../../src/tensor/types.js';

const values: TensorValues = {shape: [2], dtype: 'float32', data: Float32Array.of(1, 2)};

function modelOf(read: (signal?: AbortSignal, progress?: (loaded: number, total: number) => void) => Promise<TensorValues>): {model: ModelWeights} {
  const info: WeightInfo = {address: 'a/kernel', layer: 'a', weight: 'kernel', shape: [2], dtype: 'float32', size: 2, kind: 'other', constant: false, read};
  return {model: {format: 'manifest', weights: [info]}};
}

describe('Target', () => {
  it('passes on how a weight’s bytes arrive', async () => {
    const told: number[][] = [];
    const data = modelOf((_signal, progress) => {
      progress!(10, 40);
      return Promise.resolve(values);
    });
    const shown = await new Target().choose(data, {layer: 'a', weight: null, complex: 'magnitude'}, (...args) => told.push(args));
    expect(shown!.kind).to.equal('tensor');
    expect(told).to.deep.equal([[10, 40]]);
  });

  it('is due again when it was cut off, not when it was read or failed', async () => {
    const target = new Target();
    const choice = {layer: 'a', weight: undefined, complex: 'magnitude'} as const;
    const cut = target.choose(modelOf(() => new Promise(() => undefined)), choice, () => undefined);
    target.stop();
    expect(await cut).to.equal(null);
    expect(target.due).to.equal(true);
    await target.choose(modelOf(() => Promise.resolve(values)), choice, () => undefined);
    expect(target.due).to.equal(false);
    expect(target.info!.address).to.equal('a/kernel');
    target.clear(false);
    expect(target.shown.kind).to.equal('nothing');
  });
});
