import {html, nothing, type TemplateResult} from 'lit';

/** One remark of a legend, perhaps with something to do about it. */
export interface LegendNote {
  readonly text: string;
  readonly action?: {readonly label: string; readonly run: () => void};
}

/** A colour with what it stands for. */
export interface LegendSwatch {
  readonly name: 'nan' | 'positive-infinity' | 'negative-infinity' | 'under' | 'over';
  /** CSS colour where it is not one of the theme's. */
  readonly color?: string;
  readonly text: string;
  readonly title?: string;
}

/** The legend part: a canvas for the colour bar, swatches of what is not on it, remarks. */
export function legend(swatches: readonly LegendSwatch[], notes: readonly LegendNote[], label: string): TemplateResult {
  return html`<div part="legend" role="group" aria-label=${label}>
    <div class="bar"><canvas aria-hidden="true"></canvas></div>
    <ul>
      ${swatches.map(
        (s) => html`<li title=${s.title ?? nothing}>
          <i class="swatch ${s.name}" .style=${s.color ? `background:${s.color}` : ''}></i>${s.text}
        </li>`,
      )}
      ${notes.map(
        (n) => html`<li class="muted">
          ${n.text}
          ${n.action ? html`<button class="link" type="button" @click=${n.action.run}>${n.action.label}</button>` : nothing}
        </li>`,
      )}
    </ul>
  </div>`;
}
