// What the benchmark runs in each page: one way to draw an n × n matrix per tool, timed to the painted frame.
import '../src/weight-heatmap.js';

/** Ms from having the data to the first painted frame, to the exact one, and to everything being there. */
interface Timing {
  readonly first: number;
  readonly exact: number;
  readonly full: number;
}

/** Draws rows × columns into a box of 800 × 800 CSS px; resolves when it has painted. */
type Draw = (box: HTMLElement, data: Float32Array<ArrayBuffer>, shape: [number, number], begun: number) => Promise<Timing>;

const SIDE = 800;
const all = (ms: number): Timing => ({first: ms, exact: ms, full: ms});

/** Resolves after the next frame has been handed to the compositor: what was drawn before it is on screen. */
const painted = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(() => afterFrame(resolve)));

function afterFrame(then: (now: number) => void): void {
  const {port1, port2} = new MessageChannel();
  port1.onmessage = () => then(performance.now());
  port2.postMessage(0);
}

/** Calls back after each frame in which a canvas that stands in the page has been painted from another. */
function watchCanvases(seen: (now: number) => void): () => void {
  const proto = CanvasRenderingContext2D.prototype;
  const original = proto.drawImage;
  let queued = false;
  proto.drawImage = function (this: CanvasRenderingContext2D, ...args: unknown[]) {
    (original as (...a: unknown[]) => void).apply(this, args);
    if (this.canvas.isConnected && !queued) {
      queued = true;
      afterFrame((now) => {
        queued = false;
        seen(now);
      });
    }
  } as typeof original;
  return () => {
    proto.drawImage = original;
  };
}

/** As rows: what libraries take that know no flat matrices. */
const rows = (data: Float32Array<ArrayBuffer>, n: number): Float32Array[] => Array.from({length: n}, (_, i) => data.subarray(i * n, i * n + n));

const ours: Draw = async (box, data, shape, begun) => {
  const el = document.createElement('weight-heatmap');
  Object.assign(el.style, {width: `${SIDE}px`, height: `${SIDE}px`});
  let [first, exact] = [0, 0];
  const stop = watchCanvases((now) => {
    first ||= now - begun;
    if (!exact && !el.matches(':state(preview)')) exact = now - begun;
  });
  el.tensor = {data, shape};
  box.append(el);
  while (!exact) await painted();
  await el.renderComplete;
  const full = performance.now() - begun;
  stop();
  return {first, exact, full};
};

/** 1,024 opaque colours. */
const TABLE = Uint32Array.from({length: 1024}, (_, i) => (0xff000000 | ((i >> 2) << 16) | (0x80 << 8) | (255 - (i >> 2))) >>> 0);

/** The least that anyone would write: find the range, look each value up in a table, put the pixels. */
const plain: Draw = async (box, data, [n], begun) => {
  const canvas = Object.assign(document.createElement('canvas'), {width: n, height: n});
  Object.assign(canvas.style, {width: `${SIDE}px`, height: `${SIDE}px`});
  const ctx = canvas.getContext('2d')!;
  const image = ctx.createImageData(n, n);
  const pixels = new Uint32Array(image.data.buffer);
  let [min, max] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  const scale = TABLE.length / (max - min);
  for (let i = 0; i < data.length; i++) pixels[i] = TABLE[Math.min(TABLE.length - 1, ((data[i]! - min) * scale) | 0)]!;
  ctx.putImageData(image, 0, 0);
  box.append(canvas);
  return all((await painted()) - begun);
};

const plotly: Draw = async (box, data, [n], begun) => {
  const {default: Plotly} = await import('plotly.js-dist-min');
  const div = box.appendChild(document.createElement('div'));
  await Plotly.newPlot(div, [{type: 'heatmap', z: rows(data, n), colorscale: 'RdBu', zmid: 0}], {width: SIDE, height: SIDE});
  return all((await painted()) - begun);
};

