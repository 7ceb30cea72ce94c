// What the embedding's benchmark runs in each page: PCA and UMAP by ours and by what a user would pick instead.
import {PCA} from 'ml-pca';
import {UMAP} from 'umap-js';
import type {EmbedOptions} from '../src/compute/embed.js';
import {mulberry32} from '../src/compute/bootstrap.js';
import {trustworthiness} from '../src/compute/trustworthiness.js';
import {compute} from '../src/controllers/compute-worker.js';

const GROUPS = 12;
/** Rows that are looked at for their trustworthiness, and their neighbours. */
const [LOOKED, NEIGHBORS] = [1000, 12];
/** Ms between two ticks that tell whether the main thread is free. */
const TICK = 5;

let values = new Float32Array(0);
/** The same as arrays of arrays, which the others take. */
let rows: number[][] = [];
let [n, d] = [0, 0];

/** Whether our worker told a result. */
let worked = false;
const Plain = globalThis.Worker;
globalThis.Worker = class extends Plain {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    this.addEventListener('message', ({data}: MessageEvent<object>) => (worked ||= 'result' in data));
  }
};

/** Groups about random places, in each direction narrower than in the one before, as activations are. */
function prepare(count: number, width: number): void {
  const next = mulberry32(7);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  [n, d] = [count, width];
  const spread = Float64Array.from({length: d}, (_, i) => 1 / Math.sqrt(1 + i / 4));
  const centers = Float64Array.from({length: GROUPS * d}, (_, i) => 2 * spread[i % d]! * normal());
  values = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    const group = Math.floor(next() * GROUPS);
    for (let j = 0; j < d; j++) values[i * d + j] = centers[group * d + j]! + spread[j]! * normal();
  }
  rows = Array.from({length: n}, (_, i) => Array.from(values.subarray(i * d, (i + 1) * d)));
}

const OPTIONS: EmbedOptions = {method: 'pca', metric: 'euclidean', seed: 1, perplexity: 30, neighbors: 15, minDist: 0.1, iterations: null, reduce: null, most: null, components: 2};

type Tool = () => Promise<{points: ArrayLike<number>}> | {points: ArrayLike<number>};

const ours = (method: 'pca' | 'umap', more: () => Partial<EmbedOptions> = () => ({})): Tool => () => compute('embed', [values, n, d, {...OPTIONS, method, ...more()}]);
/** As many as umap-js takes by itself. */
const epochs = (): number => (n <= 2500 ? 500 : n <= 5000 ? 400 : n <= 7500 ? 300 : 200);
const pcaOf = (more: object): Tool => () => ({points: new PCA(rows, more).predict(rows, {nComponents: 2}).to1DArray()});

const tools: Record<string, Record<string, Tool>> = {
  pca: {ours: ours('pca'), 'ml-pca': pcaOf({}), 'ml-pca nipals': pcaOf({method: 'NIPALS', nCompNIPALS: 2})},
  umap: {ours: ours('umap'), 'ours, its epochs': ours('umap', () => ({iterations: epochs()})), 'ours unreduced': ours('umap', () => ({reduce: 0})), 'umap-js': () => ({points: new UMAP().fit(rows).flat()})},
};

/** How far the result can be trusted, by some of the rows. */
function trusted(points: ArrayLike<number>): number {
  const count = Math.min(n, LOOKED);
  const [some, plane] = [new Float32Array(count * d), new Float32Array(2 * count)];
  for (let i = 0; i < count; i++) {
    const row = Math.floor((i * n) / count);
    some.set(values.subarray(row * d, (row + 1) * d), i * d);
    plane[2 * i] = points[2 * row]!;
    plane[2 * i + 1] = points[2 * row + 1]!;
  }
  return trustworthiness(some, count, d, plane, NEIGHBORS);
}

const bench = {
  prepare,

  /** @returns ms, ms of the longest time in which the page could do nothing else, and where it ran */
  async run(method: string, tool: string): Promise<{ms: number; longest: number; place: string; trust: number}> {
    worked = false;
    await new Promise((resolve) => setTimeout(resolve, 50));
    let [last, longest] = [performance.now(), 0];
    const look = (): void => {
      const now = performance.now();
      longest = Math.max(longest, now - last - TICK);
      last = now;
    };
    const timer = setInterval(look, TICK);
    const begun = performance.now();
    const {points} = await tools[method]![tool]!();
    const ms = performance.now() - begun;
    // what was done last is told too
    await new Promise((resolve) => setTimeout(resolve, TICK));
    look();
    clearInterval(timer);
    return {ms, longest, place: worked ? 'worker' : 'page', trust: trusted(points)};
  },
};

Object.assign(globalThis, {bench});
