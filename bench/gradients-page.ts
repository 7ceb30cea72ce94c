// What the gradients' benchmark runs in each page: maps of a model by ours and by plain loops, and steps of training.
import * as tf from '@tensorflow/tfjs';
import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';
import {attribute, type Attribution} from '../src/attribution.js';
import {unfused} from '../src/attribution/unfused.js';
import {type Run, watch} from '../src/training.js';

/** As ours is by default. */
const [SAMPLES, NOISE, FIRST_STEPS] = [25, 0.15, 16];
const CLASSES = 10;

type Method = 'integrated-gradients' | 'smoothgrad' | 'occlusion';

let model: tf.LayersModel;
let picture: tf.Tensor;
let pixels = new Float32Array(0);
let target = 0;

/** A net as of MNIST: dense on vectors, or with two convolutions. */
function mnistNet(kind: string): tf.Sequential {
  const net = tf.sequential();
  if (kind === 'dense') net.add(tf.layers.dense({units: 128, activation: 'relu', inputShape: [784], kernelInitializer: tf.initializers.glorotUniform({seed: 1})}));
  else {
    net.add(tf.layers.conv2d({filters: 8, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1], kernelInitializer: tf.initializers.glorotUniform({seed: 1})}));
    net.add(tf.layers.maxPooling2d({poolSize: 2}));
    net.add(tf.layers.conv2d({filters: 16, kernelSize: 3, activation: 'relu', kernelInitializer: tf.initializers.glorotUniform({seed: 2})}));
    net.add(tf.layers.flatten());
  }
  net.add(tf.layers.dense({units: CLASSES, activation: 'softmax', kernelInitializer: tf.initializers.glorotUniform({seed: 3})}));
  return net;
}

/** A picture of a cat, its values 0 to 1. */
async function cat([height, width]: number[]): Promise<tf.Tensor> {
  const image = new Image();
  image.src = '/images/tfjs-cat.jpg';
  await image.decode();
  return tf.tidy(() => tf.image.resizeBilinear(tf.browser.fromPixels(image), [height!, width!]).div(255).expandDims());
}

// Maps ----------------------------------------------------------------------------------------------------------------

type Grad = (x: tf.Tensor) => tf.Tensor;

/** What is explained, as one writes it: the class's value in the output. A gather would have no gradient on WebAssembly. */
const score = (x: tf.Tensor): tf.Scalar => (model.predict(x) as tf.Tensor).mul(tf.oneHot([target], model.outputs[0]!.shape[1]!)).sum();

/** Takes the mean of the gradients at so many inputs where the model runs, times something, and reads it. */
async function meanOf(grad: Grad, n: number, times: tf.Tensor | number, input: (i: number) => tf.Tensor): Promise<ArrayLike<number>> {
  const mean = tf.tidy(() => {
    let sum = tf.zerosLike(picture);
    for (let i = 0; i < n; i++) sum = sum.add(grad(input(i)));
    return sum.div(n).mul(times);
  });
  const map = await mean.data();
  mean.dispose();
  return map;
}

/** One example at a time. */
const loops: Record<Method, (grad: Grad, n: number) => Promise<ArrayLike<number>>> = {
  'integrated-gradients': (grad, n) => meanOf(grad, n, picture, (i) => picture.mul((i + 0.5) / n)),
  smoothgrad: (grad, n) => meanOf(grad, n, 1, () => picture.add(tf.randomNormal(picture.shape, 0, NOISE))),
  occlusion: async () => {
    const all = Float32Array.from(await picture.data());
    const value = async (data: Float32Array): Promise<number> => {
      const out = tf.tidy(() => model.predict(tf.tensor(data, picture.shape)) as tf.Tensor);
      const values = await out.data();
      out.dispose();
      return values[target]!;
    };
    const before = await value(all);
    const [drops, counts] = [new Float32Array(all.length), new Float32Array(all.length)];
    for (const places of windows()) {
      const data = all.slice();
      for (const i of places) data[i] = 0;
      const drop = before - (await value(data));
      for (const i of places) {
        drops[i]! += drop;
        counts[i]!++;
      }
    }
    return drops.map((drop, i) => drop / counts[i]!);
  },
};

