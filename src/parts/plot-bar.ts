import {html, nothing, type TemplateResult} from 'lit';
import {formatShort} from '../color/format.js';
import type {PlotKind} from '../plot/data.js';
import type {Control} from '../plot/types.js';
import type {WordKey} from '../words/plot.js';
import type {Status} from '../controllers/status.js';
import {menu, toolButton} from './toolbar.js';

type Scale = 'linear' | 'log' | 'symlog';

/** What the toolbar of a plot shows. */
export interface PlotBar {
  readonly say: Status['say'];
  readonly title: string;
  readonly facts: string;
  readonly kind: PlotKind;
  readonly kinds: readonly PlotKind[];
  readonly fitted: boolean;
  readonly zoomable: boolean;
  /** Axes that can be linear or not. */
  readonly scales: readonly ('x' | 'y')[];
}

/** What its buttons do. */
export interface PlotBarHandlers {
  kind(kind: PlotKind): void;
  zoom(factor: number): void;
  fit(): void;
  scale(axis: 'x' | 'y', scale: Scale): void;
  save(what: 'png' | 'svg' | 'csv'): void;
}

const WORDS: Readonly<Record<PlotKind, WordKey>> = {
  bars: 'kindBars', line: 'kindLine', scatter: 'kindScatter', residuals: 'kindResiduals', histogram: 'kindHistogram', heatmap: 'kindHeatmap', image: 'kindImage',
  history: 'kindHistory', confusion: 'kindConfusion', roc: 'kindRoc', pr: 'kindPr', calibration: 'kindCalibration', embedding: 'kindEmbedding', activations: 'kindActivations',
};
const SCALES: readonly (readonly [Scale, WordKey])[] = [['linear', 'scaleLinear'], ['log', 'scaleLog'], ['symlog', 'scaleSymlog']];

/** The toolbar: what it is, the kind of plot, and tools. */
export function plotBar({say, title, facts, kind, kinds, fitted, zoomable, scales}: PlotBar, on: PlotBarHandlers): TemplateResult {
  const all = kinds.includes(kind) ? kinds : [kind, ...kinds];
  return html`<div part="toolbar">
    <span class="title" title=${`${title} ${facts}`.trim()}><b>${title}</b><span class="muted">${facts}</span></span>
    ${all.length > 1
      ? html`<select class="field" aria-label=${say('plotKindLabel')} title=${say('plotKindLabel')} @change=${(event: Event) => on.kind((event.target as HTMLSelectElement).value as PlotKind)}>
          ${all.map((name) => html`<option value=${name} .selected=${name === kind}>${say(WORDS[name])}</option>`)}
        </select>`
      : nothing}
    <span class="tools">
      ${zoomable
        ? html`${toolButton({icon: 'minus', label: say('zoomOut'), run: () => on.zoom(1 / 1.5), disabled: fitted})} ${toolButton({icon: 'plus', label: say('zoomIn'), run: () => on.zoom(1.5)})}
          ${toolButton({icon: 'fit', label: say('fit'), run: on.fit, disabled: fitted})}`
        : nothing}
      ${scales.length ? menu('axes', say('plotScales'), scales.flatMap((axis) => SCALES.map(([scale, word]) => ({label: say(axis === 'x' ? 'scaleX' : 'scaleY', {scale: say(word)}), run: () => on.scale(axis, scale)})))) : nothing}
      ${menu('save', say('save'), [
        {label: say('plotSavePng'), run: () => on.save('png')},
        {label: say('plotSaveSvg'), run: () => on.save('svg')},
        {label: say('plotSaveCsv'), run: () => on.save('csv')},
      ])}
    </span>
  </div>`;
}

/** What a kind of plot lets one set. */
export function plotControls(controls: readonly Control[], say: Status['say']): TemplateResult | typeof nothing {
  if (!controls.length) return nothing;
  return html`<div class="controls">${controls.map((control) => controlOf(control, say))}</div>`;
}

function controlOf(control: Control, say: Status['say']): TemplateResult {
  const {label} = control;
  switch (control.type) {
    case 'choice':
      return html`<label><span class="muted">${label}</span>
        <select class="field" @change=${(event: Event) => control.set((event.target as HTMLSelectElement).value)}>
          ${control.options.map(([value, name]) => html`<option value=${value} .selected=${value === control.value}>${name}</option>`)}
        </select></label>`;
    case 'slider':
      return html`<label><span class="muted">${label}</span>
        <input type="range" min=${control.min} max=${control.max} step=${control.step} .value=${String(control.value)} @input=${(event: Event) => control.set((event.target as HTMLInputElement).valueAsNumber)} />
        <output>${formatShort(control.value)}</output>
        ${control.action ? html`<button class="link" type="button" @click=${control.action.run}>${control.action.label}</button>` : nothing}</label>`;
    case 'player':
      return html`<span class="stepper player" role="group" aria-label=${label}>
        ${toolButton({icon: control.playing ? 'pause' : 'play', label: control.play, run: control.toggle})}
        <input type="range" min="0" max=${control.n - 1} step="1" aria-label=${label} aria-valuetext=${control.text} .value=${String(control.at)} @input=${(event: Event) => control.set((event.target as HTMLInputElement).valueAsNumber)} />
        <output>${control.text}</output></span>`;
    case 'button':
      return html`<button class="field" type="button" ?disabled=${control.disabled} @click=${control.run}>${label}</button>`;
    case 'number':
      return html`<label><span class="muted">${label}</span>
        <input class="field" type="number" min=${control.min ?? nothing} step=${control.step ?? 1} .value=${String(control.value)} @change=${(event: Event) => control.set((event.target as HTMLInputElement).valueAsNumber)} /></label>`;
    case 'stepper':
      return html`<span class="stepper" role="group" aria-label=${label}><span class="muted">${label}</span>
        ${toolButton({icon: 'back', label: say('plotPrevious'), run: () => control.set(control.at - 1), disabled: control.at <= 0})}
        <span role="status">${say('plotExampleOf', {at: control.at + 1, n: control.n})}</span>
        ${toolButton({icon: 'next', label: say('plotNext'), run: () => control.set(control.at + 1), disabled: control.at >= control.n - 1})}</span>`;
  }
}
