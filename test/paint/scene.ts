import {HeatmapView, type ViewSettings} from '../../src/controllers/heatmap-view.js';
import {Work} from '../../src/controllers/work.js';
import type {Theme} from '../../src/paint/theme.js';

/** A theme in which every colour is told from the others. */
export const theme: Theme = {
  text: 'rgb(20, 20, 20)',
  background: 'rgb(255, 255, 255)',
  accent: 'rgb(10, 90, 200)',
  grid: 'rgb(200, 210, 220)',
  muted: 'rgb(90, 100, 110)',
  nan: 'rgb(255, 0, 210)',
  positiveInfinity: 'rgb(0, 220, 60)',
  negativeInfinity: 'rgb(0, 200, 255)',
  font: 'sans-serif',
};

/** A canvas's pixels as 0xAABBGGRR. */
export function pixelsOf(canvas: OffscreenCanvas): Uint32Array {
  return new Uint32Array(canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
}

/** Part of a view's settings; the rest by default. */
export type Part = Partial<Omit<ViewSettings, 'scale'>> & {readonly scale?: Partial<ViewSettings['scale']>};

export const box = {width: 300, height: 200, dpr: 1};

/** A view that is drawn without an element. */
export function makeView(onFacts: (view: HeatmapView) => void = () => undefined): {view: HeatmapView; errors: unknown[]; draw: (part?: Part) => Promise<void>} {
  const work = new Work();
  const errors: unknown[] = [];
  const view = new HeatmapView(work, (what) => what === 'facts' && onFacts(view), (error) => errors.push(error));
  return {
    view,
    errors,
    async draw({scale, ...part} = {}) {
      view.update(
        {
          arrange: null,
          mark: 'cell',
          aspect: 'auto',
          domainPer: 'all',
          pool: 'extreme',
          annotate: false,
          order: 'none',
          tiles: 'heatmaps',
          sharedRange: null,
          ...part,
          scale: {scheme: null, reverse: false, domain: 'auto', center: 0, transform: 'linear', ...scale},
        },
        box,
        theme,
      );
      await work.complete;
    },
  };
}

/** A float32 tensor. */
export const tensor = (shape: readonly number[], value: (i: number) => number): {shape: readonly number[]; dtype: 'float32'; data: Float32Array} => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({length: shape.reduce((n, size) => n * size, 1)}, (_, i) => value(i)),
});