const echarts: Draw = async (box, data, [n], begun) => {
  const lib = await import('echarts');
  const div = box.appendChild(document.createElement('div'));
  const chart = lib.init(div, null, {width: SIDE, height: SIDE, renderer: 'canvas'});
  const cells = Array.from(data, (value, i) => [i % n, Math.floor(i / n), value]);
  const done = new Promise<void>((resolve) => chart.on('finished', () => resolve()));
  const axis = {type: 'category', data: Array.from({length: n}, (_, i) => i)};
  chart.setOption({animation: false, xAxis: axis, yAxis: axis, visualMap: {min: -2, max: 2, calculable: true}, series: [{type: 'heatmap', data: cells}]});
  await done;
  return all((await painted()) - begun);
};

const plot: Draw = async (box, data, [n], begun) => {
  const Plot = await import('@observablehq/plot');
  const figure = Plot.plot({width: SIDE, height: SIDE, color: {scheme: 'RdBu', pivot: 0, legend: true}, marks: [Plot.raster(data, {width: n, height: n, imageRendering: 'pixelated'})]});
  box.append(figure);
  // its raster is a PNG in an SVG image
  await Promise.all(Array.from(figure.querySelectorAll('image'), (image) => Object.assign(new Image(), {src: image.getAttribute('href')!}).decode()));
  return all((await painted()) - begun);
};

const tfvis: Draw = async (box, data, [n], begun) => {
  // one file in an older format: what it exports hangs on its default
  const lib = await import('@tensorflow/tfjs-vis');
  const {render} = (lib as {default?: typeof lib}).default ?? lib;
  const div = box.appendChild(document.createElement('div'));
  await render.heatmap(div, {values: rows(data, n).map((row) => Array.from(row))}, {width: SIDE, height: SIDE});
  return all((await painted()) - begun);
};

const tools: Record<string, Draw> = {ours, plain, plotly, echarts, plot, 'tfjs-vis': tfvis};

/** What one stretch of gestures gave, in ms: from frame to frame, of work in each, and from the last input to the exact picture. */
interface Gesture {
  readonly frames: readonly number[];
  readonly work: readonly number[];
  readonly exact: number;
}

let data = new Float32Array(0);
let shape: [number, number] = [0, 0];
let box: HTMLElement | undefined;
let gesture: (() => Promise<Gesture>) | undefined;

/** Bell-shaped about 0, the same each time. */
function weights(cells: number): Float32Array<ArrayBuffer> {
  let seed = 7;
  const next = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  const values = new Float32Array(cells);
  for (let i = 0; i < cells; i++) values[i] = next() + next() + next();
  return values;
}

const bench = {
  prepare(rows: number, cols: number): void {
    shape = [rows, cols];
    data = weights(rows * cols);
  },

  /** Draws in an empty box, which stays. */
  async draw(tool: string): Promise<Timing> {
    box?.remove();
    await painted();
    box = document.body.appendChild(document.createElement('div'));
    await painted();
    return tools[tool]!(box, data, shape, performance.now());
  },

  /** Follows our element until `rest`. */
  follow(): void {
    const el = box!.querySelector('weight-heatmap')!;
    const frames: number[] = [];
    const work: number[] = [];
    let [last, input, on] = [0, 0, true];
    const frame = (now: number): void => {
      if (!on) return;
      if (last) frames.push(now - last);
      last = now;
      const begun = performance.now();
      requestAnimationFrame(frame);
      afterFrame((end) => work.push(end - begun));
    };
    requestAnimationFrame(frame);
    const noted = (): void => {
      input = performance.now();
    };
    for (const type of ['wheel', 'pointermove']) el.addEventListener(type, noted, {capture: true, passive: true});
    gesture = async () => {
      on = false;
      await el.renderComplete;
      return {frames, work, exact: (await painted()) - input};
    };
  },

  /** Resolves when the picture is exact again. */
  rest: (): Promise<Gesture> => gesture!(),
};

Object.assign(globalThis, {bench});
