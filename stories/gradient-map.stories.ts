import type {Meta, StoryObj} from '@storybook/web-components-vite';
import * as tf from '@tensorflow/tfjs';
import {html} from 'lit';
import '../src/gradient-map.js';
import type {GradientMapElement} from '../src/gradient-map.js';
import '../src/tfjs.js';
import {watch} from '../src/training.js';

const models = 'fixtures/models';

const meta: Meta = {
  title: 'gradient-map',
  component: 'gradient-map',
  parameters: {controls: {include: ['src', 'input-src', 'classes-src', 'method', 'target', 'opacity', 'values', 'sanity', 'curves']}},
};
export default meta;

/** What in a photograph makes a net of 1,000 classes say “tabby”. Another method or class is one click away. */
export const Photograph: StoryObj = {
  name: 'A photograph',
  args: {src: `${models}/ml5-darknet-tiny/model.json`, 'input-src': 'fixtures/images/tfjs-cat.jpg', 'classes-src': `${models}/ml5-darknet-tiny/labels.json`, method: 'grad-cam'},
  render: (args) => html`<gradient-map src=${args.src} input-src=${args['input-src']} classes-src=${args['classes-src']} method=${args.method}></gradient-map>`,
};

const ladybug = 'fixtures/images/cnn-explainer/bug_1.jpeg';

/** Methods side by side on one picture, with how far they agree; the gap of what promises to be complete. */
export const Methods: StoryObj = {
  name: 'Methods compared',
  args: {src: `${models}/cnn-explainer-tinyvgg/model.json`, 'input-src': ladybug, method: 'gradient,integrated-gradients,guided-backprop,grad-cam'},
  render: (args) => html`<gradient-map src=${args.src} input-src=${args['input-src']} method=${args.method}></gradient-map>`,
};

/** The weights are randomised, on copies, from the top down: a map that stays the same does not show what the model does. */
export const Sanity: StoryObj = {
  name: 'A sanity check',
  render: () => html`<gradient-map src="${models}/cnn-explainer-tinyvgg/model.json" input-src=${ladybug} method="gradient" sanity></gradient-map>
    <gradient-map src="${models}/cnn-explainer-tinyvgg/model.json" input-src=${ladybug} method="guided-backprop" sanity></gradient-map>`,
};

/** How the score falls as the most important places are taken away, and rises as they come first. */
export const Faithfulness: StoryObj = {
  name: 'Deletion and insertion',
  render: () => html`<gradient-map src="${models}/cnn-explainer-tinyvgg/model.json" input-src=${ladybug} method="grad-cam" curves></gradient-map>`,
};

/** What the loss asks of every weight, for one photograph of a ladybug (class 1): as the heatmap draws weights, each with how large it is beside its weight. Click one. */
export const Weights: StoryObj = {
  name: 'Gradients of weights',
  args: {src: `${models}/cnn-explainer-tinyvgg/model.json`, 'input-src': ladybug},
  render: (args) => html`<gradient-map mode="weights" src=${args.src} input-src=${args['input-src']} .labels=${[1]} .loss=${'categoricalCrossentropy'} loading="eager"></gradient-map>`,
};

/** A run that was recorded with \`run.record()\`: a slider and a button play it; a click opens a weight's gradient at that step, and its histograms. */
export const Recorded: StoryObj = {
  name: 'A recorded run',
  args: {'run-src': 'fixtures/runs/fashion-mnist.json', layer: 'edges'},
  render: (args) => html`<gradient-map mode="training" run-src=${args['run-src']} layer=${args.layer}></gradient-map>`,
};

/** Trains a net on pictures of clothing, with a run that is watched, until the story is left. */
async function train(element: GradientMapElement, root: HTMLElement, make: () => tf.Sequential, optimizer: tf.Optimizer, epochs: number, loss = 'sparseCategoricalCrossentropy'): Promise<void> {
  root.dataset.training = '';
  await tf.setBackend('cpu');
  const bytes = async (name: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(`fixtures/data/${name}`)).arrayBuffer());
  const images = (await bytes('fashion_mnist_1000-images-idx3-ubyte')).subarray(16);
  const labels = (await bytes('fashion_mnist_1000-labels-idx1-ubyte')).subarray(8);
  // classes in turn rather than one after the other
  const order = Array.from(labels.keys()).sort((a, b) => (a * 7919) % 1000 - ((b * 7919) % 1000));
  const x = tf.tensor2d(Float32Array.from(order.flatMap((i) => Array.from(images.subarray(784 * i, 784 * (i + 1)), (v) => v / 255))), [1000, 784]);
  const sparse = tf.tensor1d(order.map((i) => labels[i]!), 'float32');
  const y = loss === 'meanSquaredError' ? tf.oneHot(sparse.toInt(), 10) : sparse;
  const model = make();
  model.compile({optimizer, loss});
  const run = watch(model, {tf, every: 1});
  element.run = run;
  let shown = false;
  const onBatchEnd = async (): Promise<void> => {
    // lets the page draw, and notice that it is left
    await new Promise((resolve) => setTimeout(resolve));
    shown ||= root.isConnected;
    if (shown && !root.isConnected) model.stopTraining = true;
  };
  try {
    await model.fit(x, y, {epochs, batchSize: 50, shuffle: false, yieldEvery: 'never', verbose: 0, callbacks: {onBatchEnd}});
  } finally {
    run.stop();
    tf.dispose([x, y, sparse]);
    model.dispose();
  }
  await run.settled();
  await element.renderComplete;
}

const dense = (units: readonly number[], activation: 'relu' | 'sigmoid', last: 'softmax' | 'linear' = 'softmax') => (): tf.Sequential =>
  tf.sequential({layers: units.map((n, i) => tf.layers.dense({units: n, activation: i === units.length - 1 ? last : activation, ...(i === 0 && {inputShape: [784]}), kernelInitializer: tf.initializers.glorotUniform({seed: i + 1})}))});

function watched(make: () => tf.Sequential, optimizer: tf.Optimizer, epochs: number, loss?: string): ReturnType<typeof html> {
  const element = document.createElement('gradient-map');
  element.mode = 'training';
  const root = document.createElement('div');
  root.append(element);
  train(element, root, make, optimizer, epochs, loss)
    .catch((error: unknown) => {
      console.error(error);
      root.append(`The training failed: ${String(error)}`);
    })
    .finally(() => root.removeAttribute('data-training'));
  return html`${root}`;
}

/** Fashion-MNIST trained in this page: every weight's gradient, step by step, over the loss. */
export const Training: StoryObj = {name: 'Training, live', render: () => watched(dense([48, 32, 10], 'relu'), tf.train.adam(0.002), 4)};

/** A learning rate far too high: where it begins, and in what. */
export const Exploding: StoryObj = {name: 'A run that explodes', render: () => watched(dense([32, 32, 10], 'relu', 'linear'), tf.train.sgd(3), 2, 'meanSquaredError')};

/** Eleven layers of sigmoid units: hardly any gradient reaches the first. */
export const Vanishing: StoryObj = {name: 'A run that vanishes', render: () => watched(dense([16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 10], 'sigmoid'), tf.train.sgd(0.05), 2)};
