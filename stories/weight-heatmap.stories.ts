import type {Meta, StoryObj} from '@storybook/web-components-vite';
import * as tf from '@tensorflow/tfjs';
import {html, type TemplateResult} from 'lit';
import '../src/output-plot.js';
import '../src/weight-heatmap.js';

const models = 'fixtures/models';

/** Pseudo-random numbers about 0, the same each time. */
function noise(n: number, spread = 1): Float32Array {
  let state = 1;
  return Float32Array.from({length: n}, () => {
    let sum = -3;
    for (let i = 0; i < 6; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sum += state / 2 ** 32;
    }
    return sum * spread;
  });
}

const meta: Meta = {
  title: 'weight-heatmap',
  component: 'weight-heatmap',
  // a story shows what it is about; the table of the docs page tells the rest
  parameters: {controls: {include: ['src', 'layer', 'weight', 'arrange', 'mark', 'scheme', 'domain', 'center', 'transform', 'domain-per', 'pool', 'annotate', 'query', 'sort', 'run-src', 'run-view', 'step', 'compare-src', 'compare-view', 'order', 'tiles']}},
};
export default meta;

type Args = Record<string, string | boolean | undefined>;

const heatmap = (args: Args, caption = ''): TemplateResult => html`<weight-heatmap
  src=${args.src ?? ''}
  layer=${args.layer ?? ''}
  weight=${args.weight ?? ''}
  arrange=${args.arrange ?? ''}
  mark=${args.mark ?? 'cell'}
  scheme=${args.scheme ?? ''}
  domain=${args.domain ?? 'auto'}
  transform=${args.transform ?? 'linear'}
  domain-per=${args['domain-per'] ?? 'all'}
  pool=${args.pool ?? 'extreme'}
  .query=${args.query ?? ''}
  sort=${args.sort ?? 'order'}
  ?annotate=${args.annotate}
  >${caption ? html`<span slot="caption">${caption}</span>` : ''}</weight-heatmap
>`;

/** A trained model, by its address alone: every weight a tile, each with its own colour bar. Click one. */
export const AModel: StoryObj = {
  name: 'A model',
  args: {src: `${models}/cnn-explainer-tinyvgg/model.json`},
  render: (args) => heatmap(args),
};

/** 77 weights in 31 files: only what is scrolled into view is fetched. Find a tile by its name, type or shape. */
export const ALargerModel: StoryObj = {
  name: 'A larger model',
  args: {src: `${models}/ml5-darknet-tiny/model.json`},
  render: (args) => heatmap(args),
};

/** One convolution: a 3 × 3 filter for every output (rows) and input (columns). */
export const ConvolutionKernels: StoryObj = {
  name: 'Convolution kernels',
  args: {src: `${models}/cnn-explainer-tinyvgg/model.json`, layer: 'conv_1_2'},
  render: (args) => heatmap(args, 'The second convolution of a small VGG, trained on ten classes.'),
};

/** The 784 inputs of each of 64 units, laid out again as the 28 × 28 pixels that they were. */
export const UnitsAsImages: StoryObj = {
  name: 'Units as images',
  args: {src: `${models}/nnv-fashion-mnist/model.json`, layer: 'nnv_Dense_1', arrange: '(h w) (a b) -> (a h) (b w); h=28 a=8', domain: 'robust'},
  render: (args) => heatmap(args, 'What each unit of the first dense layer looks for in a picture of clothing.'),
};

/** Area is magnitude; filled is positive, open is negative. */
export const Hinton: StoryObj = {
  name: 'A Hinton diagram',
  args: {src: `${models}/tfjs-gru-embedding/model.json`, layer: 'gru_GRU1', weight: 'kernel', mark: 'square'},
  render: (args) => heatmap(args),
};

/** The gates of an LSTM stand apart, in TensorFlow.js’s own order: i, f, c, o. */
export const LstmGates: StoryObj = {
  name: 'Gates of an LSTM',
  args: {src: `${models}/explornn-med_bs_20/model.json`, layer: '1', weight: 'recurrent_kernel'},
  render: (args) => heatmap(args),
};

