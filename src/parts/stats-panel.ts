import {html, nothing, type TemplateResult} from 'lit';
import {formatCount, formatShare, formatValue} from '../color/format.js';
import type {HeatmapView} from '../controllers/heatmap-view.js';
import {shapeText} from '../tensor/read-tensor.js';
import {say, type WordKey} from '../words/judge.js';

// Fetched when statistics are first opened.

/** What the panel shows of the values. */
export interface StatsModel {
  readonly label: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
  /** What a screen reader is told of the histogram. */
  readonly histogram: string;
  readonly log: boolean;
  /** Ends of the brush; `null` where there is none. */
  readonly brush: readonly [number, number] | null;
  /** How many values lie in it, in words. */
  readonly inside: string;
  /** What else there is to look at, below. */
  readonly more: TemplateResult | typeof nothing;
  readonly lang: string;
}

export interface StatsHandlers {
  toggleLog(): void;
  /** The brush was set to, or with `null` taken away. */
  brush(range: readonly [number, number] | null): void;
  grab(event: PointerEvent): void;
}

/** Names and values, the histogram with its brush, and more. */
export function statsPanel({label, rows, histogram, log, brush, inside, more, lang}: StatsModel, on: StatsHandlers): TemplateResult {
  const set = (end: 0 | 1) => (event: Event): void => {
    const value = (event.target as HTMLInputElement).valueAsNumber;
    if (Number.isNaN(value)) return;
    const [lo, hi] = brush ?? [value, value];
    const next: [number, number] = end ? [lo, value] : [value, hi];
    on.brush(next[0] <= next[1] ? next : [next[1], next[0]]);
  };
  const field = (end: 0 | 1): TemplateResult => html`<input class="field" type="number" step="any" aria-label=${say(lang, end ? 'brushTo' : 'brushFrom')} placeholder=${say(lang, end ? 'brushTo' : 'brushFrom')} .value=${brush ? String(Number(brush[end].toPrecision(5))) : ''} @change=${set(end)} />`;
  return html`<section part="stats" aria-label=${label} tabindex="0">
    <dl>
      ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
    <canvas class="histogram" role="img" aria-label=${histogram} title=${say(lang, 'brushHint')} @pointerdown=${on.grab}></canvas>
    <div class="brush">
      ${field(0)}<span aria-hidden="true">–</span>${field(1)}
      <label><input type="checkbox" .checked=${log} @change=${on.toggleLog} />${say(lang, 'countsLog')}</label>
    </div>
    <p class="muted"><span role="status">${brush ? inside : nothing}</span> ${brush ? html`<button class="link" type="button" @click=${() => on.brush(null)}>${say(lang, 'brushClear')}</button>` : nothing}</p>
    ${more}
  </section>`;
}

/** Names and values of the statistics panel; a dash where a number is not known yet. */
export function statsRows({facts, values}: HeatmapView, lang: string): [string, string][] {
  if (!values) return [];
  const {stats, distribution: d} = facts ?? {};
  const size = Math.max(1, stats?.size ?? 1);
  const number = (v: number | undefined): string => (v === undefined || v !== v ? '–' : formatValue(Number(v.toPrecision(6)), 'float64'));
  const rows: [WordKey, string][] = [
    ['shape', shapeText(values.shape)],
    ['dtype', values.part ? `complex64 · ${say(lang, values.part)}` : values.dtype],
    ['min', stats && stats.min === stats.min ? formatValue(stats.min, values.dtype) : '–'],
    ['max', stats && stats.max === stats.max ? formatValue(stats.max, values.dtype) : '–'],
    ['mean', number(stats?.mean)],
    ['std', number(stats?.std)],
    ['l2', number(stats?.l2)],
    ['median', number(d?.quantile(0.5))],
    ['quartiles', `${number(d?.quantile(0.25))} … ${number(d?.quantile(0.75))}`],
    ['percentiles', `${number(d?.quantile(0.02))} … ${number(d?.quantile(0.98))}`],
    ['zeros', stats ? formatShare(stats.zeros / size, lang) : '–'],
  ];
  for (const key of ['nan', 'positiveInfinity', 'negativeInfinity'] as const) rows.push([key, stats ? formatCount(stats[key], lang) : '–']);
  return rows.map(([key, text]) => [say(lang, key), text]);
}
