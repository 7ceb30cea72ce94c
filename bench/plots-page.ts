// What the plots' benchmark runs in each page: one way to draw a training curve per tool, timed to the painted frame.
import '../src/output-plot.js';
import type {OutputPlotElement} from '../src/elements/output-plot-element.js';

/** Ms from having the arrays to the first painted frame with the curve in it, and to all being there. */
interface Timing {
  readonly first: number;
  readonly full: number;
}

/** What a tool has drawn, and how points are appended to it; resolves when that is as done as the tool can tell. */
interface Drawn {
  readonly append?: (from: number, to: number) => Promise<unknown> | void;
}

const [WIDTH, HEIGHT] = [800, 480];
/** Points in one append. */
const BATCH = 10;

/** Resolves after the next frame has been handed to the compositor: what was drawn before it is on screen. */
const painted = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(() => afterFrame(resolve)));

function afterFrame(then: (now: number) => void): void {
  const {port1, port2} = new MessageChannel();
  port1.onmessage = () => then(performance.now());
  port2.postMessage(0);
}

/** Calls back after each frame in which a figure of ours has been painted. @returns what ends that */
function watchFigures(seen: (now: number) => void): () => void {
  const proto = CanvasRenderingContext2D.prototype;
  const original = proto.restore;
  let queued = false;
  // a canvas without a figure is only cleared
  proto.restore = function (this: CanvasRenderingContext2D) {
    original.call(this);
    if (queued || !this.canvas.isConnected) return;
    queued = true;
    afterFrame((now) => {
      queued = false;
      seen(now);
    });
  };
  return () => {
    proto.restore = original;
  };
}

// Data ----------------------------------------------------------------------------------------------------------------

/** The same each time, from 0 up to 1. */
function random(): () => number {
  let seed = 7;
  return () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

let size = 0;
/** Steps and losses, with room for what is appended. */
let x = new Float64Array(0);
let y = new Float32Array(0);
/** As the tools take them that know no typed arrays. */
let plainY: number[] = [];
let box: HTMLElement | undefined;

/** A noisy decay with a lone spike. */
function losses(n: number): Float32Array<ArrayBuffer> {
  const next = random();
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) values[i] = 0.2 + 2 * Math.exp((-6 * i) / n) + 0.15 * (next() + next() - 1);
  values[Math.floor(n * 0.61)] = 3;
  return values;
}

// Tools ---------------------------------------------------------------------------------------------------------------

/** Draws the first `size` points into a box. `begun` is when the arrays were there. */
type Draw = (box: HTMLElement, begun: number, own: (timing: Timing) => void) => Promise<Drawn>;

const newPlot = (): OutputPlotElement => Object.assign(document.createElement('output-plot'), {style: `display:block;width:${WIDTH}px;height:${HEIGHT}px`});

/** Waits for the first painted figure of ours, and for all of it. */
async function timed(el: OutputPlotElement, begun: number): Promise<Timing> {
  let first = 0;
  const stop = watchFigures((now) => (first ||= now - begun));
  const failed = new Promise<never>((_, reject) => el.addEventListener('error', (event) => reject(new Error(event.message))));
  box!.append(el);
  while (!first) await Promise.race([painted(), failed]);
  await el.renderComplete;
  const full = performance.now() - begun;
  stop();
  return {first, full};
}

const ours: Draw = async (_, begun, own) => {
  const el = newPlot();
  el.history = {loss: given};
  own(await timed(el, begun));
  return {};
};

/** Logs as callbacks hand them over. */
const logs = (from: number, to: number): {step: number; loss: number}[] => Array.from({length: to - from}, (_, i) => ({step: from + i, loss: y[from + i]!}));

const oursGrowing: Draw = async (_, begun, own) => {
  const el = newPlot();
  for (let from = 0; from < size; from += 100_000) el.appendLogs(logs(from, Math.min(size, from + 100_000)));
  own(await timed(el, begun));
  return {
    append: async (from, to) => {
      el.appendLogs(logs(from, to));
      await el.renderComplete;
    },
  };
};

