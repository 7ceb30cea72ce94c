import {html, nothing, type TemplateResult} from 'lit';
import {formatCount, formatShort} from '../color/format.js';
import {type BadgeOptions, type Badges, badgesSteps} from '../compute/badges.js';
import {runSliced, type SliceOptions} from '../compute/slices.js';
import {unitsOf} from '../compute/units.js';
import type {TensorValues, WeightInfo, WeightKind} from '../tensor/types.js';
import {say} from '../words/judge.js';
import {compute} from './compute-worker.js';

// Fetched when units are looked at.

/** Larger weights are not judged unasked. */
const MOST_VALUES = 1 << 23;
/** Smaller ones are judged at once: a worker would have to start first. */
const SMALL = 1 << 16;
/** Units that are listed at first, and so many more each time more are asked for. */
const LISTED = 12;
export const MORE = 100;

/** Whether a weight has units, and not too many values. */
export const hasUnits = ({kind, shape, size}: Pick<WeightInfo, 'kind' | 'shape' | 'size'>): boolean => size <= MOST_VALUES && unitsOf(kind, shape) !== null;

/** Dead and duplicate units of a weight; `null` of what has no units, or is too large. @returns rejects with the signal's reason */
export async function badgesOf({data, shape}: TensorValues, kind: WeightKind, options: BadgeOptions, slices: SliceOptions): Promise<Badges | null> {
  const layout = unitsOf(kind, shape);
  if (!layout || data.length > MOST_VALUES) return null;
  return data.length < SMALL ? runSliced(badgesSteps(data, layout, options), slices) : compute('badges', [data, layout, options], slices);
}

/** How many units are odd. */
export interface OddCounts {
  readonly dead: number;
  readonly duplicates: number;
  readonly opposites: number;
}

export const countsOf = ({dead, duplicates, opposites}: Badges): OddCounts => ({dead: dead.length, duplicates: duplicates.length, opposites: opposites.length});

/** What is odd in a few words each, for a tile; none where there is nothing odd. */
export function badgeTexts({dead, duplicates, opposites}: OddCounts, lang: string): string[] {
  const all = [['badgeDead', dead], ['badgeTwins', duplicates], ['badgeOpposites', opposites]] as const;
  return all.filter(([, n]) => n).map(([key, n]) => say(lang, key, {n: formatCount(n, lang)}));
}

/** The first index of a unit's values. */
export function indexOfUnit(kind: WeightKind, shape: readonly number[], unit: number): number[] {
  const index = shape.map(() => 0);
  const last = shape.length - 1;
  if (kind === 'depthwise') [index[last - 1], index[last]] = [Math.floor(unit / shape[last]!), unit % shape[last]!];
  else index[kind === 'embedding' ? 0 : kind.endsWith('transpose') ? last - 1 : last] = unit;
  return index;
}

/** Units that are listed alike. */
export type UnitList = 'dead' | 'twins' | 'odd';

/** How units are told. */
export interface UnitsLook {
  readonly options: BadgeOptions;
  /** So many more of each list are shown than at first. */
  readonly more: Readonly<Record<UnitList, number>>;
  readonly lang: string;
}

export interface UnitsActions {
  /** Shows a unit. */
  go(unit: number): void;
  /** Another rule is set. */
  set(options: BadgeOptions): void;
  /** More of a list are asked for. */
  more(list: UnitList): void;
}

/** The rule with its thresholds, which can be set, and the units that it fits. */
export function unitsSection(found: Badges, {options, more, lang}: UnitsLook, on: UnitsActions): TemplateResult {
  const {dead, duplicates, opposites, odd, rule, units} = found;
  const title = html`<h3>${say(lang, 'unitsTitle', {n: formatCount(units, lang)})}</h3>`;
  if (rule.looked === 'none') return html`${title}<p>${say(lang, 'unitsNone')}</p>`;
  const link = (unit: number): TemplateResult => html`<button class="link" type="button" aria-label=${say(lang, 'unitLink', {n: unit})} @click=${() => on.go(unit)}>${unit}</button>`;
  const list = <T>(name: UnitList, items: ArrayLike<T>, item: (of: T) => TemplateResult): TemplateResult => {
    const most = LISTED + more[name];
    const left = items.length - most;
    const shown = Array.from({length: Math.min(items.length, most)}, (_, i) => html`${i ? ', ' : ''}<span>${item(items[i]!)}</span>`);
    return html`<span data-list=${name}>${shown}</span>${left > 0 ? html` <button class="link" type="button" @click=${() => on.more(name)}>… ${say(lang, 'unitsMore', {n: formatCount(left, lang)})}</button>` : nothing}`;
  };
  const twins = [...duplicates, ...opposites];
  const field = (label: string, value: number, fits: (v: number) => boolean, wrong: string, set: (v: number) => void): TemplateResult => {
    const change = (event: Event): void => {
      const input = event.target as HTMLInputElement;
      const v = input.valueAsNumber;
      input.setCustomValidity(fits(v) ? '' : wrong);
      if (input.reportValidity()) set(v);
    };
    return html`<label>${label} <input class="field" type="number" step="any" .value=${String(value)} @change=${change} /></label>`;
  };
  return html`${title}
    <p>${dead.length ? html`${say(lang, 'unitsDead')} ${list('dead', dead, link)}` : say(lang, 'unitsNoDead')}</p>
    <p>${rule.looked === 'short' ? say(lang, 'unitsShort') : rule.looked === 'many' ? say(lang, 'unitsMany') : twins.length ? html`${say(lang, 'unitsTwins')} ${list('twins', twins, ({unit, of, cosine}) => html`${link(unit)} ${cosine < 0 ? '≈ −' : '≈'} ${link(of)} (${formatShort(cosine, 5)})`)}` : say(lang, 'unitsNoTwins')}</p>
    ${odd.length ? html`<p>${say(lang, 'unitsOdd')} ${list('odd', odd, link)}</p>` : nothing}
    <div class="rule muted">
      ${field(say(lang, 'unitsDeadRule'), options.dead ?? rule.dead, (v) => v >= 0 && v < Infinity, say(lang, 'unitsDeadWrong'), (v) => on.set({...options, dead: v}))}
      ${field(say(lang, 'unitsTwinRule'), options.cosine ?? rule.cosine, (v) => v > 0 && v < 1, say(lang, 'unitsTwinWrong'), (v) => on.set({...options, cosine: v}))}
    </div>`;
}
