import type {Meta, StoryObj} from '@storybook/web-components-vite';
import * as tf from '@tensorflow/tfjs';
import {html, type TemplateResult} from 'lit';
import '../src/output-plot.js';
import type {OutputPlotElement} from '../src/output-plot.js';
import '../src/tfjs.js';

const models = 'fixtures/models';

const meta: Meta = {
  title: 'output-plot',
  component: 'output-plot',
  parameters: {controls: {include: ['kind', 'src', 'input-src', 'input-range', 'classes-src', 'top-k', 'threshold', 'smoothing', 'normalized', 'x-scale', 'y-scale']}},
};
export default meta;

/** Pseudo-random numbers from 0 to 1, the same each time. */
function random(seed = 1): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const style = html`<style>
  .grid {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(380px, 100%), 1fr));
    gap: 12px;
  }
</style>`;

/** Elements that wait for a training: the page says how far it is. */
function trained(elements: Record<string, OutputPlotElement>, train: (say: (text: string) => void) => Promise<void>, layout: (elements: Record<string, OutputPlotElement>) => TemplateResult): TemplateResult {
  const log = document.createElement('p');
  const root = document.createElement('div');
  root.dataset.training = '';
  void train((text) => (log.textContent = text)).then(
    () => root.removeAttribute('data-training'),
    (error: Error) => {
      log.textContent = `It failed: ${error.message}`;
      throw error;
    },
  );
  root.append(log);
  return html`${root}${layout(elements)}`;
}

const plot = (): OutputPlotElement => document.createElement('output-plot');

/** A photograph through a net of 1,000 classes: three addresses, no script. The net puts out logits, and the plot says so. */
export const Photograph: StoryObj = {
  name: 'A photograph',
  args: {src: `${models}/ml5-darknet-tiny/model.json`, 'input-src': 'fixtures/images/tfjs-cat.jpg', 'classes-src': `${models}/ml5-darknet-tiny/labels.json`, 'top-k': 5},
  render: (args) => html`<output-plot src=${args.src} input-src=${args['input-src']} classes-src=${args['classes-src']} top-k=${args['top-k']}></output-plot>`,
};

const CLOTHES = ['T-shirt', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'boot'];

interface Images {
  readonly x: Float32Array;
  readonly y: Uint8Array;
  readonly n: number;
}

/** Pictures of clothing: the first `n`, or the rest. */
async function clothes(): Promise<{train: Images; test: Images}> {
  const bytes = async (name: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(`fixtures/data/${name}`)).arrayBuffer());
  const images = (await bytes('fashion_mnist_1000-images-idx3-ubyte')).subarray(16);
  const labels = (await bytes('fashion_mnist_1000-labels-idx1-ubyte')).subarray(8);
  // a fifth of each class is kept for the test, whatever the file's order
  const seen = new Map<number, number>();
  const parts: [number[], number[]] = [[], []];
  labels.forEach((label, i) => {
    const k = seen.get(label) ?? 0;
    seen.set(label, k + 1);
    parts[k % 5 ? 0 : 1].push(i);
  });
  const next = random(7);
  const take = (list: number[]): Images => {
    const order = list.map((i) => [next(), i] as const).sort((a, b) => a[0] - b[0]).map(([, i]) => i);
    return {x: Float32Array.from(order.flatMap((i) => Array.from(images.subarray(784 * i, 784 * (i + 1)), (v) => v / 255))), y: Uint8Array.from(order, (i) => labels[i]!), n: order.length};
  };
  return {train: take(parts[0]), test: take(parts[1])};
}

