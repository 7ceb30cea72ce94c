import {html, nothing, type TemplateResult} from 'lit';
import {repeat} from 'lit/directives/repeat.js';

/** One line of an outline. */
export interface OutlineRow {
  readonly id: string;
  readonly depth: number;
  readonly title: string;
  readonly note: string;
  /** `null` for what holds nothing. */
  readonly open: boolean | null;
  readonly selected: boolean;
  readonly dim: boolean;
  /** CSS colour of its mark. */
  readonly color: string;
  /** Place among its siblings, from 1, and how many they are. */
  readonly place: number;
  readonly siblings: number;
}

/** What the user does in an outline. */
export interface OutlineHandlers {
  select(id: string): void;
  toggle(id: string, open: boolean): void;
  more(): void;
}

/** The graph as a tree of text. Hidden from view it is the picture's twin for screen readers. @param rest lines that are not there yet */
export function outline(rows: readonly OutlineRow[], rest: string | null, label: string, visible: boolean, on: OutlineHandlers): TemplateResult {
  const focus = rows.find((row) => row.selected)?.id ?? rows[0]?.id;
  const key = (event: KeyboardEvent): void => {
    const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=treeitem]')];
    const at = items.indexOf((event.target as HTMLElement).closest('[role=treeitem]') as HTMLElement);
    const row = rows[at];
    if (!row) return;
    const go = (to: number): void => {
      const next = items[Math.max(0, Math.min(items.length - 1, to))];
      next?.focus();
    };
    const parent = (): number => {
      let to = at;
      while (to > 0 && rows[to]!.depth >= row.depth) to--;
      return to;
    };
    if (event.key === 'ArrowDown') go(at + 1);
    else if (event.key === 'ArrowUp') go(at - 1);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(items.length - 1);
    else if (event.key === 'ArrowRight' && row.open === false) on.toggle(row.id, true);
    else if (event.key === 'ArrowRight') go(at + 1);
    else if (event.key === 'ArrowLeft' && row.open) on.toggle(row.id, false);
    else if (event.key === 'ArrowLeft') go(parent());
    else if (event.key === 'Enter' || event.key === ' ') on.select(row.id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class=${visible ? 'outline' : 'visually-hidden'}>
    <ul role="tree" aria-label=${label} @keydown=${key}>
      ${repeat(
        rows,
        (row) => row.id,
        (row) => html`<li
          role="treeitem"
          tabindex=${row.id === focus && visible ? 0 : -1}
          aria-level=${row.depth + 1}
          aria-posinset=${row.place}
          aria-setsize=${row.siblings}
          aria-expanded=${row.open === null ? nothing : row.open ? 'true' : 'false'}
          aria-selected=${row.selected ? 'true' : 'false'}
          class=${row.dim ? 'dim' : ''}
          .style=${`--depth:${Math.min(row.depth, 20)}`}
          @click=${() => on.select(row.id)}
        >
          ${visible
            ? html`<span class="fold" aria-hidden="true" @click=${(event: Event) => {
                  if (row.open === null) return;
                  event.stopPropagation();
                  on.toggle(row.id, !row.open);
                }}>${row.open === null ? '' : row.open ? '▾' : '▸'}</span><i class="swatch" .style=${`background:${row.color}`}></i>`
            : nothing}
          <b>${row.title}</b> <span class="muted">${row.note}</span>
        </li>`,
      )}
    </ul>
    ${rest ? html`<button class="link" type="button" tabindex=${visible ? 0 : -1} @click=${on.more}>${rest}</button>` : nothing}
  </div>`;
}
