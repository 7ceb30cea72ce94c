import {html, nothing, type TemplateResult} from 'lit';
import {ref} from 'lit/directives/ref.js';
import {formatCount, formatShort} from '../color/format.js';
import type {Status} from '../controllers/status.js';
import {canvasOf} from '../paint/plot-marks.js';
import type {Figure, LegendItem, Note, Picture} from '../plot/types.js';
import type {TwinModel} from './twin.js';

/** The series with their colours; those with a name can be hidden. @param inkOf resolves a colour of the plot */
export function plotLegend(items: readonly LegendItem[], hidden: ReadonlySet<string>, inkOf: (item: LegendItem) => string, say: Status['say'], toggle: (series: string) => void): TemplateResult | typeof nothing {
  if (!items.length) return nothing;
  const inner = (item: LegendItem): TemplateResult => html`<i class="stroke ${item.dash ? 'dash' : (item.shape ?? '')}" .style=${`border-color:${inkOf(item)}`}></i><span>${item.label}</span>`;
  return html`<div part="legend" role="group" aria-label=${say('plotLegend')}>
    <ul>
      ${items.map((item) =>
        item.series
          ? html`<li><button class="series" type="button" title=${item.label} aria-pressed=${hidden.has(item.series) ? 'false' : 'true'} @click=${() => toggle(item.series)}>${inner(item)}</button></li>`
          : html`<li class="series" title=${item.label}>${inner(item)}</li>`,
      )}
    </ul>
  </div>`;
}

/** What there is to say below the plot; what went wrong first. */
export function plotNotes(notes: readonly Note[]): TemplateResult | typeof nothing {
  if (!notes.length) return nothing;
  const sorted = [...notes].sort((a, b) => Number(b.alert ?? false) - Number(a.alert ?? false));
  return html`<ul class="notes muted" tabindex="0">
    ${sorted.map((n) => html`<li class=${n.alert ? 'alert' : ''}>${n.text} ${n.action ? html`<button class="link" type="button" @click=${n.action.run}>${n.action.label}</button>` : nothing}</li>`)}
  </ul>`;
}

/** What `.examples` gives for one: a picture, or words. */
export type ExampleView = Exclude<Picture, undefined>;

/** Examples that are shown at once. */
const SHOWN = 24;

/** The examples behind what was chosen. */
export function plotExamples(indices: readonly number[], view: (i: number) => ExampleView, caption: (i: number) => string, say: Status['say'], lang: string, clear: () => void): TemplateResult | typeof nothing {
  if (!indices.length) return nothing;
  return html`<ul part="examples" aria-label=${say('plotExamples')}>
    <li>${say('plotHighlighted', {n: formatCount(indices.length, lang)})}<br /><button class="link" type="button" @click=${clear}>${say('plotClear')}</button></li>
    ${indices.slice(0, SHOWN).map((i) => html`<li>${pictureOf(view(i), say('plotExampleNumber', {n: i}))}<span class="muted">${caption(i)}</span></li>`)}
    ${indices.length > SHOWN ? html`<li class="muted">${say('plotExamplesMore', {n: formatCount(indices.length - SHOWN, lang)})}</li>` : nothing}
  </ul>`;
}

function pictureOf(view: ExampleView, label: string): TemplateResult {
  if (view === null || view === undefined) return html`<span class="text">${label}</span>`;
  if (typeof view === 'string') return html`<span class="text">${view}</span>`;
  const draw = (canvas: Element | undefined): void => {
    if (!(canvas instanceof HTMLCanvasElement)) return;
    const source = view instanceof ImageData ? canvasOf(view) : view;
    const [width, height] = view instanceof HTMLImageElement ? [view.naturalWidth, view.naturalHeight] : [view.width, view.height];
    if (!width || !height) return;
    Object.assign(canvas, {width, height});
    canvas.getContext('2d')!.drawImage(source, 0, 0);
  };
  // a canvas of our own: an element that the page hands over may stand in the page already
  return html`<canvas role="img" aria-label=${label} ${ref(draw)}></canvas>`;
}

/** Rows of a plot's table that a screen reader gets, and cells: of wide tables there are fewer rows. */
const [ROWS, CELLS] = [60, 3000];

/** The plot's numbers as a table for screen readers. */
export function twinOfFigure({table, label}: Figure, say: Status['say']): TwinModel {
  const text = (v: number | string): string => (typeof v === 'number' ? formatShort(v, 5) : v);
  const n = Math.min(table.rows, ROWS, Math.max(1, Math.floor(CELLS / table.columns.length)));
  return {
    caption: say('plotTwin', {label, n}),
    columns: table.columns.slice(1),
    rows: Array.from({length: n}, (_, row) => ({name: text(table.cell(row, 0)) || String(row + 1), values: table.columns.slice(1).map((_, c) => text(table.cell(row, c + 1)))})),
  };
}