function denseNet(units: readonly number[], optimizer: string | tf.Optimizer = 'adam', seed = 1): tf.Sequential {
  const model = tf.sequential();
  units.forEach((n, i) =>
    model.add(tf.layers.dense({units: n, activation: i === units.length - 1 ? 'softmax' : 'relu', ...(i === 0 && {inputShape: [784]}), kernelInitializer: tf.initializers.glorotUniform({seed: seed + i})})),
  );
  model.compile({optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy']});
  return model;
}

/** Trains, and hands each epoch's logs on. */
async function fit(model: tf.LayersModel, train: Images, test: Images, epochs: number, onLogs: (logs: Record<string, number>) => void, batchSize = 50): Promise<void> {
  const [x, y, vx, vy] = [tf.tensor2d(train.x, [train.n, 784]), tf.tensor1d(train.y, 'float32'), tf.tensor2d(test.x, [test.n, 784]), tf.tensor1d(test.y, 'float32')];
  await model.fit(x, y, {epochs, batchSize, shuffle: false, yieldEvery: 'never', validationData: [vx, vy], callbacks: {onEpochEnd: async (epoch, logs) => onLogs({epoch, ...(logs as Record<string, number>)})}});
  tf.dispose([x, y, vx, vy]);
}

/**
 * A net trained on Fashion-MNIST in this page: its history as it grows, then the test set in four plots that are wired
 * together. Choose a cell of the confusion matrix to see its pictures; drag a threshold.
 */
export const FashionMnist: StoryObj = {
  name: 'Fashion-MNIST, linked',
  render: () => {
    const [history, confusion, roc, pr, calibration] = [plot(), plot(), plot(), plot(), plot()];
    const train = async (say: (text: string) => void): Promise<void> => {
      await tf.setBackend('cpu');
      const data = await clothes();
      const model = denseNet([64, 10]);
      await fit(model, data.train, data.test, 8, (logs) => {
        say(`Epoch ${logs.epoch! + 1} of 8: accuracy ${logs.val_acc!.toFixed(3)} on the test set`);
        history.appendLogs(logs);
      });
      const plots = [confusion, roc, pr, calibration];
      plots.forEach((el, i) => {
        el.kind = (['confusion', 'roc', 'pr', 'calibration'] as const)[i]!;
        Object.assign(el, {model, input: {data: data.test.x, shape: [data.test.n, 784]}, labels: data.test.y, classes: CLOTHES, examples: (at: number) => pictureOf(data.test, at)});
        el.addEventListener('highlight-change', ({highlighted}) => plots.forEach((other) => (other.highlighted = highlighted)));
        el.addEventListener('threshold-change', ({threshold}) => plots.forEach((other) => (other.threshold = threshold)));
      });
      roc.positive = pr.positive = 'shirt';
      await Promise.all(plots.map((el) => el.updateComplete.then(() => el.renderComplete)));
    };
    return trained({history, confusion, roc, pr, calibration}, train, () => html`${style}${history}${confusion}<div class="grid">${roc}${pr}</div>${calibration}`);
  },
};

/**
 * Pictures of clothing as vectors of 784 pixels, by PCA: as pictures, and as points. Choose t-SNE or UMAP, set it and
 * start it; draw a lasso; choose a point for those nearest to it.
 */
export const Embedding: StoryObj = {
  name: 'Embedding',
  render: () => {
    const [pictures, points] = [plot(), plot()];
    const both = [pictures, points];
    void clothes().then(({train: {x, y, n}}) => {
      for (const el of both) {
        Object.assign(el, {kind: 'embedding', tensor: {data: x, shape: [n, 28, 28, 1]}, labels: y, classes: CLOTHES});
        el.addEventListener('highlight-change', ({highlighted}) => both.forEach((other) => (other.highlighted = highlighted)));
      }
      pictures.pictures = true;
    });
    return html`${pictures}${points}`;
  },
};

function pictureOf({x}: Images, at: number): ImageData {
  const image = new ImageData(28, 28);
  for (let i = 0; i < 784; i++) image.data.set([...Array.from({length: 3}, () => 255 * x[784 * at + i]!), 255], 4 * i);
  return image;
}

/** A net too large for 200 pictures, and one that cannot learn: each rule says what it went by. */
export const OverAndUnderfitting: StoryObj = {
  name: 'Overfitting and underfitting',
  tags: ['!autodocs'],
  render: () => {
    const [over, under] = [plot(), plot()];
    const train = async (say: (text: string) => void): Promise<void> => {
      await tf.setBackend('cpu');
      const data = await clothes();
      const few = {x: data.train.x.subarray(0, 784 * 200), y: data.train.y.subarray(0, 200), n: 200};
      under.baseline = 0.1;
      const say2 = (name: string) => (logs: Record<string, number>): void => say(`${name}: epoch ${logs.epoch! + 1}`);
      const big = denseNet([128, 10], tf.train.adam(0.005));
      await fit(big, few, data.test, 40, (logs) => {
        say2('A large net on 200 pictures')(logs);
        over.appendLogs(logs);
      });
      const stuck = denseNet([16, 10], tf.train.sgd(1e-6));
      await fit(stuck, few, data.test, 25, (logs) => {
        say2('A learning rate of a millionth')(logs);
        under.appendLogs(logs);
      });
      tf.dispose([big, stuck].flatMap((m) => m.getWeights()));
    };
    return trained({over, under}, train, () => html`${over}${under}`);
  },
};

/** Three nets, and two optimisers for one of them, epoch by epoch and on the same test set. */
export const Compared: StoryObj = {
  name: 'Models and optimisers compared',
  tags: ['!autodocs'],
  render: () => {
    const [history, roc] = [plot(), plot()];
    const train = async (say: (text: string) => void): Promise<void> => {
      await tf.setBackend('cpu');
      const data = await clothes();
      const runs: [string, tf.Sequential][] = [
        ['linear, Adam', denseNet([10])],
        ['32, Adam', denseNet([32, 10])],
        ['32, SGD', denseNet([32, 10], tf.train.sgd(0.05))],
        ['64-32, Adam', denseNet([64, 32, 10])],
      ];
      const series: object[] = [];
      const x = tf.tensor2d(data.test.x, [data.test.n, 784]);
      for (const [name, model] of runs) {
        await fit(model, data.train, data.test, 8, (logs) => {
          say(`${name}: epoch ${logs.epoch! + 1} of 8`);
          history.appendLogs({epoch: logs.epoch!, loss: logs.loss!, val_loss: logs.val_loss!}, name);
        });
        const out = model.predict(x) as tf.Tensor;
        series.push({name, predictions: {data: (await out.data()) as Float32Array, shape: [data.test.n, 10]}, labels: data.test.y});
        out.dispose();
      }
      x.dispose();
      Object.assign(roc, {series, classes: CLOTHES, kind: 'roc', positive: 'shirt'});
      await roc.updateComplete.then(() => roc.renderComplete);
    };
    return trained({history, roc}, train, () => html`${history}${roc}`);
  },
};

interface Penguin {
  readonly 'Body Mass (g)': number | null;
  readonly 'Flipper Length (mm)': number | null;
  readonly 'Beak Length (mm)': number | null;
  readonly 'Beak Depth (mm)': number | null;
}

/** The body mass of penguins from three lengths, by a linear model trained here. */
export const Regression: StoryObj = {
  render: () => {
    const residuals = plot();
    const train = async (): Promise<void> => {
      await tf.setBackend('cpu');
      const all = (await (await fetch('fixtures/data/penguins.json')).json()) as Penguin[];
      const rows = all.flatMap((p) => {
        const values = [p['Flipper Length (mm)'], p['Beak Length (mm)'], p['Beak Depth (mm)'], p['Body Mass (g)']];
        return values.every((v) => typeof v === 'number') ? [values as number[]] : [];
      });
      const columns = [0, 1, 2].map((c) => rows.map((r) => r[c]!));
      const scaled = columns.map((v) => {
        const mean = v.reduce((a, b) => a + b) / v.length;
        const sd = Math.sqrt(v.reduce((a, b) => a + (b - mean) ** 2, 0) / v.length);
        return v.map((x) => (x - mean) / sd);
      });
      const x = tf.tensor2d(rows.map((_, i) => scaled.map((c) => c[i]!)));
      const mass = Float32Array.from(rows, (r) => r[3]!);
      const y = tf.tensor2d(mass.map((g) => g / 1000), [rows.length, 1]);
      const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [3], kernelInitializer: 'zeros'})]});
      model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
      await model.fit(x, y, {epochs: 40, batchSize: 64, shuffle: false, yieldEvery: 'never'});
      const out = model.predict(x) as tf.Tensor;
      residuals.predictions = (await out.data() as Float32Array).map((kg) => kg * 1000);
      residuals.labels = mass;
      tf.dispose([x, y, out]);
      model.dispose();
      await residuals.updateComplete.then(() => residuals.renderComplete);
    };
    return trained({residuals}, train, () => html`${residuals}`);
  },
};