/** The least that anyone would write: the extremes of each pixel column, joined by one line. */
function paintPlain(ctx: CanvasRenderingContext2D, n: number): void {
  let [min, max] = [Infinity, -Infinity];
  for (let i = 0; i < n; i++) {
    const v = y[i]!;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  const py = (v: number): number => HEIGHT - ((v - min) / (max - min)) * HEIGHT;
  ctx.clearRect(0, 0, WIDTH, HEIGHT);
  ctx.beginPath();
  const perPixel = n / WIDTH;
  for (let c = 0; c < WIDTH; c++) {
    let [lo, hi] = [Infinity, -Infinity];
    const end = Math.max(Math.floor(c * perPixel) + 1, Math.floor((c + 1) * perPixel));
    for (let i = Math.floor(c * perPixel); i < end; i++) {
      const v = y[i]!;
      if (v < lo) lo = v;
      if (v > hi) hi = v;
    }
    if (c) ctx.lineTo(c, py(hi));
    else ctx.moveTo(c, py(hi));
    ctx.lineTo(c, py(lo));
  }
  ctx.strokeStyle = '#0b62c4';
  ctx.stroke();
}

const plain: Draw = async (div) => {
  const canvas = div.appendChild(Object.assign(document.createElement('canvas'), {width: WIDTH, height: HEIGHT}));
  const ctx = canvas.getContext('2d')!;
  paintPlain(ctx, size);
  return {append: (_, to) => paintPlain(ctx, to)};
};

const uplot: Draw = async (div) => {
  // it refuses what a browser on a bare machine takes for the language
  Object.defineProperty(navigator, 'language', {value: 'en-US', configurable: true});
  const [{default: UPlot}, {default: css}] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]);
  if (!document.querySelector('style')) document.head.append(Object.assign(document.createElement('style'), {textContent: css}));
  const chart = new UPlot({width: WIDTH, height: HEIGHT - 40, scales: {x: {time: false}}, series: [{}, {label: 'loss', stroke: '#0b62c4'}]}, [x.subarray(0, size), y.subarray(0, size)], div);
  return {append: (_, to) => chart.setData([x.subarray(0, to), y.subarray(0, to)])};
};

const plotlyWith = (type: 'scatter' | 'scattergl'): Draw => async (div) => {
  const {default: Plotly} = await import('plotly.js-dist-min');
  await Plotly.newPlot(div, [{type, mode: 'lines', x: x.slice(0, size), y: y.slice(0, size)}], {width: WIDTH, height: HEIGHT, dragmode: 'pan'}, {scrollZoom: true});
  return {append: (from, to) => Plotly.extendTraces(div, {x: [x.slice(from, to)], y: [y.slice(from, to)]}, [0])};
};

const echarts: Draw = async (div) => {
  const lib = await import('echarts');
  const chart = lib.init(div, null, {width: WIDTH, height: HEIGHT, renderer: 'canvas'});
  // pairs in one typed array, as its guide asks for many points; a line has no large mode, and appendData is not for lines
  let pairs = new Float64Array(2 * x.length);
  const fill = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      pairs[2 * i] = x[i]!;
      pairs[2 * i + 1] = y[i]!;
    }
  };
  const finished = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        chart.off('finished', done);
        resolve();
      };
      chart.on('finished', done);
    });
  const series = (to: number): object => ({type: 'line', data: pairs.subarray(0, 2 * to), dimensions: ['step', 'loss'], sampling: 'lttb', showSymbol: false, animation: false});
  fill(0, size);
  let done = finished();
  chart.setOption({animation: false, xAxis: {type: 'value', min: 'dataMin', max: 'dataMax'}, yAxis: {type: 'value'}, dataZoom: [{type: 'inside'}], series: [series(size)]});
  await done;
  return {
    append: (from, to) => {
      fill(from, to);
      done = finished();
      chart.setOption({series: [series(to)]}, {lazyUpdate: false});
      return done;
    },
  };
};

const tfvis: Draw = async (div) => {
  // one file in an older format: what it exports hangs on its default
  const lib = await import('@tensorflow/tfjs-vis');
  const {show} = (lib as {default?: typeof lib}).default ?? lib;
  await show.history(div, {history: {loss: plainY}} as never, ['loss'], {width: WIDTH, height: HEIGHT});
  return {};
};

const tools: Record<string, Draw> = {ours, 'ours, appended': oursGrowing, plain, uplot, plotly: plotlyWith('scatter'), 'plotly gl': plotlyWith('scattergl'), echarts, 'tfjs-vis': tfvis};
/** Ours has a NaN besides. */
let given = new Float32Array(0);
let drawn: Drawn = {};

