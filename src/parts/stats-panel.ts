import {html, type TemplateResult} from 'lit';

/** Names and values, and a canvas for the histogram. */
export function statsPanel(rows: readonly (readonly [name: string, value: string])[], label: string, histogram: string): TemplateResult {
  return html`<section part="stats" aria-label=${label} tabindex="0">
    <dl>
      ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
    <canvas class="histogram" role="img" aria-label=${histogram}></canvas>
  </section>`;
}
