import {html, nothing, type TemplateResult} from 'lit';
import {icons} from './icons.js';

/** One button of a toolbar. */
export interface Tool {
  readonly icon: keyof typeof icons;
  readonly label: string;
  readonly run: () => void;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
}

/** A small button with an icon; its label is its accessible name and its tooltip. */
export function toolButton({icon, label, run, pressed, disabled}: Tool): TemplateResult {
  return html`<button
    class="tool"
    type="button"
    title=${label}
    aria-label=${label}
    aria-pressed=${pressed === undefined ? nothing : pressed ? 'true' : 'false'}
    ?disabled=${disabled}
    @click=${run}
  >
    ${icons[icon]}
  </button>`;
}

/** Shows a menu's list above all else: the element's own box would cut it off. */
function showList(event: Event): void {
  const details = event.currentTarget as HTMLDetailsElement;
  const list = details.querySelector<HTMLElement>('[popover]')!;
  if (!details.open) return list.hidePopover();
  list.showPopover();
  closeOutside(details);
  const {top, bottom, left, right} = details.getBoundingClientRect();
  const {clientWidth, clientHeight} = document.documentElement;
  const {offsetWidth, offsetHeight} = list;
  const x = getComputedStyle(details).direction === 'rtl' ? left : right - offsetWidth;
  const y = bottom + 2 + offsetHeight > clientHeight && top > offsetHeight ? top - 2 - offsetHeight : bottom + 2;
  // from the page's corner, so that it scrolls with the page
  list.style.inset = `${y + scrollY}px auto auto ${Math.max(0, Math.min(x, clientWidth - offsetWidth)) + scrollX}px`;
}

/** Closes an open menu on a press anywhere else, and on Escape wherever the focus is. */
function closeOutside(details: HTMLDetailsElement): void {
  const abort = new AbortController();
  const {signal} = abort;
  const close = (): void => {
    details.open = false;
    abort.abort();
  };
  document.addEventListener('pointerdown', (event) => !event.composedPath().includes(details) && close(), {signal, capture: true});
  document.addEventListener('keydown', (event) => event.key === 'Escape' && close(), {signal});
  details.addEventListener('toggle', () => !details.open && abort.abort(), {signal});
}

/** A button that opens a list of actions; it closes when one is chosen, on Escape, on a press elsewhere and when the focus leaves. */
export function menu(icon: keyof typeof icons, label: string, items: readonly {label: string; run: () => void}[]): TemplateResult {
  const close = (event: Event): void => {
    const details = event.currentTarget as HTMLDetailsElement;
    if (event instanceof KeyboardEvent && event.key !== 'Escape') return;
    if (event instanceof FocusEvent && (!event.relatedTarget || details.contains(event.relatedTarget as Node))) return;
    if (event.type === 'click' && !(event.target as Element).closest('.item')) return;
    if (event instanceof KeyboardEvent && details.open) event.preventDefault();
    details.open = false;
  };
  return html`<details class="menu" @click=${close} @keydown=${close} @focusout=${close} @toggle=${showList}>
    <summary class="tool" role="button" title=${label} aria-label=${label}>${icons[icon]}</summary>
    <div popover="manual">
      ${items.map((item) => html`<button class="item" type="button" @click=${item.run}>${item.label}</button>`)}
    </div>
  </details>`;
}

/** Sliders for the axes that the arrangement leaves out. */
export function sliceSliders(
  axes: readonly {name: string; size: number; at: number; index?: string | undefined}[],
  moved: (axis: number, at: number) => void,
): TemplateResult | typeof nothing {
  if (!axes.length) return nothing;
  return html`<div class="slices">
    ${axes.map(
      ({name, size, at, index = String(at)}, axis) => html`<label>
        <span>${name}</span>
        <input
          type="range"
          min="0"
          max=${size - 1}
          step="1"
          .value=${String(at)}
          aria-valuetext=${index}
          @input=${(event: Event) => moved(axis, (event.target as HTMLInputElement).valueAsNumber)}
        />
        <output>${index} / ${size - 1}</output>
      </label>`,
    )}
  </div>`;
}