// ROC -----------------------------------------------------------------------------------------------------------------

let scores = new Float32Array(0);
let truth = new Uint8Array(0);

/** Scores of two classes that overlap. */
function prepareScores(n: number): void {
  const next = random();
  scores = new Float32Array(n);
  truth = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    truth[i] = next() < 0.3 ? 1 : 0;
    scores[i] = 1 / (1 + Math.exp(-(truth[i] ? 1 : -1) - 3 * (next() + next() + next() - 1.5)));
  }
}

const rocs: Record<string, (box: HTMLElement, begun: number) => Promise<Timing>> = {
  ours: async (_, begun) => {
    const el = newPlot();
    el.kind = 'roc';
    el.predictions = {data: scores, shape: [scores.length]};
    el.labels = {data: truth, shape: [truth.length]};
    return timed(el, begun);
  },
  /** Examples sorted by score, counted up, and joined by a line wherever that moves by half a pixel. */
  plain: async (div, begun) => {
    const n = scores.length;
    const order = Uint32Array.from({length: n}, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
    let positives = 0;
    for (let i = 0; i < n; i++) positives += truth[i]!;
    const canvas = div.appendChild(Object.assign(document.createElement('canvas'), {width: HEIGHT, height: HEIGHT}));
    const ctx = canvas.getContext('2d')!;
    ctx.beginPath();
    ctx.moveTo(0, HEIGHT);
    let [tp, fp, lastX, lastY] = [0, 0, 0, HEIGHT];
    for (let i = 0; i < n; i++) {
      if (truth[order[i]!]) tp++;
      else fp++;
      if (i + 1 < n && scores[order[i]!] === scores[order[i + 1]!]) continue;
      const [px, py] = [(fp / (n - positives)) * HEIGHT, HEIGHT - (tp / positives) * HEIGHT];
      if (Math.abs(px - lastX) + Math.abs(py - lastY) < 0.5 && i + 1 < n) continue;
      ctx.lineTo(px, py);
      [lastX, lastY] = [px, py];
    }
    ctx.stroke();
    const ms = (await painted()) - begun;
    return {first: ms, full: ms};
  },
};

/** An empty box in the page. */
async function emptied(): Promise<HTMLElement> {
  box?.remove();
  await painted();
  box = document.body.appendChild(document.createElement('div'));
  await painted();
  return box;
}

let gesture: (() => {frames: readonly number[]; work: readonly number[]}) | undefined;

const bench = {
  prepare(n: number): void {
    size = n;
    const room = n + 3000;
    x = Float64Array.from({length: room}, (_, i) => i);
    y = new Float32Array(room);
    y.set(losses(n));
    const next = random();
    for (let i = n; i < room; i++) y[i] = 0.2 + 0.15 * (next() + next() - 1);
    given = y.slice(0, n);
    given[Math.floor(n * 0.37)] = NaN;
    plainY = Array.from(y.subarray(0, n));
  },

  prepareScores,

  /** Draws in an empty box, which stays. */
  async draw(tool: string): Promise<Timing> {
    const div = await emptied();
    const begun = performance.now();
    let timing: Timing | undefined;
    drawn = await tools[tool]!(div, begun, (own) => (timing = own));
    const ms = timing ? timing.full : (await painted()) - begun;
    return timing ?? {first: ms, full: ms};
  },

  async roc(tool: string): Promise<Timing> {
    return rocs[tool]!(await emptied(), performance.now());
  },

  /** Appends so many times, each after the one before has been painted; the trace tells what it cost. */
  async append(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await painted();
      performance.mark('append');
      await drawn.append!(size + i * BATCH, size + (i + 1) * BATCH);
      await painted();
    }
    size += times * BATCH;
    performance.mark('appended');
    await painted();
  },

  /** Follows the frames until `rest`. */
  follow(): void {
    const [frames, work]: number[][] = [[], []];
    let [last, on] = [0, true];
    const frame = (now: number): void => {
      if (!on) return;
      if (last) frames!.push(now - last);
      last = now;
      const begun = performance.now();
      requestAnimationFrame(frame);
      afterFrame((end) => work!.push(end - begun));
    };
    requestAnimationFrame(frame);
    gesture = () => {
      on = false;
      return {frames: frames!, work: work!};
    };
  },

  rest: async () => {
    await painted();
    return gesture!();
  },
};

Object.assign(globalThis, {bench});