/** What a segmentation net finds in a picture: its mask over what went in. It was made for people, and is asked about pets. */
export const Segmentation: StoryObj = {
  args: {src: `${models}/human-selfie-f16/selfie.json`, 'input-src': 'fixtures/images/both.png', kind: 'image'},
  render: (args) => html`<output-plot src=${args.src} input-src=${args['input-src']} kind=${args.kind}></output-plot>`,
};

/** Scores of a rare class: the threshold is dragged in any of them, and moves in all. */
export const Threshold: StoryObj = {
  name: 'One threshold, four plots',
  render: () => {
    const next = random(3);
    const labels = Int32Array.from({length: 2000}, () => Number(next() < 0.2));
    const predictions = Float32Array.from(labels, (y) => 1 / (1 + Math.exp(-(2.2 * y - 1.4 + 2.6 * (next() + next() + next() - 1.5)))));
    const move = (event: Event): void => {
      const {threshold} = event as Event & {threshold: number};
      for (const other of (event.currentTarget as Element).querySelectorAll('output-plot')) other.threshold = threshold;
    };
    return html`${style}<div class="grid" @threshold-change=${move}>
      ${(['histogram', 'roc', 'pr', 'confusion'] as const).map((kind) => html`<output-plot .predictions=${predictions} .labels=${labels} kind=${kind} threshold="0.5"></output-plot>`)}
    </div>`;
  },
};

