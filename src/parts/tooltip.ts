import {html, type TemplateResult} from 'lit';

/** What stands beside the cursor: the value, and where it is. */
export function tooltip(value: string, place: string): TemplateResult {
  return html`<div part="tooltip" aria-hidden="true"><b>${value}</b>${place}</div>`;
}

/** Room between the cursor's cell and the tooltip, in CSS px. */
const GAP = 8;

/** Puts the tooltip beside a rectangle, within a box; above it where there is room, never on top of it. */
export function placeTooltip(tip: HTMLElement, at: {x: number; y: number; width: number; height: number}, box: {width: number; height: number}): void {
  const {offsetWidth: w, offsetHeight: h} = tip;
  const x = Math.max(2, Math.min(box.width - w - 2, at.x + at.width / 2 - w / 2));
  const above = at.y - h - GAP;
  const y = above >= 2 ? above : Math.min(box.height - h - 2, at.y + at.height + GAP);
  tip.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
}
