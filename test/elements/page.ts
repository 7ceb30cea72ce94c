import type {FailureEvent} from '../../src/elements/events.js';
import type {WeightHeatmapElement} from '../../src/weight-heatmap.js';

/** Where the elements under test stand. */
export const page = document.createElement('div');
page.style.width = '600px';
document.body.append(page);

type Counted<E> = E & {errors: FailureEvent[]; loads: number};
type Props<E> = Partial<Record<keyof E, unknown>>;
export type Heatmap = Counted<WeightHeatmapElement>;

/** Puts an element into the page that counts what it fires. */
export function place<E extends HTMLElement>(tag: string, props: Props<E> = {}, attributes: Record<string, string> = {}, inside = ''): Counted<E> {
  const el = Object.assign(document.createElement(tag) as E, {errors: [] as FailureEvent[], loads: 0});
  el.addEventListener('error', (event) => el.errors.push(event as FailureEvent));
  el.addEventListener('load', () => el.loads++);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  el.append(inside);
  Object.assign(el, props);
  page.append(el);
  return el;
}

export const add = (props: Props<WeightHeatmapElement> = {}, attributes?: Record<string, string>, inside?: string): Heatmap => place<WeightHeatmapElement>('weight-heatmap', props, attributes, inside);

export const $ = <T extends Element = HTMLElement>(el: Element, selector: string): T => el.shadowRoot!.querySelector<T>(selector)!;
export const $$ = <T extends Element = HTMLElement>(el: Element, selector: string): T[] => [...el.shadowRoot!.querySelectorAll<T>(selector)];
export const frame = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
/** Only for seeing that nothing happens in the meantime: for what is to happen, there is `until`. */
export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something has happened, however slow the machine is. @param what is awaited, for the error after 20 s */
export async function until(happened: () => unknown, what: string): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await happened())) {
    if (Date.now() > end) throw new Error(`Waited in vain for this: ${what}`);
    await wait(10);
  }
}

/** After boxes have been observed, for which the browser needs frames, and what follows has been drawn: all sizes have stayed for three frames. */
export async function laidOut(el: Element & {readonly renderComplete: Promise<void>}): Promise<void> {
  let before = '';
  for (let same = 0, frames = 0; same < 3 && frames < 200; frames++) {
    await el.renderComplete;
    await frame();
    const sizes = [el as Element, ...$$(el, '.frame, .frame > *, .box > *, canvas')].map(({clientWidth, clientHeight}) => `${clientWidth}×${clientHeight}`).join();
    same = sizes === before ? same + 1 : 0;
    before = sizes;
  }
  await el.renderComplete;
}

/** All that is under way is done, and its pixels are drawn. */
export const settled = (el: WeightHeatmapElement): Promise<void> => el.renderComplete;
/** All that it says; nothing before it is rendered. */
export const text = (el: Element): string => ($(el, '.frame') as HTMLElement | null)?.textContent.replace(/\s+/g, ' ') ?? '';

/** All pixels of a canvas. */
export function pixels(canvas: HTMLCanvasElement): Uint32Array {
  const {width, height} = canvas;
  return new Uint32Array(canvas.getContext('2d')!.getImageData(0, 0, width, height).data.buffer);
}

/** A number that stands for the upper part of the picture of a large tile, without words and colour bar: a browser may draw those anew when they are looked at. */
export function print(canvas: HTMLCanvasElement): number {
  const row = canvas.width;
  const px = devicePixelRatio;
  return pixels(canvas)
    .subarray(row * Math.ceil(36 * px), row * Math.floor(80 * px))
    .reduce((hash, p) => Math.imul(hash ^ p, 16777619) >>> 0, 2166136261);
}

/** The tile of an address. */
export const tile = (el: Element, address: string): HTMLElement => $$(el, '[part=tile]').find((t) => t.title === address)!;

/** The colour of the canvas at a client point, as `parseColor` gives it; 0 where nothing is drawn. */
export function pixel(el: Element, x: number, y: number): number {
  const canvas = $<HTMLCanvasElement>(el, '.view canvas');
  const box = canvas.getBoundingClientRect();
  const k = canvas.width / box.width;
  const {data} = canvas.getContext('2d')!.getImageData(Math.floor((x - box.left) * k), Math.floor((y - box.top) * k), 1, 1);
  return new Uint32Array(data.buffer)[0]!;
}

/** A model made up of weights, each in a file of its own, and the `fetch` that serves it. */
export interface Served {
  readonly src: string;
  readonly fetch: typeof fetch;
  /** Names of the weights' files, as they were asked for. */
  readonly asked: string[];
  /** Files are answered only when this resolves. */
  gate: Promise<void>;
}

let served = 0;

/** Serves weights by address; `null` for a file that is missing. */
export function serve(weights: Record<string, readonly number[] | null>, shape: readonly number[] = []): Served {
  const names = Object.keys(weights);
  const of = (name: string): readonly number[] => shape.length ? shape : [weights[name]?.length ?? 100];
  const manifest = names.map((name, i) => ({paths: [`${i}.bin`], weights: [{name, shape: of(name), dtype: 'float32'}]}));
  const server: Served = {
    src: `https://models.test/${served++}/model.json`,
    asked: [],
    gate: Promise.resolve(),
    fetch: async (input, init) => {
      const file = String(input as string).split('/').pop()!;
      if (file === 'model.json') return Response.json({weightsManifest: manifest});
      const name = names[parseInt(file)]!;
      server.asked.push(name);
      await server.gate;
      init?.signal?.throwIfAborted();
      const values = weights[name];
      return values ? new Response(Float32Array.from(values)) : new Response('', {status: 404});
    },
  };
  return server;
}

/** A promise to be resolved by hand. */
export function gate(): {promise: Promise<void>; open: () => void} {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return {promise, open};
}
