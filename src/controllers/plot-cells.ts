import {runSliced} from '../compute/slices.js';
import {heatmapBands, sampleHeatmap} from '../paint/heatmap.js';
import type {Placed} from '../paint/plot-layout.js';
import {clearBlank, type MarksScene, planeScene} from '../paint/plot-marks.js';
import type {CellsMark} from '../plot/types.js';
import type {Work} from './work.js';

/** Cells that are pooled in one frame; more are sampled first. */
const AT_ONCE = 1 << 19;

interface CellsPicture {
  readonly key: string;
  readonly canvas: OffscreenCanvas;
}

/** The pictures of a plot's matrices, each kept until it would be another. */
export class PlotCells {
  readonly #pictures = new Map<string, CellsPicture>();
  /** Of matrices that are being looked at in full. */
  readonly #aborts = new Map<string, AbortController>();
  /** Cells that have been drawn in this frame. */
  #drawn = 0;
  readonly #work: Work;
  readonly #changed: () => void;

  /** @param changed a picture is there in full */
  constructor(work: Work, changed: () => void) {
    this.#work = work;
    this.#changed = changed;
  }

  /** Another frame is drawn. */
  begin(): void {
    this.#drawn = 0;
  }

  /** Gives up the pictures of panels that are not among these. @param panels their keys */
  keep(panels: ReadonlySet<string>): void {
    for (const id of this.#pictures.keys()) {
      if (panels.has(id.slice(0, id.lastIndexOf(' ')))) continue;
      this.#pictures.delete(id);
      this.#aborts.get(id)?.abort();
      this.#aborts.delete(id);
    }
  }

  stop(): void {
    for (const abort of this.#aborts.values()) abort.abort();
    this.#aborts.clear();
    this.#pictures.clear();
  }

  /** A matrix in pixels: at once where it is small, else from samples until all of it has been looked at. */
  picture(mark: CellsMark, placed: Placed, look: Pick<MarksScene, 'theme' | 'dpr'>): CanvasImageSource {
    const scene = planeScene(mark, placed, look);
    const {viewport} = scene;
    const id = `${placed.panel.key} ${placed.panel.marks.indexOf(mark)}`;
    const key = JSON.stringify([viewport, scene.theme.nan, scene.scale.palette.name, scene.scale.domain]);
    const known = this.#pictures.get(id);
    if (known?.key === key) return known.canvas;
    const canvas = new OffscreenCanvas(viewport.width, viewport.height);
    const ctx = canvas.getContext('2d')!;
    this.#drawn += (viewport.width / viewport.sx) * (viewport.height / viewport.sy);
    if (this.#drawn <= AT_ONCE) {
      for (const _ of heatmapBands(scene, ctx)) continue;
    } else {
      sampleHeatmap(scene, ctx);
      const exact = new OffscreenCanvas(viewport.width, viewport.height);
      this.#aborts.get(id)?.abort();
      const abort = new AbortController();
      this.#aborts.set(id, abort);
      const {signal} = abort;
      const release = this.#work.hold('cells');
      runSliced(heatmapBands(scene, exact.getContext('2d')!), {signal})
        .then(() => {
          clearBlank(exact.getContext('2d')!, mark, viewport);
          this.#pictures.set(id, {key, canvas: exact});
          this.#changed();
        })
        .catch(() => undefined) // superseded
        .finally(release);
    }
    clearBlank(ctx, mark, viewport);
    this.#pictures.set(id, {key, canvas});
    return canvas;
  }
}
