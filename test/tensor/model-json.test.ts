import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {findWeights} from '../../src/tensor/find-weight.js';
import {readModel} from '../../src/tensor/live-model.js';
import {openSource} from '../../src/tensor/read-source.js';
import {readTensors} from '../../src/tensor/tensor-list.js';
import type {ModelWeights} from '../../src/tensor/types.js';
import {failure, modelUrl} from '../helpers.js';

async function fromUrl(name: string): Promise<ModelWeights> {
  const data = await openSource(modelUrl(name));
  if (!('model' in data)) throw new Error('no model');
  return data.model;
}

const kinds = (m: ModelWeights): string[] => m.weights.map((w) => `${w.address}: ${w.kind}`);

describe('a model', () => {
  before(() => tf.setBackend('cpu'));

  it('has its weights in the order of its layers, with types and activations', async () => {
    const {weights, format} = await fromUrl('cnn-explainer-tinyvgg');
    expect(format).to.equal('layers');
    expect(weights.map((w) => w.address)).to.deep.equal(['conv_1_1', 'conv_1_2', 'conv_2_1', 'conv_2_2', 'output'].flatMap((l) => [`${l}/kernel`, `${l}/bias`]));
    expect(weights.at(-2)).to.include({layerType: 'Dense', activation: 'softmax', kind: 'dense', size: 16900});
  });

  it('goes by nested layers, whatever the manifest calls its weights', async () => {
    const {weights} = await fromUrl('tm-nested-27class');
    expect(weights.length).to.equal(263);
    const conv = weights.find((w) => w.kind === 'conv2d')!;
    expect(conv.layer.split('/').length, conv.address).to.be.above(2);
    expect(weights.filter((w) => w.kind === 'depthwise').length).to.be.above(10);
    expect(new Set(weights.map((w) => w.address)).size).to.equal(263);
  });

  it('knows recurrent, embedding, transposed and volume kernels', async () => {
    expect(kinds(await fromUrl('tfjs-gru-embedding'))).to.deep.equal(['embedding_Embedding2/embeddings: embedding', 'gru_GRU1/kernel: gru', 'gru_GRU1/recurrent_kernel: gru', 'gru_GRU1/bias: gru-bias']);
    expect(kinds(await fromUrl('explornn-med_bs_10')).filter((k) => k.endsWith(': lstm')).length).to.equal(6);
    expect(kinds(await fromUrl('ml5-cvae')).filter((k) => k.endsWith('conv2d-transpose')).length).to.be.above(0);
    expect(kinds(await fromUrl('brainchop-model5')).filter((k) => k.endsWith('conv3d')).length).to.equal(10);
  });

  it('in graph format goes along its ops, and folds what is small or whole numbers', async () => {
    const {weights, format} = await fromUrl('human-antispoof-f16');
    expect(format).to.equal('graph');
    const shown = weights.filter((w) => !w.constant);
    expect(shown.map((w) => w.shape.join('x'))).to.include.members(['3x3x3x64', '3x3x64x32', '3x3x32x16', '3136x128']);
    expect(shown.find((w) => w.shape.join('x') === '3x3x3x64')).to.include({kind: 'conv2d', quantization: 'float16'});
    expect(shown[0]!.shape.join('x')).to.equal('3x3x3x64');
    expect(weights.filter((w) => w.constant).every((w) => w.dtype === 'int32' || w.size <= 16)).to.equal(true);
  });

  it('may be a bare manifest, of a custom layer, or have weights inside functions', async () => {
    const face = await fromUrl('faceapi-tiny-detector-uint8');
    expect(face.format).to.equal('manifest');
    expect(face.weights.find((w) => w.address === 'conv0/filters')).to.include({layer: 'conv0', weight: 'filters', quantization: 'uint8'});
    const custom = await fromUrl('nnv-imdb');
    expect(custom.weights.length).to.equal(6);
    const lang = await fromUrl('vscode-langdetect');
    expect(lang.format).to.equal('graph');
    expect(lang.weights.some((w) => w.dtype === 'string' && w.constant)).to.equal(true);
  });

  it('of 27,809 nodes has each of its weights once', async () => {
    const stream = (await fetch(new URL('/test/fixtures/models/maxim-27809-topology/model.json.gz', location.href))).body!.pipeThrough(new DecompressionStream('gzip'));
    const text = await new Response(stream).text();
    const data = await openSource('https://models.test/maxim.json', {fetch: async () => new Response(text)});
    if (!('model' in data)) throw new Error('no model');
    expect(data.model.weights.length).to.be.above(5000);
    expect(new Set(data.model.weights.map((w) => w.address)).size).to.equal(data.model.weights.length);
  });

  const gan = {
    class_name: 'Sequential',
    config: {
      layers: [
        {class_name: 'Functional', config: {name: 'gen', layers: [{class_name: 'Dense', config: {name: 'dense', activation: 'relu'}}, {class_name: 'BatchNormalization', config: {name: 'bn'}}]}},
        {class_name: 'Functional', config: {name: 'disc', layers: [{class_name: 'Dense', config: {name: 'dense', activation: 'sigmoid'}}, {class_name: 'BatchNormalization', config: {name: 'bn'}}]}},
        {class_name: 'Dense', config: {name: 'dense', activation: 'tanh'}},
      ],
    },
  };
  const ganNames: [string, string[]][] = [
    ['with the models around them', ['gen/dense/kernel', 'disc/dense/kernel', 'dense/kernel', 'gen/bn/gamma', 'disc/bn/gamma']],
    ['with the models around them, in another order', ['dense/kernel', 'disc/dense/kernel', 'disc/bn/gamma', 'gen/dense/kernel', 'gen/bn/gamma']],
    ['below a scope', ['gan/gen/dense/kernel', 'gan/disc/dense/kernel', 'gan/dense/kernel', 'gan/gen/bn/gamma', 'gan/disc/bn/gamma']],
    ['by their layers alone', ['dense/kernel', 'bn/gamma', 'dense/kernel', 'bn/gamma', 'dense/kernel']],
    ['by their layers alone, and numbered', ['dense/kernel', 'bn/gamma', 'dense/kernel_1', 'bn/gamma_1', 'dense/kernel_2']],
  ];
  for (const [how, names] of ganNames) {
    it(`tells nested layers of one name apart where its manifest names weights ${how}`, async () => {
      const manifest = [{paths: ['w'], weights: names.map((name) => ({name, shape: [1, 1], dtype: 'float32'}))}];
      const data = await openSource(`https://models.test/${how}`, {fetch: async () => Response.json({modelTopology: {model_config: gan}, weightsManifest: manifest})});
      if (!('model' in data)) throw new Error('no model');
      expect(data.model.weights.map((w) => [w.address, w.activation])).to.deep.equal([
        ['gen/dense/kernel', 'relu'],
        ['gen/bn/gamma', undefined],
        ['disc/dense/kernel', 'sigmoid'],
        ['disc/bn/gamma', undefined],
        ['dense/kernel', 'tanh'],
      ]);
    });
  }

  for (const name of ['cnn-explainer-tinyvgg', 'tfjs-gru-embedding', 'explornn-med_bs_10', 'tensorspace-lenet', 'ml5-cvae', 'brainchop-model5']) {
    it(`live has the addresses, kinds and values of its file: ${name}`, async () => {
      const before = tf.memory().numTensors;
      const model = await tf.loadLayersModel(modelUrl(name));
      const held = tf.memory().numTensors;
      const live = readModel(model);
      const file = await fromUrl(name);
      expect(kinds(live)).to.deep.equal(kinds(file));
      for (const [i, w] of live.weights.entries()) {
        expect(w).to.include({layerType: file.weights[i]!.layerType, activation: file.weights[i]!.activation});
        expect(Array.from((await w.read()).data)).to.deep.equal(Array.from((await file.weights[i]!.read()).data));
      }
      expect(tf.memory().numTensors).to.equal(held);
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('live in graph format has the addresses and kinds of its file', async () => {
    const model = await tf.loadGraphModel(modelUrl('human-gender'));
    const file = await fromUrl('human-gender');
    expect(kinds(readModel(model)).sort()).to.deep.equal(kinds(file).sort());
    model.dispose();
  });

  it('a second copy of a model has the addresses of the first', () => {
    const build = (): tf.Sequential => tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [2], name: 'first'}), tf.layers.dense({units: 1, name: 'second'})]});
    const [a, b] = [build(), build()];
    expect(readModel(b).weights.map((w) => w.address)).to.deep.equal(readModel(a).weights.map((w) => w.address)).and.deep.equal(['first/kernel', 'first/bias', 'second/kernel', 'second/bias']);
    a.dispose();
    b.dispose();
  });

  it('lists shared layers once, and tells the directions of a Bidirectional apart', () => {
    const input = tf.input({shape: [5, 3]});
    const shared = tf.layers.dense({units: 3, name: 'shared'});
    const bi = tf.layers.bidirectional({layer: tf.layers.lstm({units: 4, name: 'inner'}) as tf.RNN, mergeMode: 'concat', name: 'bi'});
    const model = tf.model({inputs: input, outputs: bi.apply(shared.apply(shared.apply(input))) as tf.SymbolicTensor});
    const {weights} = readModel(model);
    expect(weights.map((w) => w.layer).filter((l) => l === 'shared').length).to.equal(2);
    expect(new Set(weights.map((w) => w.address)).size).to.equal(weights.length);
    expect(weights.filter((w) => w.kind === 'lstm').length).to.equal(4);
    expect(weights.filter((w) => w.address.includes('forward')).length).to.equal(3);
    model.dispose();
  });

  it('comes as artifacts, and as a list or record of tensors', async () => {
    const artifacts = {weightSpecs: [{name: 'd/kernel', shape: [1, 2], dtype: 'float32'}, {name: 'd/bias', shape: [2], dtype: 'float32'}], weightData: Float32Array.of(1, 2, 3, 4).buffer};
    const {weights} = readModel(artifacts);
    expect(Array.from((await weights[1]!.read()).data)).to.deep.equal([3, 4]);
    const named = readTensors({'a/kernel': [[1, 2]], b: new Float32Array(3)});
    expect(named.weights.map((w) => [w.address, w.shape.join()])).to.deep.equal([['a/kernel', '1,2'], ['b', '3']]);
    expect(readTensors([[1], [2]]).weights.map((w) => w.address)).to.deep.equal(['0', '1']);
  });

  it('may be a list with something that is no tensor: that entry alone fails', async () => {
    const loop: unknown[] = [];
    loop.push(loop);
    const bad = {b: null, c: 'text', d: undefined, e: {a: 1}, f: {data: [1], shape: 'x'}, g: loop};
    const {weights} = readTensors({a: [1, 2], ...bad} as never);
    expect(weights.map((w) => w.address)).to.deep.equal(['a', ...Object.keys(bad)]);
    expect(Array.from((await weights[0]!.read()).data)).to.deep.equal([1, 2]);
    for (const w of weights.slice(1)) expect(await failure(w.read()), w.address).to.include({name: 'Problem'});
  });

  it('as a list tells the dtypes of its entries', () => {
    const {weights} = readTensors({a: [1], b: new Int32Array(1), c: {data: [1], shape: [1], dtype: 'bool'}, d: {data: new Int32Array(1), shape: [1]}});
    expect(weights.map((w) => w.dtype)).to.deep.equal(['float32', 'int32', 'bool', 'int32']);
  });

  it('that is none is refused in words', async () => {
    for (const bad of [null, 3, {}, {layers: 1}]) expect(await failure(() => readModel(bad))).to.include({key: 'badModel'});
    expect(await failure(() => readTensors(3 as never))).to.include({key: 'badTensors'});
  });
});