/** The places in each window that ours lays by default: an eighth of an axis, moved by half of that; a vector's values one by one. */
function windows(): number[][] {
  const [, height, width, channels] = picture.shape as [number, number, number, number];
  if (picture.shape.length === 2) return Array.from({length: height}, (_, i) => [i]);
  const ranges = (n: number): number[][] => {
    const [wide, step] = [Math.round(n / 8), Math.round(n / 16)];
    return Array.from({length: Math.ceil((n - wide) / step) + 1}, (_, k) => Array.from({length: Math.min(wide, n - k * step)}, (__, i) => k * step + i));
  };
  return ranges(height).flatMap((rows) => ranges(width).map((cols) => rows.flatMap((y) => cols.flatMap((x) => Array.from({length: channels}, (_, c) => (y * width + x) * channels + c)))));
}

/** Passes of ours, by the method: what the loops then do as often. */
function passesOf({method, steps}: Attribution): number {
  if (method === 'smoothgrad') return SAMPLES;
  if (method === 'occlusion') return windows().length;
  // the nodes of all attempts: 16, 32 …
  return 2 * steps! - FIRST_STEPS;
}

const own = tf.grad(score as never) as Grad;
const tools: Record<string, (method: Method, n: number) => Promise<unknown>> = {
  ours: (method) => attribute(model, {data: pixels, shape: picture.shape}, {tf, method, target}),
  plain: (method, n) => loops[method](own, n),
  /** Without the gradients of filters, which tfjs works out for each linear convolution. */
  lean: (method, n) => loops[method]((x) => unfused(tf as never, () => own(x)), n),
};

// Training ------------------------------------------------------------------------------------------------------------

let nets: Record<string, tf.LayersModel> = {};
let run: Run;
let batch: {xs: tf.Tensor; ys: tf.Tensor};

const bench = {
  /** @returns what it runs on, or why it does not start */
  async use(backend: string): Promise<{on?: string; why?: string}> {
    setWasmPaths('/wasm/');
    try {
      if (!(await tf.setBackend(backend))) return {why: 'does not start here'};
      await tf.ready();
    } catch (error) {
      return {why: (error as Error).message};
    }
    if (backend !== 'webgl') return {on: backend};
    const gl = (tf.backend() as unknown as {gpgpu: {gl: WebGL2RenderingContext}}).gpgpu.gl;
    const info = gl.getExtension('WEBGL_debug_renderer_info');
    return {on: `webgl (${String(info && gl.getParameter(info.UNMASKED_RENDERER_WEBGL))})`};
  },

  async load(path: string | null): Promise<void> {
    model = path ? await tf.loadLayersModel(`/models/${path}`) : mnistNet('dense');
    const shape = model.inputs[0]!.shape.slice(1) as number[];
    picture = shape.length === 1 ? tf.randomUniform([1, ...shape], 0, 1, 'float32', 7) : await cat(shape);
    pixels = (await picture.data()) as Float32Array;
    target = (await (model.predict(picture) as tf.Tensor).argMax(-1).data())[0]!;
  },

  /** Makes a map. @param n passes of the loops */
  async map(tool: string, method: Method, n: number): Promise<{ms: number; passes: number}> {
    const begun = performance.now();
    const made = await tools[tool]!(method, n);
    const ms = performance.now() - begun;
    return {ms, passes: tool === 'ours' ? passesOf(made as Attribution) : n};
  },

  /** Readies three nets alike, one of which is watched; the third tells how far two that are not differ. */
  prepareTraining(kind: string, optimizer: 'sgd' | 'adam', size: number): void {
    nets = Object.fromEntries(['unwatched', 'watched', 'again'].map((name) => [name, mnistNet(kind)]));
    for (const net of Object.values(nets)) net.compile({optimizer: optimizer === 'sgd' ? tf.train.sgd(0.01) : tf.train.adam(), loss: 'categoricalCrossentropy'});
    run = watch(nets.watched!, {tf});
    const labels = tf.tidy(() => tf.randomUniform([size], 0, CLASSES, 'int32', 3) as tf.Tensor1D);
    batch = {xs: tf.randomUniform(kind === 'dense' ? [size, 784] : [size, 28, 28, 1], 0, 1, 'float32', 5), ys: tf.oneHot(labels, CLASSES).toFloat()};
  },

  /** Trains so many steps. @returns the ms of each */
  async train(name: string, steps: number): Promise<number[]> {
    const net = nets[name]!;
    const times: number[] = [];
    for (let i = 0; i < steps; i++) {
      const begun = performance.now();
      await net.trainOnBatch(batch.xs, batch.ys);
      times.push(performance.now() - begun);
    }
    return times;
  },

  /** What the watch itself says: its cost, and the share of steps that it measured. */
  async watchedRun(): Promise<{cost: number; measured: number}> {
    await run.settled();
    return {cost: run.cost, measured: run.steps.length / run.stepCount};
  },
};

Object.assign(globalThis, {bench});
