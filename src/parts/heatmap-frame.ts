import {html, nothing, type TemplateResult} from 'lit';
import type {Status} from '../controllers/status.js';
import type {WeightInfo} from '../tensor/types.js';
import {menu, toolButton} from './toolbar.js';

/** What the toolbar of one tensor shows. */
export interface HeatmapBar {
  readonly say: Status['say'];
  readonly title: string;
  readonly facts: string;
  /** The weight shown, and all of its layer. */
  readonly info: WeightInfo | null;
  readonly siblings: readonly WeightInfo[];
  /** Whether there is a picture to zoom into and to save; without one there is a way back at least. */
  readonly drawn: boolean;
  readonly fitted: boolean;
  readonly statsOpen: boolean;
  /** There are sliders: what is shown is one slice. */
  readonly sliced: boolean;
}

/** What its buttons do. */
export interface HeatmapBarHandlers {
  open(info: WeightInfo | null): void;
  zoom(factor: number): void;
  fit(): void;
  stats(): void;
  save(what: 'png' | 'csv-view' | 'csv' | 'npy'): void;
}

/** The toolbar of one tensor: back, its name, the other weights of its layer, and tools. */
export function heatmapBar({say, title, facts, info, siblings, drawn, fitted, statsOpen, sliced}: HeatmapBar, on: HeatmapBarHandlers): TemplateResult {
  const choose = (event: Event): void => on.open(siblings[(event.target as HTMLSelectElement).selectedIndex]!);
  return html`<div part="toolbar">
    ${info || !drawn ? toolButton({icon: 'back', label: say('allWeights'), run: () => on.open(null)}) : nothing}
    <span class="title" title=${`${title} ${facts}`.trim()}>
      ${siblings.length > 1 && info
        ? html`<b>${info.layer}</b><select class="field" aria-label=${say('weightsOf')} @change=${choose}>
              ${siblings.map((w) => html`<option .selected=${w === info}>${w.weight}</option>`)}
            </select>`
        : html`<b>${title}</b>`}
      <span class="muted">${facts}</span>
    </span>
    ${drawn ? html`<span class="tools">
      ${toolButton({icon: 'minus', label: say('zoomOut'), run: () => on.zoom(1 / 1.5), disabled: fitted})}
      ${toolButton({icon: 'plus', label: say('zoomIn'), run: () => on.zoom(1.5)})}
      ${toolButton({icon: 'fit', label: say('fit'), run: on.fit, disabled: fitted})}
      ${toolButton({icon: 'stats', label: say('statistics'), run: on.stats, pressed: statsOpen})}
      ${menu('save', say('save'), [
        {label: say('savePng'), run: () => on.save('png')},
        {label: say('saveCsvView'), run: () => on.save('csv-view')},
        {label: say(sliced ? 'saveCsvSlice' : 'saveCsv'), run: () => on.save('csv')},
        {label: say('saveNpy'), run: () => on.save('npy')},
      ])}
    </span>` : nothing}
  </div>`;
}

/** The box of the picture; with a label it can be walked with the keys. */
export function heatmapBox(label: string | null, greedy: boolean, key: (event: KeyboardEvent) => void): TemplateResult {
  const live = label !== null;
  return html`<div
    class="view ${greedy ? 'greedy' : ''}"
    tabindex=${live ? 0 : nothing}
    role=${live ? 'application' : nothing}
    aria-label=${label ?? nothing}
    aria-describedby=${live ? 'keys' : nothing}
    @keydown=${key}
  >
    <canvas part="canvas" aria-hidden="true"></canvas>
  </div>`;
}