/** The flower data set of R. A. Fisher, coloured by species, and as a matrix. */
export const Numbers: StoryObj = {
  name: 'Plain numbers',
  render: () => {
    const scatter = plot();
    const matrix = plot();
    const train = async (): Promise<void> => {
      const lines = (await (await fetch('fixtures/data/iris.csv')).text()).trim().split('\n').slice(1).map((line) => line.split(',').map(Number));
      scatter.kind = 'scatter';
      scatter.classes = ['setosa', 'versicolor', 'virginica'];
      scatter.tensor = lines.map((row) => [row[2]!, row[3]!, row[4]!]);
      matrix.kind = 'heatmap';
      const columns = [0, 1, 2, 3].map((c) => lines.map((row) => row[c]!));
      const mean = columns.map((v) => v.reduce((a, b) => a + b) / v.length);
      const covariance = (a: number, b: number): number => lines.reduce((sum, row) => sum + (row[a]! - mean[a]!) * (row[b]! - mean[b]!), 0);
      matrix.tensor = [0, 1, 2, 3].map((a) => [0, 1, 2, 3].map((b) => covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b))));
      await Promise.all([scatter, matrix].map((el) => el.updateComplete.then(() => el.renderComplete)));
    };
    return trained({scatter, matrix}, train, () => html`${style}<div class="grid">${scatter}${matrix}</div>`);
  },
};

/** Every layer of the net of 1,000 classes for one photograph: scroll from input to output; a click opens a layer in full. */
export const Inside: StoryObj = {
  name: 'Inside: a photograph',
  args: {src: `${models}/ml5-darknet-tiny/model.json`, 'input-src': 'fixtures/images/tfjs-cat.jpg', 'classes-src': `${models}/ml5-darknet-tiny/labels.json`, layer: ''},
  render: (args) => html`<style>
      .tall {
        height: 80vh;
      }
    </style>
    <output-plot class="tall" kind="activations" src=${args.src} input-src=${args['input-src']} classes-src=${args['classes-src']} layer=${args.layer}></output-plot>`,
};

/** Three LSTM layers, one after the other, over a sine: time along x, a unit each row. The last hands on its last state alone; all are shown. */
export const InsideLstm: StoryObj = {
  name: 'Inside: an LSTM over time',
  args: {src: `${models}/explornn-med_bs_20/model.json`},
  render: (args) => html`<output-plot kind="activations" src=${args.src} .input=${{data: Float32Array.from({length: 60}, (_, i) => Math.sin(i / 5)), shape: [1, 60, 1]}}></output-plot>`,
};

