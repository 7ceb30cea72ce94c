import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {lastActivation} from '../../src/tensor/last-activation.js';
import {borrowModel, type Borrowed} from '../../src/tensor/load-model.js';
import {inputsOf, outputsOf} from '../../src/tensor/model-ports.js';
import {predict} from '../../src/tensor/predict.js';
import {findTf, type Tf, useTf} from '../../src/tensor/tf.js';
import {until} from '../elements/page.js';
import {failure, fixture, modelUrl, noise, random} from '../helpers.js';

let lib: Tf;
let tensors = 0;

/** Of some fixtures only the structure is there: their shards are made up, the same each time. */
const madeUp: typeof fetch = async (url, init) => {
  if (String(url).endsWith('.json')) return fetch(url, init);
  const {weightsManifest} = (await (await fetch(String(url).replace(/[^/]*$/, 'model.json'))).json()) as {weightsManifest: {weights: {shape: number[]}[]}[]};
  const n = weightsManifest.flatMap((g) => g.weights).reduce((sum, w) => sum + w.shape.reduce((a, b) => a * b, 1), 0);
  const next = random(7);
  return new Response(Float32Array.from({length: n}, () => next() / 10));
};

async function settled(...all: Borrowed[]): Promise<void> {
  for (const one of all) one.release();
  await until(() => tf.memory().numTensors <= tensors, 'nothing is left');
  expect(tf.memory().numTensors).to.equal(tensors);
}

