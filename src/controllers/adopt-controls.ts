import type {ReactiveElement} from 'lit';
import {controlStyles} from '../parts/control-styles.js';

/** Gives an element that stands in the page the styles of controls and notes, once. */
export function adoptControls(host: ReactiveElement): void {
  const {adoptedStyleSheets} = host.renderRoot as ShadowRoot;
  const sheet = controlStyles.styleSheet!;
  if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
}