describe('findWeights', () => {
  it('takes addresses, last parts, and indices; names before numbers', async () => {
    const m = await fromUrl('cnn-explainer-tinyvgg');
    expect(findWeights(m, 'conv_2_1', null)[0]!.address).to.equal('conv_2_1/kernel');
    expect(findWeights(m, 'conv_2_1', 'bias')[0]!.address).to.equal('conv_2_1/bias');
    expect(findWeights(m, 'conv_2_1', 1)[0]!.address).to.equal('conv_2_1/bias');
    expect(findWeights(m, null, 'output/bias')[0]!.address).to.equal('output/bias');
    // a number is an index into all of the model's layers, those without weights counted
    const live = await tf.loadLayersModel(modelUrl('cnn-explainer-tinyvgg'));
    for (const [i, layer] of live.layers.entries()) {
      for (const source of [m, readModel(live)]) {
        if (layer.weights.length) expect(findWeights(source, i, null)[0]!.layer).to.equal(layer.name);
        else expect(await failure(() => findWeights(source, String(i), null))).to.include({key: 'layerEmpty'});
      }
    }
    expect(findWeights(m, -1, null)[0]!.address).to.equal('output/kernel');
    expect(await failure(() => findWeights(m, live.layers.length, null))).to.include({key: 'noLayer'});
    live.dispose();
    const nested = await fromUrl('tm-nested-27class');
    const deep = nested.weights.find((w) => w.kind === 'depthwise')!;
    expect(findWeights(nested, deep.layer.split('/').at(-1)!, null)[0]!.layer).to.equal(deep.layer);
    const error = await failure(() => findWeights(m, 'conv_2', null));
    expect(error).to.include({key: 'noLayer'});
    expect(error.message).to.contain('conv_2_1');
  });

  it('prefers the layer’s own weight to one of the same name below it', async () => {
    const manifest = [{paths: ['w'], weights: ['block/conv/kernel', 'block/kernel', 'block/bias'].map((name) => ({name, shape: [4, 5], dtype: 'float32'}))}];
    const data = await openSource('https://models.test/block.json', {fetch: async () => Response.json(manifest)});
    if (!('model' in data)) throw new Error('no model');
    expect(findWeights(data.model, 'block', 'kernel')[0]!.address).to.equal('block/kernel');
    expect(findWeights(data.model, 'block', 0)[0]!.address).to.equal('block/kernel');
    expect(findWeights(data.model, 'block', 2)[0]!.address).to.equal('block/conv/kernel');
  });

  for (const name of ['cnn-explainer-tinyvgg', 'tm-nested-27class', 'tfjs-gru-embedding', 'explornn-med_bs_10', 'explornn-med_bs_20', 'ml5-cvae', 'ml5-darknet-tiny', 'brainchop-model5', 'human-antispoof-f16', 'human-gender', 'faceapi-landmark68-tiny-uint8', 'faceapi-tiny-detector-uint8', 'nnv-imdb', 'nnv-fashion-mnist', 'tensorspace-lenet', 'vscode-langdetect', 'dtype-pack']) {
    it(`finds every weight by its layer and name: ${name}`, async () => {
      const m = await fromUrl(name);
      for (const w of m.weights) expect(findWeights(m, w.layer || null, w.layer ? w.weight : w.address)[0]!.address).to.equal(w.address);
    });
  }
});