describe('borrowModel', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
    lib = await findTf();
  });
  after(() => useTf(null));
  beforeEach(() => (tensors = tf.memory().numTensors));

  it('loads a model once for all, and frees it when the last gives it back', async () => {
    const told: number[][] = [];
    const [a, b] = await Promise.all([0, 1].map(() => borrowModel(lib, modelUrl('cnn-explainer-tinyvgg'), {onProgress: (...args) => told.push(args)})));
    expect(a!.model).to.equal(b!.model);
    // the shard's 79,680 bytes, as its file has them
    expect(told.at(-1)).to.deep.equal([79680, 79680]);
    a!.release();
    a!.release();
    await Promise.resolve();
    expect(tf.memory().numTensors).to.equal(tensors + 10);
    const c = b!.share();
    b!.release();
    await Promise.resolve();
    expect(tf.memory().numTensors).to.equal(tensors + 10);
    await settled(c);
    const again = await borrowModel(lib, modelUrl('cnn-explainer-tinyvgg'));
    expect(again.model).not.to.equal(c.model);
    await settled(again);
  });

  it('keeps apart what is fetched differently, and loads anew when asked to', async () => {
    const own: typeof fetch = (...args) => fetch(...args);
    const url = modelUrl('human-gender');
    const a = await borrowModel(lib, url);
    const b = await borrowModel(lib, url, {fetch: own});
    const c = await borrowModel(lib, url, {fresh: true});
    const d = await borrowModel(lib, url);
    expect(new Set([a.model, b.model, c.model]).size).to.equal(3);
    expect(d.model).to.equal(c.model);
    await settled(a, b, c, d);
  });

  it('stops loading when nobody waits any longer', async () => {
    let asked = 0;
    let aborted = 0;
    const slow: typeof fetch = (url, init) => {
      if (String(url).endsWith('.json')) return fetch(url, init);
      asked++;
      return new Promise((_, reject) =>
        init!.signal!.addEventListener('abort', () => {
          aborted++;
          reject(init!.signal!.reason as Error);
        }),
      );
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [one, two].map(({signal}) => failure(borrowModel(lib, modelUrl('cnn-explainer-tinyvgg'), {fetch: slow, signal})));
    await until(() => asked, 'its weights are asked for');
    one.abort();
    expect(await waiting[0]).to.include({name: 'AbortError'});
    expect(aborted).to.equal(0);
    two.abort();
    expect(await waiting[1]).to.include({name: 'AbortError'});
    await settled();
    await until(() => aborted, 'the fetch is given up');
    expect(aborted).to.equal(1);
  });

  it('leaves nothing of models that cannot be built', async () => {
    for (const name of ['15_unknown_layer_class', '16_duplicate_layer_names', '17_hostile_layer_names', '41_graph_dangling_input']) {
      const made = await borrowModel(lib, fixture(`adversarial/${name}/model.json`), {fetch: madeUp}).catch((error: Error) => error);
      if (made instanceof Error) expect(made, name).to.include({key: 'runBuild'});
      else made.release();
      await settled();
    }
    // a weight of another shape: tfjs has made all variables when it finds out
    const wrong: typeof fetch = async (url, init) => {
      const response = await madeUp(url, init);
      return String(url).endsWith('.json') ? new Response((await response.text()).replace('"shape": [1690, 10]', '"shape": [10, 1690]').replace('"shape":[1690,10]', '"shape":[10,1690]')) : response;
    };
    expect(await failure(borrowModel(lib, modelUrl('cnn-explainer-tinyvgg'), {fetch: wrong}))).to.include({key: 'runBuild'});
    await settled();
  });

  it('says which file is cut off', async () => {
    const cut: typeof fetch = async (url, init) => (String(url).endsWith('.json') ? fetch(url, init) : new Response((await (await fetch(url)).arrayBuffer()).slice(0, 79000)));
    const error = await failure(borrowModel(lib, modelUrl('cnn-explainer-tinyvgg'), {fetch: cut}));
    expect(error).to.include({key: 'shardShort'});
    expect(error.message).to.contain('group1-shard1of1.bin').and.contain('79000');
    await settled();
  });

  it('builds from artifacts too, with their training left aside', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3]})]});
    model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
    let artifacts: tf.io.ModelArtifacts | undefined;
    const keep = (a: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
      artifacts = a;
      return Promise.resolve({modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}});
    };
    await model.save(tf.io.withSaveHandler(keep));
    model.dispose();
    model.optimizer.dispose();
    tensors = tf.memory().numTensors;
    const [a, b] = await Promise.all([borrowModel(lib, artifacts as object), borrowModel(lib, artifacts as object)]);
    expect(a.model).to.equal(b.model);
    expect((await predict(a.model, {shape: [3], dtype: 'float32', data: noise(3)}, {tf: lib})).shape).to.deep.equal([1, 2]);
    await settled(a, b);
  });

  it('runs a generator of two inputs and seven outputs', async () => {
    const lent = await borrowModel(lib, modelUrl('tensorspace-acgan'), {fetch: madeUp});
    expect(inputsOf(lent.model).map(({name, shape, dtype}) => ({name, shape, dtype}))).to.deep.equal([
      {name: 'input_2', shape: [null, 100], dtype: 'float32'},
      {name: 'input_3', shape: [null, 1], dtype: 'int32'},
    ]);
    expect(outputsOf(lent.model)).to.have.length(7);
    const input = {input_3: {shape: [1, 1], dtype: 'float32' as const, data: Float32Array.of(4)}, input_2: {shape: [1, 100], dtype: 'float32' as const, data: noise(100)}};
    const image = await predict(lent.model, input, {tf: lib});
    expect(image).to.include({name: 'activation_3'});
    expect(image.shape).to.deep.equal([1, 28, 28, 1]);
    expect((await predict(lent.model, input, {tf: lib, output: 'dense_3'})).shape).to.deep.equal([1, 6272]);
    expect(lastActivation(lent.model, 6)).to.equal(null);
    expect(lastActivation(lent.model, 0)).to.equal(null);
    await settled(lent);
  });

  it('runs models within models, and frees all of them', async () => {
    const lent = await borrowModel(lib, modelUrl('tm-nested-27class'), {fetch: madeUp});
    expect(lastActivation(lent.model, 0)).to.equal('softmax');
    const {data, shape} = await predict(lent.model, {shape: [224, 224, 3], dtype: 'float32', data: noise(224 * 224 * 3)}, {tf: lib});
    expect(shape).to.deep.equal([1, 27]);
    expect((data as Float32Array).reduce((a, b) => a + b, 0)).to.be.closeTo(1, 1e-5);
    await settled(lent);
  });
});
