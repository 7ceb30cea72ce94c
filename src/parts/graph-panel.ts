import {html, nothing, type TemplateResult} from 'lit';
import type {Status} from '../controllers/status.js';
import {toolButton} from './toolbar.js';

/** Another box that a panel leads to. */
export interface PanelLink {
  readonly id: string;
  readonly text: string;
  readonly note?: string;
}

/** One weight of the layer that is looked at. */
export interface PanelWeight {
  readonly address: string;
  readonly facts: string;
  /** Minimum, maximum, mean and so on, once they are known. */
  readonly stats?: string;
  /** It has a picture, on the canvas with this number. */
  readonly picture?: number;
}

/** What is told of one node or group. */
export interface PanelModel {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly (readonly [string, string])[];
  readonly differences: readonly string[];
  readonly inputs: readonly PanelLink[];
  readonly outputs: readonly PanelLink[];
  readonly weights: readonly PanelWeight[];
  readonly group: 'open' | 'closed' | null;
  readonly traced: boolean;
}

export interface PanelHandlers {
  go(id: string): void;
  toggle(): void;
  trace(): void;
  zoom(): void;
  close(): void;
}

/** Links that are listed; a hub may have thousands. */
const LINKS = 12;

function links(heading: string, all: readonly PanelLink[], more: (n: number) => string, go: (id: string) => void): TemplateResult | typeof nothing {
  if (!all.length) return nothing;
  return html`<h4>${heading}</h4>
    <ul>
      ${all.slice(0, LINKS).map((l) => html`<li><button class="link" type="button" @click=${() => go(l.id)}>${l.text}</button> <span class="muted">${l.note ?? ''}</span></li>`)}
      ${all.length > LINKS ? html`<li class="muted">${more(all.length - LINKS)}</li>` : nothing}
    </ul>`;
}

/** The panel of details. */
export function graphPanel(model: PanelModel, say: Status['say'], on: PanelHandlers): TemplateResult {
  const more = (n: number): string => say('moreLinks', {n});
  return html`<section part="details" aria-label=${say('details')}>
    <header>
      <h3 title=${model.title}>${model.title}</h3>
      ${toolButton({icon: 'close', label: say('close'), run: on.close})}
    </header>
    <p class="muted">${model.subtitle}</p>
    <p class="actions">
      ${model.group ? html`<button class="link" type="button" @click=${on.toggle}>${say(model.group === 'open' ? 'closeGroup' : 'openGroup')}</button>` : nothing}
      <button class="link" type="button" aria-pressed=${model.traced ? 'true' : 'false'} @click=${on.trace}>${say(model.traced ? 'traceOff' : 'traceBoth')}</button>
      <button class="link" type="button" @click=${on.zoom}>${say('zoomToIt')}</button>
    </p>
    <dl>
      ${model.rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
    ${model.differences.length ? html`<h4>${say('detailsDifferences')}</h4><ul>${model.differences.map((text) => html`<li>${text}</li>`)}</ul>` : nothing}
    ${model.weights.length
      ? html`<h4>${say('detailsWeights')}</h4>
          <ul class="weights">
            ${model.weights.map(
              (w) => html`<li>
                <b>${w.address}</b> <span class="muted">${w.facts}</span>
                ${w.picture === undefined ? nothing : html`<canvas data-weight=${w.picture} aria-hidden="true"></canvas>`}
                ${w.stats ? html`<span class="muted stats">${w.stats}</span>` : nothing}
              </li>`,
            )}
          </ul>`
      : nothing}
    ${links(say('detailsInputs'), model.inputs, more, on.go)} ${links(say('detailsOutputs'), model.outputs, more, on.go)}
  </section>`;
}
