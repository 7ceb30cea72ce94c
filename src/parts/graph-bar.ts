import {html, nothing, type TemplateResult} from 'lit';
import type {Status} from '../controllers/status.js';
import {menu, toolButton} from './toolbar.js';

/** What the toolbar of a graph shows. */
export interface GraphBar {
  readonly say: Status['say'];
  readonly title: string;
  readonly facts: string;
  readonly query: string;
  /** Place among what was found, from 1; 0 before the first. */
  readonly at: number;
  readonly found: number | null;
  /** What is wrong with the query. */
  readonly problem: string | null;
  readonly colorBy: string;
  readonly overlays: readonly string[];
  readonly view: 'flow' | 'tree' | 'outline';
  readonly fitted: boolean;
}

/** What its buttons do. */
export interface GraphBarHandlers {
  query(text: string): void;
  step(by: 1 | -1): void;
  color(by: string): void;
  view(view: GraphBar['view']): void;
  expand(how: 'auto' | 'all' | number): void;
  zoom(factor: number): void;
  fit(): void;
  save(what: 'png' | 'svg' | 'json'): void;
}

const COLORS = [['type', 'byType'], ['params', 'byParams'], ['macs', 'byMacs'], ['memory', 'byMemory']] as const;
const VIEWS = [['flow', 'viewFlow'], ['tree', 'viewTree'], ['outline', 'viewOutline']] as const;

/** The toolbar: what it is, the search, colours, views, and tools. */
export function graphBar({say, title, facts, query, at, found, problem, colorBy, overlays, view, fitted}: GraphBar, on: GraphBarHandlers): TemplateResult {
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') on.step(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') on.query('');
    else return;
    event.preventDefault();
  };
  const drawn = view !== 'outline';
  return html`<div part="toolbar">
    <span class="title" title=${`${title} ${facts}`.trim()}><b>${title}</b><span class="muted">${facts}</span></span>
    <span class="search">
      <input class="field" type="search" placeholder=${say('graphFind')} aria-label=${say('graphFind')} .value=${query} @keydown=${key} @input=${(event: Event) => on.query((event.target as HTMLInputElement).value)} />
      ${problem ? html`<span class="muted" role="alert">${problem}</span>` : nothing}
      ${found === null || problem
        ? nothing
        : html`<span class="muted count" role="status">${found && at ? say('graphFound', {n: at, all: found}) : found ? say('graphCount', {n: found}) : say('graphNone', {query})}</span>
            ${toolButton({icon: 'up', label: say('graphPrevious'), run: () => on.step(-1), disabled: !found})}
            ${toolButton({icon: 'down', label: say('graphNext'), run: () => on.step(1), disabled: !found})}`}
    </span>
    <select class="field" aria-label=${say('graphColorBy')} title=${say('graphColorBy')} @change=${(event: Event) => on.color((event.target as HTMLSelectElement).value)}>
      ${COLORS.map(([value, word]) => html`<option value=${value} .selected=${value === colorBy}>${say(word)}</option>`)}
      ${overlays.map((name) => html`<option value=${name} .selected=${name === colorBy}>${name}</option>`)}
    </select>
    <select class="field" aria-label=${say('graphView')} title=${say('graphView')} @change=${(event: Event) => on.view((event.target as HTMLSelectElement).value as GraphBar['view'])}>
      ${VIEWS.map(([value, word]) => html`<option value=${value} .selected=${value === view}>${say(word)}</option>`)}
    </select>
    <span class="tools">
      ${menu('levels', say('graphExpand'), [
        {label: say('expandAuto'), run: () => on.expand('auto')},
        {label: say('expandNone'), run: () => on.expand(0)},
        {label: say('expandOne'), run: () => on.expand(1)},
        {label: say('expandAll'), run: () => on.expand('all')},
      ])}
      ${drawn
        ? html`${toolButton({icon: 'minus', label: say('zoomOut'), run: () => on.zoom(1 / 1.4)})} ${toolButton({icon: 'plus', label: say('zoomIn'), run: () => on.zoom(1.4)})}
          ${toolButton({icon: 'fit', label: say('fit'), run: on.fit, disabled: fitted})}`
        : nothing}
      ${menu('save', say('save'), [
        {label: say('graphPng'), run: () => on.save('png')},
        {label: say('saveSvg'), run: () => on.save('svg')},
        {label: say('saveGraph'), run: () => on.save('json')},
      ])}
    </span>
  </div>`;
}
