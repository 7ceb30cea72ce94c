import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import type {ReactiveControllerHost} from 'lit';
import {fetchInput} from '../../src/controllers/model-input.js';
import {type ModelInput, takeInput} from '../../src/controllers/take-input.js';
import {ModelRun, type RunRequest, type RunResult} from '../../src/controllers/model-run.js';
import {classNames} from '../../src/tensor/classes.js';
import {useTf} from '../../src/tensor/tf.js';
import {failure, fixture, hex256, json, modelUrl} from '../helpers.js';

const host: ReactiveControllerHost = {addController: () => undefined, removeController: () => undefined, requestUpdate: () => undefined, updateComplete: Promise.resolve(true)};

const picture = (path: string): ReturnType<typeof fetchInput> => fetchInput(fixture(`images/${path}`), {}, new AbortController().signal);

/** The best first: [index, value]. */
const ranked = ({prediction: {data}}: RunResult): [number, number][] => Array.from(data, (v, i) => [i, v] as [number, number]).sort((a, b) => b[1] - a[1]);

describe('ModelRun', () => {
  let run: ModelRun;
  let tensors = 0;

  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  after(() => useTf(null));
  beforeEach(() => {
    tensors = tf.memory().numTensors;
    run = new ModelRun(host);
    run.hostConnected();
  });
  afterEach(async () => {
    run.hostDisconnected();
    await Promise.resolve();
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  const at = (model: string, input: RunRequest['input'], rest: Partial<RunRequest> = {}): Promise<RunResult> => run.run({model: modelUrl(model), input, ...rest});

  it('sees the cat in tfjs’s demonstration picture, as its publisher’s numbers have it', async () => {
    const result = await at('ml5-darknet-tiny', await picture('tfjs-cat.jpg'), {range: '0,1'});
    const names = classNames(await json('models/ml5-darknet-tiny/labels.json'), 1000);
    const best = ranked(result).slice(0, 3);
    // fixtures' index: tabby 21.2, tiger cat 20.7, Egyptian cat 19.6; browsers decode JPEG to within a step or two
    expect(best.map(([i]) => names[i])).to.deep.equal(['tabby', 'tiger cat', 'Egyptian cat']);
    for (const [i, wanted] of [21.2, 20.7, 19.6].entries()) expect(best[i]![1]).to.be.closeTo(wanted, 0.25);
    expect(result.activation).to.equal('linear');
    expect(result.prediction).to.include({name: 'global_average_pooling2d_1', examples: 1, dtype: 'float32'});
    expect(result.prediction.shape).to.deep.equal([1, 1000]);
    expect(result.inputs[0]!.range).to.deep.equal({text: '0,1', assumed: false});
    const [fed] = result.inputs[0]!.pictures;
    expect([fed!.width, fed!.height]).to.deep.equal([224, 224]);
  });

  it('tells the same classes as plain tfjs does, one picture or several at once', async () => {
    const {rows} = await json<{rows: {file: string; pred: number; p: number}[]}>('refs/tinyvgg_predictions.json');
    const files = ['boat_1', 'bug_1', 'bug_3', 'bus_1', 'bus_2', 'car_1', 'espresso_1', 'koala_2', 'pizza_1'].map((name) => `${name}.jpeg`);
    const pictures = await Promise.all(files.map((file) => picture(`cnn-explainer/${file}`)));
    const all = await at('cnn-explainer-tinyvgg', {kind: 'list', items: pictures});
    expect(all.prediction.shape).to.deep.equal([9, 10]);
    expect(all.activation).to.equal('softmax');
    expect(all.inputs[0]!.range).to.deep.equal({text: '0,1', assumed: true});
    expect(all.inputs[0]!.pictures).to.have.length(9);
    for (const [i, file] of files.entries()) {
      const row = rows.find((r) => r.file === file)!;
      const own = all.prediction.data.slice(10 * i, 10 * i + 10);
      const best = own.indexOf(Math.max(...own));
      expect(best, file).to.equal(row.pred);
      expect(own[best], file).to.be.closeTo(row.p, 0.02);
    }
    const one = await at('cnn-explainer-tinyvgg', pictures[1]!);
    expect(one.prediction.data[1]).to.be.closeTo(all.prediction.data[11]!, 1e-6);
  });

  it('runs a graph model on grey pictures', async () => {
    const result = await at('human-gender', await picture('tfjs-cat.jpg'));
    expect(result.activation).to.equal('softmax');
    expect(result.prediction.shape).to.deep.equal([1, 2]);
    expect(result.prediction.data[0]! + result.prediction.data[1]!).to.be.closeTo(1, 1e-6);
    expect(result.outputs).to.deep.equal(['Identity']);
    const {pictures, values} = result.inputs[0]!;
    expect(values.shape).to.deep.equal([1, 64, 64, 1]);
    expect(pictures[0]!.data[0]).to.equal(pictures[0]!.data[1]);
    expect(values.data[0]).to.be.closeTo(pictures[0]!.data[0]! / 255, 1e-7);
  });

  it('feeds integers by name, as tfjs itself does', async () => {
    const result = await at('predictive-prefetch', takeInput({cur_page: [3, 40, 7], session_index: [0, 2, 5]}));
    const model = await tf.loadGraphModel(modelUrl('predictive-prefetch'));
    const page = tf.tensor1d([3, 40, 7], 'int32');
    const session = tf.tensor1d([0, 2, 5], 'int32');
    const direct = model.execute({cur_page: page, session_index: session}) as tf.Tensor;
    expect(result.prediction.shape).to.deep.equal(direct.shape);
    expect(Array.from(result.prediction.data)).to.deep.equal(Array.from(await direct.data()));
    tf.dispose([page, session, direct]);
    model.dispose();
    const half = await failure(at('predictive-prefetch', takeInput({cur_page: [3.5], session_index: [0]})));
    expect(half).to.include({key: 'inputIntegers'});
    expect(half.message).to.contain('3.5');
  });

  it('leaves a live model as it is, and says what does not fit', async () => {
    const model = await tf.loadLayersModel(modelUrl('cnn-explainer-tinyvgg'));
    const hash = async (): Promise<string[]> => Promise.all(model.getWeights().map(async (w) => hex256((await w.data()) as Float32Array<ArrayBuffer>)));
    const before = await hash();
    const good = await run.run({model, input: takeInput(new Float32Array(0) as unknown as ModelInput)}).catch((error: Error) => error);
    expect(good).to.include({key: 'inputShape'});
    const wrong = await failure(run.run({model, input: takeInput({data: new Float32Array(100 * 100 * 3), shape: [100, 100, 3]})}));
    expect(wrong.message).to.contain('[null, 64, 64, 3]').and.contain('[100, 100, 3]');
    const result = await run.run({model, input: await picture('cnn-explainer/bug_1.jpeg')});
    expect(ranked(result)[0]![0]).to.equal(1);
    expect(await hash()).to.deep.equal(before);
    const none = await failure(run.run({model, input: await picture('cnn-explainer/bug_1.jpeg'), output: 'nothing'}));
    expect(none.message).to.contain('“output”');
    model.dispose();
  });

  it('keeps a loaded model while the same is asked for, and shares it', async () => {
    const input = await picture('cnn-explainer/bug_1.jpeg');
    const other = new ModelRun(host);
    other.hostConnected();
    const seen = new Set<object>();
    let files = 0;
    const counted: typeof fetch = (...args) => {
      files++;
      return fetch(...args);
    };
    const use = (who: ModelRun): Promise<void> => who.use(modelUrl('cnn-explainer-tinyvgg'), {fetch: counted}, (_tf, model) => Promise.resolve(void seen.add(model)));
    await Promise.all([use(run), use(other)]);
    await use(run);
    expect(seen.size).to.equal(1);
    expect(files).to.equal(2);
    run.hostDisconnected();
    await use(other);
    expect(seen.size).to.equal(1);
    other.hostDisconnected();
    await Promise.resolve();
    expect(tf.memory().numTensors).to.equal(tensors);
    await run.run({model: modelUrl('cnn-explainer-tinyvgg'), input});
    expect(seen.size).to.equal(1);
  });

  it('gives up when it is told to, with nothing left behind', async () => {
    const model = await tf.loadLayersModel(modelUrl('cnn-explainer-tinyvgg'));
    const input = await picture('cnn-explainer/bug_1.jpeg');
    const abort = new AbortController();
    const told: number[][] = [];
    const many = run.run({model, input: {kind: 'list', items: Array.from({length: 12}, () => input)}, batchSize: 2}, {signal: abort.signal, onProgress: (...args) => {
      told.push(args as number[]);
      if (told.length === 2) abort.abort();
    }});
    expect(await failure(many)).to.include({name: 'AbortError'});
    expect(told.map(([n, of]) => [n, of])).to.deep.equal([[2, 12], [4, 12]]);
    model.dispose();
    const early = new AbortController();
    const loading = run.run({model: modelUrl('ml5-darknet-tiny'), input}, {signal: early.signal, onProgress: () => early.abort()});
    expect(await failure(loading)).to.include({name: 'AbortError'});
  });

  it('tells in words what cannot be loaded, and leaves no tensor of it', async () => {
    const input = await picture('cnn-explainer/bug_1.jpeg');
    const of = async (src: string): Promise<Error> => failure(run.run({model: src, input}));
    expect(await of(fixture('nowhere.json'))).to.include({key: 'srcStatus'});
    expect(await of(modelUrl('faceapi-tiny-detector-uint8'))).to.include({key: 'runNoModel'});
    expect(await of(fixture('refs/tinyvgg_predictions.json'))).to.include({key: 'jsonUnknown'});
    expect(await of(modelUrl('tensorspace-acgan'))).to.include({key: 'shardStatus'});
    expect(await of('indexeddb://mine')).to.include({key: 'srcStore'});
    const custom = await failure(run.run({model: fixture('adversarial/15_unknown_layer_class/model.json'), input}, {fetch: madeUp}));
    expect(custom).to.include({key: 'runBuild'});
    expect(custom.message).to.contain('registerClass');
  });
});

/** Answers for shards with zeros: of some fixtures only the structure is there. */
const madeUp: typeof fetch = async (url, init) => {
  if (/\.json(\?|$)/.test(String(url))) return fetch(url, init);
  const folder = String(url).replace(/[^/]*$/, '');
  const {weightsManifest} = (await (await fetch(`${folder}model.json`)).json()) as {weightsManifest: {weights: {shape: number[]}[]}[]};
  const n = weightsManifest.flatMap((g) => g.weights).reduce((sum, w) => sum + w.shape.reduce((a, b) => a * b, 4), 0);
  return new Response(new Uint8Array(n));
};