/** A learning rate that was too high has killed most ReLUs: they are 0 on all 200 pictures of the test set. */
export const DeadUnits: StoryObj = {
  name: 'Inside: dead units',
  // pages of docs show all stories at once: those that train have one of their own
  tags: ['!autodocs'],
  render: () => {
    const inside = plot();
    const train = async (say: (text: string) => void): Promise<void> => {
      await tf.setBackend('cpu');
      const data = await clothes();
      const model = denseNet([64, 32, 10], tf.train.sgd(0.5));
      await fit(model, data.train, data.test, 2, (logs) => say(`Epoch ${logs.epoch! + 1} of 2: accuracy ${logs.val_acc!.toFixed(3)} on the test set`), 32);
      Object.assign(inside, {kind: 'activations', model, input: {data: data.test.x, shape: [data.test.n, 784]}, classes: CLOTHES});
      await inside.updateComplete;
      await inside.renderComplete;
    };
    return trained({inside}, train, () => html`${inside}`);
  },
};

/** What a net's last hidden layer makes of the test set, which it has not seen in training: PCA, t-SNE and UMAP. Classes come apart. */
export const LastHidden: StoryObj = {
  name: 'Inside: the last hidden layer',
  // pages of docs show all stories at once: those that train have one of their own
  tags: ['!autodocs'],
  render: () => {
    const plots = (['pca', 'tsne', 'umap'] as const).map((method) => Object.assign(plot(), {kind: 'embedding', method}));
    const train = async (say: (text: string) => void): Promise<void> => {
      await tf.setBackend('cpu');
      const data = await clothes();
      const model = denseNet([64, 10]);
      await fit(model, data.train, data.test, 8, (logs) => say(`Epoch ${logs.epoch! + 1} of 8: accuracy ${logs.val_acc!.toFixed(3)} on the test set`));
      for (const el of plots) {
        Object.assign(el, {model, input: {data: data.test.x, shape: [data.test.n, 784]}, labels: data.test.y, classes: CLOTHES, examples: (at: number) => pictureOf(data.test, at)});
        el.addEventListener('highlight-change', ({highlighted}) => plots.forEach((other) => (other.highlighted = highlighted)));
      }
      await Promise.all(plots.map((el) => el.updateComplete.then(() => el.renderComplete)));
    };
    return trained({}, train, () => html`${style}<div class="grid">${plots}</div>`);
  },
};

/** A million steps, one of them a spike and one NaN: neither is lost, however far out one looks. */
export const Million: StoryObj = {
  name: 'A million steps',
  render: () => {
    const next = random(5);
    const loss = Float32Array.from({length: 1_000_000}, (_, i) => 2 * Math.exp(-i / 200_000) + 0.3 + 0.2 * next());
    loss[620_000] = 5;
    loss[300_000] = NaN;
    return html`<output-plot .history=${{loss}}></output-plot>`;
  },
};

/** Two tags are all of it: no build step, no script of your own. */
export const PlainHtml: StoryObj = {
  name: 'Plain HTML',
  parameters: {docs: {source: {code: '<script type="module" src="tensorlens.js"></script>\n<output-plot>[0, 1, 4, 9, 16]</output-plot>'}}},
  render: () => html`<output-plot>[0, 1, 4, 9, 16]</output-plot>`,
};

/** What cannot be drawn is told in words, and the next good input is drawn. */
export const Errors: StoryObj = {
  render: () => html`<style>
      .low {
        height: 160px;
      }
    </style>
    <output-plot .predictions=${[0.1, 0.9]} .labels=${[1, 0, 1]} class="low"></output-plot>
    <output-plot .tensor=${[1, 2]} .kind=${'pie' as 'bars'} class="low"></output-plot>
    <output-plot lang="zh" .predictions=${[[0.1, 0.9], [0.8, 0.2]]} .labels=${[1, 5]} class="low"></output-plot>`,
};
