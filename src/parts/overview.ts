import {html, nothing, type TemplateResult} from 'lit';
import {repeat} from 'lit/directives/repeat.js';
import {badgeTexts} from '../controllers/heatmap-units.js';
import type {Overview, TileSort} from '../controllers/overview.js';
import {formatCount, formatShort} from '../color/format.js';
import type {Range} from '../compute/stats.js';
import {shapeText} from '../tensor/read-tensor.js';
import type {WeightInfo} from '../tensor/types.js';
import type {Status} from '../controllers/status.js';
import {say} from '../words/strings.js';
import {toolButton} from './toolbar.js';

/** What the user does in an overview. */
export interface OverviewActions {
  open(info: WeightInfo): void;
  query(text: string): void;
  sort(by: TileSort): void;
  tiles(what: 'heatmaps' | 'distributions'): void;
  scrolled(): void;
  more(): void;
  /** The table of small tensors was opened or closed. */
  toggled(): void;
}

/** A weight's range and its counts of what is not finite: `from −1 to 2, NaN 3`. */
export function rangeWords(range: Range, lang: string): string {
  const {min, max} = range;
  const words = [min <= max ? say(lang, 'range', {min: formatShort(min), max: formatShort(max)}) : say(lang, 'noFinite')];
  for (const key of ['nan', 'positiveInfinity', 'negativeInfinity'] as const) if (range[key]) words.push(`${say(lang, key)} ${formatCount(range[key], lang)}`);
  return words.join(', ');
}

/** With fewer tiles than this the table of small tensors stands open. */
const FEW = 10;

/** The toolbar: how many weights, the field that finds tiles, the list that sorts them. */
export function overviewBar(overview: Overview, query: string, sort: TileSort, tiles: string, {say, lang}: Status, on: OverviewActions, save: () => void): TemplateResult {
  const {weights} = overview.model!;
  const all = weights.length;
  const drawn = weights.filter((w) => !w.constant).length;
  const changed = overview.model!.format === 'compared' || weights.some(({change}) => change !== undefined);
  const sorts = [['order', 'sortOrder'], ['size', 'sortSize'], ['norm', 'sortNorm'], ...(changed ? [['change', 'sortChange'] as const] : []), ...(overview.judges ? [['badges', 'sortBadges'] as const] : [])] as const;
  const count = {n: formatCount(all, lang), drawn: formatCount(drawn, lang), values: formatCount(weights.reduce((n, w) => n + w.size, 0), lang)};
  const unread = overview.unread.size;
  const {odd} = overview;
  const texts = odd ? badgeTexts(odd, lang) : [];
  return html`<div part="toolbar">
    <span class="title"><b>${say(drawn < all ? 'weightsDrawn' : all === 1 ? 'weightCount' : 'weightsCount', count)}</b>${overview.prefix ? html`<span class="muted">${overview.prefix}…</span>` : nothing}</span>
    ${unread ? html`<span class="muted remark" role="status">${say('unread', {n: formatCount(unread, lang), all: formatCount(drawn, lang)})}</span>` : nothing}
    ${odd && (texts.length || sort === 'badges') ? html`<span class="muted remark" role="status">${texts.length ? say('oddUnits', {odd: texts.join(', '), n: formatCount(odd.weights, lang), all: formatCount(odd.judged, lang)}) : say('oddNone', {n: formatCount(odd.judged, lang)})}</span>` : nothing}
    <input
      class="field"
      type="search"
      placeholder=${say('find')}
      aria-label=${say('find')}
      .value=${query}
      @input=${(event: Event) => on.query((event.target as HTMLInputElement).value)}
    />
    ${query.trim() ? html`<span class="muted remark" role="status">${say('found', {n: formatCount(overview.tiles.length + overview.constants.length, lang), all: count.n})}</span>` : nothing}
    <select class="field" aria-label=${say('sort')} @change=${(event: Event) => on.sort((event.target as HTMLSelectElement).value as TileSort)}>
      ${sorts.map(([value, key]) => html`<option value=${value} .selected=${value === sort}>${say(key)}</option>`)}
    </select>
    <span class="tools">${toolButton({icon: 'stats', label: say('tilesDistributions'), run: () => on.tiles(tiles === 'distributions' ? 'heatmaps' : 'distributions'), pressed: tiles === 'distributions'})}${toolButton({icon: 'save', label: say('savePng'), run: save})}</span>
  </div>`;
}

/** The scrolled tiles, those near the view alone, and the table of constants. @param shown rows of the table */
export function overviewTiles(overview: Overview, query: string, shown: number, {say, lang}: Status, on: OverviewActions): TemplateResult {
  const {layout, tiles, from, to, constants} = overview;
  const inView = layout ? tiles.slice(from, to).map((info, i) => ({info, i: from + i, box: layout.boxes[from + i]!})) : [];
  return html`<div part="overview" tabindex="-1" @scroll=${on.scrolled}>
    <ul class="tiles" .style=${`height:${layout?.height ?? 0}px`}>
      ${repeat(
        inView,
        ({info}) => info.address,
        ({info, i, box}) => html`<li aria-setsize=${tiles.length} aria-posinset=${i + 1} .style=${`left:${box.x}px;top:${box.y}px;width:${box.width}px;height:${box.height}px`}>
          <button part="tile" type="button" title=${info.address} aria-label=${overview.label(i)} @click=${() => on.open(info)}>
            <canvas data-tile=${i} aria-hidden="true"></canvas>
          </button>
        </li>`,
      )}
    </ul>
    <div class="rest">
      ${tiles.length || constants.length || !query.trim() ? nothing : html`<p class="none muted">${say('noneFound', {query})}</p>`}
      ${constants.length ? constantsTable(constants, shown, tiles.length < FEW || !!query.trim(), say, lang, on) : nothing}
    </div>
  </div>`;
}

function constantsTable(constants: readonly WeightInfo[], shown: number, open: boolean, say: Status['say'], lang: string, on: OverviewActions): TemplateResult {
  const rest = constants.length - shown;
  return html`<details class="constants" ?open=${open} @toggle=${on.toggled}>
    <summary>${say('constants', {n: formatCount(constants.length, lang)})}</summary>
    <table>
      <tbody>
        ${constants.slice(0, shown).map(
          (info) => html`<tr>
            <th scope="row"><button class="link" type="button" @click=${() => on.open(info)}>${info.address}</button></th>
            <td>${shapeText(info.shape)}</td>
            <td>${info.dtype}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${rest > 0 ? html`<button class="link" type="button" @click=${on.more}>${say('more', {n: formatCount(Math.min(200, rest), lang)})}</button>` : nothing}
  </details>`;
}

/** What this module makes of an overview. */
export interface OverviewParts {
  readonly overviewBar: typeof overviewBar;
  readonly overviewTiles: typeof overviewTiles;
  readonly rangeWords: typeof rangeWords;
}
