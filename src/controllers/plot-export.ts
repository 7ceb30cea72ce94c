import {canvasOf, clearBlank, planeScene} from '../paint/plot-marks.js';
import {heatmapBands} from '../paint/heatmap.js';
import {type FigureScene, isShown, paintFigure, paintLegend} from '../paint/plot.js';
import {stripOf} from '../paint/color-bar.js';
import {type Sprite, spritesOf} from '../paint/sprites.js';
import {SvgContext} from '../paint/svg-context.js';
import {stripHeight, TITLE} from '../paint/plot-layout.js';
import {type Context, fitText, type Theme} from '../paint/theme.js';
import type {CellsMark, Figure} from '../plot/types.js';
import {plainValue} from '../color/format.js';
import {runSliced} from '../compute/slices.js';
import {Problem} from '../words/strings.js';
import {type BlobOptions, paintBlob} from './blob.js';
import type {PlotView} from './plot-view.js';

// Fetched when a plot is saved.

/** Room above the figure, in CSS px. */
const HEAD = 26;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Title, figure and legend below each other; the context is in CSS px. */
function paintWhole(ctx: Context, scene: FigureScene, {width}: Size, theme: Theme): void {
  const {figure} = scene;
  ctx.save();
  ctx.font = `600 ${TITLE}px ${theme.font}`;
  ctx.textBaseline = 'middle';
  ctx.fillStyle = theme.text;
  ctx.fillText(fitText(ctx, `${figure.label} · ${figure.facts}`, width - 20, 0.8), 10, HEAD / 2);
  ctx.restore();
  ctx.save();
  ctx.translate(0, HEAD);
  paintFigure(ctx, scene);
  ctx.translate(0, scene.height + 4);
  paintLegend(ctx, scene, width, true);
  ctx.restore();
}

/** A figure laid out as on the page, and how high it is with its title and legend. Its matrices are drawn by `drawCells`. */
function whole(view: PlotView, {width, height: seen}: Size, dpr: number, vectors: boolean): {scene: FigureScene; total: number; cells: Map<CellsMark, OffscreenCanvas>} {
  if (!view.figure || !(width > 0)) throw new Problem('blobEmpty');
  // all of what is scrolled
  const height = stripHeight(view.figure, width) ?? seen;
  const ruler = new OffscreenCanvas(1, 1).getContext('2d')!;
  const cells = new Map<CellsMark, OffscreenCanvas>();
  const scene = view.sceneFor(width, height, dpr, vectors, (mark) => cells.get(mark) ?? null, ruler);
  return {scene, total: HEAD + height + 4 + paintLegend(ruler, scene, width, false), cells};
}

/** Draws the matrices of a figure before the figure itself, as many may take long. */
async function drawCells({scene, cells}: ReturnType<typeof whole>): Promise<void> {
  for (const placed of scene.placed) {
    for (const mark of placed.panel.marks) {
      if (mark.kind !== 'cells' || !isShown(scene, mark)) continue;
      const of = planeScene(mark, placed, scene);
      const canvas = new OffscreenCanvas(of.viewport.width, of.viewport.height);
      await runSliced(heatmapBands(of, canvas.getContext('2d')!));
      clearBlank(canvas.getContext('2d')!, mark, of.viewport);
      cells.set(mark, canvas);
    }
  }
}

/** As a picture. */
export async function plotBlob(view: PlotView, size: Size, theme: Theme, options: BlobOptions): Promise<Blob> {
  const {total} = whole(view, size, 1, false);
  return paintBlob(size.width, total, options, theme.background, async (ctx, scale) => {
    const drawn = whole(view, size, scale, false);
    await drawCells(drawn);
    ctx.scale(scale, scale);
    paintWhole(ctx, drawn.scene, size, theme);
  });
}

/** Cells that are shapes of their own in an SVG; more are a picture. */
const SHAPES = 1 << 14;

/** Pixels by CSS px of a small picture in an SVG. */
const SHARP = 2;

/** Points that are drawn as pictures. */
const spritesIn = ({placed, hidden, sprites}: FigureScene): Sprite[] =>
  sprites ? placed.flatMap((panel) => panel.panel.marks.flatMap((mark) => (mark.kind === 'sprites' ? spritesOf(mark, panel, hidden, () => undefined) : []))) : [];

/** Cells in view. */
const cellsIn = ({placed}: FigureScene): number =>
  placed.reduce((n, {panel, x, y}) => n + (panel.marks.some((mark) => mark.kind === 'cells') ? (x.domain[1] - x.domain[0]) * (y.domain[1] - y.domain[0]) : 0), 0);

/** As SVG. */
export async function plotSvg(view: PlotView, size: Size, theme: Theme): Promise<string> {
  let drawn = whole(view, size, 2, true);
  if (cellsIn(drawn.scene) > SHAPES) await drawCells((drawn = whole(view, size, 2, false)));
  const {scene, total, cells} = drawn;
  const pictures = new Map<unknown, string>();
  const encode = async (canvas: OffscreenCanvas): Promise<void> => void pictures.set(canvas, await dataUrl(await canvas.convertToBlob({type: 'image/png'})));
  const images = scene.figure.panels.flatMap(({marks}) => marks.flatMap((mark) => (mark.kind === 'image' ? [canvasOf(mark.pixels)] : [])));
  const bars = [scene.figure.bar, ...scene.figure.panels.map(({bar}) => bar)].flatMap((bar) => (bar ? [stripOf(bar().palette)] : []));
  for (const {picture, width, height} of spritesIn(scene)) {
    if (pictures.has(picture)) continue;
    const canvas = new OffscreenCanvas(Math.ceil(width * SHARP), Math.ceil(height * SHARP));
    const ctx = canvas.getContext('2d')!;
    ctx.imageSmoothingQuality = 'high';
    ctx.drawImage(picture, 0, 0, canvas.width, canvas.height);
    pictures.set(picture, await dataUrl(await canvas.convertToBlob({type: 'image/png'})));
  }
  await Promise.all([...new Set([...images, ...cells.values(), ...bars])].map(encode));
  const svg = new SvgContext(pictures);
  paintWhole(svg.context, scene, size, theme);
  return svg.document(size.width, total, scene.figure.label, theme.background);
}

const dataUrl = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error!);
    reader.readAsDataURL(blob);
  });

/** Cells written between two yields. */
const CELLS = 8192;

/** What is plotted as comma-separated values (RFC 4180). @yields share done */
export function* csvSteps({table}: Figure): Generator<number, string> {
  const cell = (v: number | string): string => (typeof v === 'number' ? plainValue(v, 'float64') : /[",\n\r]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v);
  let text = `${table.columns.map(cell).join(',')}\n`;
  const rows = Math.max(1, Math.floor(CELLS / table.columns.length));
  for (let from = 0; from < table.rows; from += rows) {
    let lines = '';
    for (let row = from; row < Math.min(table.rows, from + rows); row++) lines += `${table.columns.map((_, c) => cell(table.cell(row, c))).join(',')}\n`;
    text += lines;
    yield from / table.rows;
  }
  return text;
}
