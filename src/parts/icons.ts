import {html, type TemplateResult} from 'lit';

const icon = (d: string): TemplateResult => html`<svg viewBox="0 0 16 16" aria-hidden="true"><path d=${d} /></svg>`;

/** Line drawings of the toolbar, 16 × 16, stroked in the text's colour. */
export const icons = {
  back: icon('M10 3 5 8l5 5'),
  next: icon('M6 3l5 5-5 5'),
  play: icon('M5 3.2v9.6L12.5 8Z'),
  pause: icon('M5.5 3.5v9M10.5 3.5v9'),
  axes: icon('M2.5 2.5v11h11M5.5 10l2.5-3 2 1.5 3-4'),
  plus: icon('M8 3.5v9M3.5 8h9'),
  minus: icon('M3.5 8h9'),
  fit: icon('M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10'),
  stats: icon('M2.5 13.5v-4M6.2 13.5v-9M9.8 13.5V7M13.5 13.5v-11'),
  up: icon('M3.5 10 8 5.5l4.5 4.5'),
  down: icon('M3.5 6 8 10.5 12.5 6'),
  close: icon('M4 4l8 8M12 4l-8 8'),
  levels: icon('M2.5 3.5h6M5 8h8.5M5 12.5h8.5M3 3.5v9'),
  save: icon('M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11'),
};
