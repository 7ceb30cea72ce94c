import {html, nothing, type TemplateResult} from 'lit';
import {formatCount, formatShort} from '../color/format.js';
import {type BadgeOptions, type Badges, badgesSteps} from '../compute/badges.js';
import {runSliced, type SliceOptions} from '../compute/slices.js';
import {unitsOf} from '../compute/units.js';
import type {TensorValues, WeightKind} from '../tensor/types.js';
import {say} from '../words/judge.js';
import {compute} from './compute-worker.js';

// Fetched when units are looked at.

/** Larger weights are not judged unasked. */
const MOST_VALUES = 1 << 23;
/** Smaller ones are judged at once: a worker would have to start first. */
const SMALL = 1 << 16;
/** Units that are listed at once. */
const LISTED = 12;

/** What was found of an array, by thresholds; arrays never change. */
const known = new WeakMap<object, Map<string, Promise<Badges>>>();

/** Dead and duplicate units of a weight; `null` of what has no units, or is too large. @returns rejects with the signal's reason */
export async function badgesOf({data, shape}: TensorValues, kind: WeightKind, options: BadgeOptions, slices: SliceOptions): Promise<Badges | null> {
  const layout = unitsOf(kind, shape);
  if (!layout || data.length > MOST_VALUES) return null;
  const key = JSON.stringify(options);
  const own = known.get(data) ?? new Map<string, Promise<Badges>>();
  known.set(data, own);
  let found = own.get(key);
  if (!found) {
    own.set(key, (found = data.length < SMALL ? runSliced(badgesSteps(data, layout, options), slices) : compute('badges', [data, layout, options], slices)));
    found.catch(() => own.delete(key)); // given up: asked again it begins anew
  }
  return found;
}

/** Badges in a few words, for a tile; none where there is nothing odd. */
export function badgeTexts(found: Badges | null, lang: string): string[] {
  if (!found) return [];
  const out: string[] = [];
  if (found.dead.length) out.push(say(lang, 'badgeDead', {n: formatCount(found.dead.length, lang)}));
  const twins = found.duplicates.length + found.opposites.length;
  if (twins) out.push(say(lang, 'badgeTwins', {n: formatCount(twins, lang)}));
  return out;
}

/** The first index of a unit's values. */
export function indexOfUnit(kind: WeightKind, shape: readonly number[], unit: number): number[] {
  const index = shape.map(() => 0);
  const last = shape.length - 1;
  if (kind === 'depthwise') [index[last - 1], index[last]] = [Math.floor(unit / shape[last]!), unit % shape[last]!];
  else index[kind === 'embedding' ? 0 : kind.endsWith('transpose') ? last - 1 : last] = unit;
  return index;
}

/** The rule with its thresholds, which can be set, and the units that it fits. @param go shows a unit */
export function unitsSection(found: Badges, options: BadgeOptions, lang: string, go: (unit: number) => void, set: (options: BadgeOptions) => void): TemplateResult {
  const {dead, duplicates, opposites, rule, units} = found;
  const link = (unit: number): TemplateResult => html`<button class="link" type="button" @click=${() => go(unit)}>${unit}</button>`;
  const list = (items: readonly TemplateResult[]): TemplateResult => html`${items.slice(0, LISTED).map((item, i) => html`${i ? ', ' : ''}${item}`)}${items.length > LISTED ? ` … (${formatCount(items.length, lang)})` : ''}`;
  const twins = [...duplicates, ...opposites].map(({unit, of, cosine}) => html`${link(unit)} ${cosine < 0 ? '≈ −' : '≈'} ${link(of)} (${formatShort(cosine, 5)})`);
  const field = (label: string, value: number, on: (v: number) => void): TemplateResult => html`<label>${label} <input class="field" type="number" step="any" min="0" .value=${String(value)} @change=${(event: Event) => on((event.target as HTMLInputElement).valueAsNumber)} /></label>`;
  return html`<h3>${say(lang, 'unitsTitle', {n: formatCount(units, lang)})}</h3>
    <p>${dead.length ? html`${say(lang, 'unitsDead')} ${list(Array.from(dead, link))}` : say(lang, 'unitsNoDead')}</p>
    <p>${rule.looked === 'short' ? say(lang, 'unitsShort') : rule.looked === 'many' ? say(lang, 'unitsMany') : twins.length ? html`${say(lang, 'unitsTwins')} ${list(twins)}` : say(lang, 'unitsNoTwins')}</p>
    <div class="rule muted">
      ${field(say(lang, 'unitsDeadRule'), options.dead ?? rule.dead, (v) => v >= 0 && v < Infinity && set({...options, dead: v}))}
      ${field(say(lang, 'unitsTwinRule'), options.cosine ?? rule.cosine, (v) => v > 0 && v < 1 && set({...options, cosine: v}))}
    </div>
    ${nothing}`;
}