/** The classic loop: five epochs of a 784-64-64-10 net on Fashion-MNIST, every weight as a titled tile; below it, what training has changed. */
export const AfterTraining: StoryObj = {
  name: 'After training',
  render: () => {
    const log = document.createElement('p');
    const map = document.createElement('weight-heatmap');
    const change = document.createElement('weight-heatmap');
    change.sort = 'change';
    const train = async (): Promise<void> => {
      await tf.setBackend('cpu');
      const bytes = async (name: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(`fixtures/data/${name}`)).arrayBuffer());
      const images = (await bytes('fashion_mnist_1000-images-idx3-ubyte')).subarray(16);
      const labels = (await bytes('fashion_mnist_1000-labels-idx1-ubyte')).subarray(8);
      const x = tf.tensor2d(Float32Array.from(images, (v) => v / 255), [labels.length, 784]);
      const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 10);

      const model = tf.sequential();
      model.add(tf.layers.dense({units: 64, activation: 'relu', inputShape: [784], kernelInitializer: tf.initializers.glorotUniform({seed: 1})}));
      model.add(tf.layers.dense({units: 64, activation: 'relu', kernelInitializer: tf.initializers.glorotUniform({seed: 2})}));
      model.add(tf.layers.dense({units: 10, activation: 'softmax', kernelInitializer: tf.initializers.glorotUniform({seed: 3})}));
      const weights = (): Record<string, tf.Tensor> => Object.fromEntries(model.getWeights().map((w, k) => [`dense ${1 + (k >> 1)}/${k % 2 ? 'bias' : 'kernel'}`, w]));
      change.compare = weights();
      model.compile({optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy']});
      map.model = model;
      await model.fit(x, y, {
        epochs: 5,
        batchSize: 50,
        shuffle: false,
        yieldEvery: 'never',
        callbacks: {
          onEpochEnd: async (epoch, logs) => {
            log.textContent = `Epoch ${epoch + 1} of 5: loss ${logs!.loss!.toFixed(3)}, accuracy ${logs!.acc!.toFixed(3)}`;
            await map.refresh();
          },
        },
      });
      tf.dispose([x, y]);
      change.tensors = weights();
      map.dataset.trained = 'true';
    };
    void train();
    return html`${log}${map}${change}`;
  },
};

/** 16.8 million cells: sampled at once, exact a moment later. One of them is NaN. */
export const Large: StoryObj = {
  name: '4096 × 4096',
  render: () => {
    const n = 4096;
    const data = new Float32Array(n * n);
    for (let r = 0, state = 1; r < n; r++) {
      for (let c = 0; c < n; c++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        data[r * n + c] = Math.sin(r / 300) * Math.cos(c / 411) + (state / 2 ** 32 - 0.5);
      }
    }
    data[1000 * n + 3000] = NaN;
    return html`<weight-heatmap .tensor=${{data, shape: [n, n]}}></weight-heatmap>`;
  },
};

/** What is not finite is loud, at least two pixels wide, and counted. */
export const NotFinite: StoryObj = {
  name: 'NaN and infinities',
  render: () => {
    const small = [[0.5, -1.25, NaN, 3], [Infinity, 0, -0.001, 2], [1e-8, -Infinity, NaN, -3]];
    const data = noise(512 * 512, 0.02);
    for (const at of [70_000, 70_001, 131_072, 200_100]) data[at] = NaN;
    data[100_300] = Infinity;
    data[180_000] = -Infinity;
    return html`<weight-heatmap .tensor=${small} annotate></weight-heatmap><weight-heatmap .tensor=${{data, shape: [512, 512]}}></weight-heatmap>`;
  },
};

/** What stands out too much for a linear scale of the whole range. */
export const Scales: StoryObj = {
  render: () => {
    const data = noise(40 * 60, 0.02);
    for (let i = 0; i < 12; i++) data[(i * 997) % data.length] = (i % 2 ? -1 : 1) * (0.5 + i / 10);
    const tensor = {data, shape: [40, 60]};
    return html`<div class="grid">
        ${(['auto', 'robust', '-0.03,0.03'] as const).map((domain) => html`<weight-heatmap .tensor=${tensor} .domain=${domain}><span slot="caption">domain="${domain}"</span></weight-heatmap>`)}
        ${(['symlog', 'rank'] as const).map((transform) => html`<weight-heatmap .tensor=${tensor} .transform=${transform}><span slot="caption">transform="${transform}"</span></weight-heatmap>`)}
        <weight-heatmap .tensor=${tensor} domain-per="row"><span slot="caption">domain-per="row"</span></weight-heatmap>
      </div>
      ${grid}`;
  },
};

const grid = html`<style>
  .grid {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr));
    gap: 12px;
  }
  .serif {
    --tensorlens-background: #fdf6e3;
    --tensorlens-text: #073642;
    --tensorlens-muted: #4a5c63;
    --tensorlens-accent: #9a4a06;
    --tensorlens-grid: #e6ddc4;
    --tensorlens-nan: #000;
    --tensorlens-font: Georgia, serif;
  }
  .light {
    color-scheme: light;
  }
  .dark {
    color-scheme: dark;
  }
</style>`;

/** Light and dark follow `color-scheme`; custom properties do the rest. */
export const Theming: StoryObj = {
  render: () => {
    const tensor = {data: noise(12 * 16).fill(NaN, 40, 42), shape: [12, 16]};
    return html`<div class="grid">
        <weight-heatmap class="light" .tensor=${tensor}><span slot="caption">color-scheme: light</span></weight-heatmap>
        <weight-heatmap class="dark" .tensor=${tensor}><span slot="caption">color-scheme: dark</span></weight-heatmap>
        <weight-heatmap class="serif light" .tensor=${tensor} scheme="BrBG"><span slot="caption">custom properties, scheme="BrBG"</span></weight-heatmap>
      </div>
      ${grid}`;
  },
};

/** Two tags are all of it: no build step, no script of your own. */
export const PlainHtml: StoryObj = {
  name: 'Plain HTML',
  parameters: {docs: {source: {code: '<script type="module" src="tensorlens.js"></script>\n<weight-heatmap>[[1, -2], [0, 3]]</weight-heatmap>'}}},
  render: () => html`<weight-heatmap>[[1, -2, 0.5], [0, 3, -1.5]]</weight-heatmap>`,
};

/** A graph model with float16 weights, and a manifest of weights without a model: the same tag. */
export const GraphModels: StoryObj = {
  name: 'Graph models and bare manifests',
  render: () => html`<weight-heatmap src="${models}/human-antispoof-f16/antispoof.json"></weight-heatmap>
    <weight-heatmap src="${models}/faceapi-tiny-detector-uint8/tiny_face_detector_model-weights_manifest.json"></weight-heatmap>`,
};

/** What cannot be drawn is told in words, and the next good input is drawn. */
export const Errors: StoryObj = {
  render: () => html`<weight-heatmap src="${models}/cnn-explainer-tinyvgg/model.json" layer="conv_3_1"></weight-heatmap>
    <weight-heatmap src="${models}/cnn-explainer-tinyvgg/model.json" layer="output" .arrange=${'in out -> out inn'}></weight-heatmap>
    <weight-heatmap lang="zh" src="${models}/cnn-explainer-tinyvgg/model.json" layer="conv_3_1"></weight-heatmap>`,
};

/** How the filters of a convolution came about: a recorded run with snapshots, walked over with a slider or played, in colours that mean the same at every step; or what has changed. */
export const ARun: StoryObj = {
  name: 'A run, played',
  args: {'run-src': 'fixtures/runs/fashion-mnist.json', layer: 'edges', 'run-view': 'weights'},
  render: (args) => html`<weight-heatmap run-src=${args['run-src']} layer=${args.layer} run-view=${args['run-view']}></weight-heatmap>
    <weight-heatmap run-src=${args['run-src']} run-view="since-first" sort="change"></weight-heatmap>
    <output-plot run-src=${args['run-src']}></output-plot>`,
};

/** What ten more epochs of training did to a text model: the first checkpoint is the *before*. Most changed first; `side-by-side` shows both. */
export const Checkpoints: StoryObj = {
  name: 'Checkpoints compared',
  args: {src: `${models}/explornn-med_bs_20/model.json`, 'compare-src': `${models}/explornn-med_bs_10/model.json`, 'compare-view': 'difference'},
  render: (args) => html`<weight-heatmap src=${args.src} compare-src=${args['compare-src']} compare-view=${args['compare-view']} sort="change"></weight-heatmap>
    <weight-heatmap src=${args.src} compare-src=${args['compare-src']} compare-view="side-by-side" layer="lstm_LSTM1" weight="recurrent_kernel"></weight-heatmap>
    <weight-heatmap src="${models}/explornn-high_noise_20/model.json" compare-src="${models}/explornn-high_noise_10/model.json" sort="change"></weight-heatmap>`,
};

/** Filters of a convolution by how alike they are, with their tree; and a model some of whose filters are dead: its tile says so, the panel of statistics (the bars, or `s`) lists them. */
export const Judged: StoryObj = {
  name: 'Clustered, and judged',
  args: {src: `${models}/cnn-explainer-tinyvgg/model.json`, layer: 'conv_1_2', order: 'cluster-cosine'},
  render: (args) => html`<weight-heatmap src=${args.src} layer=${args.layer} order=${args.order}></weight-heatmap>
    <weight-heatmap src="${models}/human-gender/gender.json" query="conv2d_1 weights"></weight-heatmap>`,
};

/** Every weight's distribution, over what its initializer would have given (dashed). */
export const Distributions: StoryObj = {
  name: 'Distributions',
  args: {src: `${models}/cnn-explainer-tinyvgg/model.json`, tiles: 'distributions'},
  render: (args) => html`<weight-heatmap src=${args.src} tiles=${args.tiles}></weight-heatmap>`,
};
