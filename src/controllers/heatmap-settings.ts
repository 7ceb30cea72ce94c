import {palette} from '../color/palette.js';
import {parseDomain} from '../color/scale.js';
import {Problem} from '../words/strings.js';
import {type Seen, steady} from './seen.js';
import type {ViewSettings} from './heatmap-view.js';

/** How a heatmap is asked to look, as attributes have it; `null`, `undefined` and the empty text are the default. */
export interface HeatmapOptions {
  readonly arrange: string | null | undefined;
  readonly mark: string | null | undefined;
  readonly aspect: string | null | undefined;
  readonly scheme: string | null | undefined;
  readonly reverse: boolean | undefined;
  readonly domain: string | readonly [number, number] | null | undefined;
  readonly center: number | string | null | undefined;
  readonly transform: string | null | undefined;
  readonly domainPer: string | null | undefined;
  readonly pool: string | null | undefined;
  readonly annotate: boolean | undefined;
  readonly order?: string | null | undefined;
  readonly tiles?: string | null | undefined;
}

/** One of a few words, the first by default. @throws Problem for any other */
export function oneOf<T extends string>(name: string, value: string | null | undefined, allowed: readonly T[]): T {
  if (value === null || value === undefined || value === '') return allowed[0]!;
  if (!allowed.includes(value as T)) throw new Problem('badOption', {name, value, expected: allowed.join(', ')});
  return value as T;
}

/** `none` is no centre at all; anything else must be a number. */
function centerOf(value: number | string | null | undefined): number | null {
  if (value === null || value === undefined || value === '') return 0;
  if (value === 'none') return null;
  const center = Number(value);
  if (!Number.isFinite(center)) throw new Problem('badOption', {name: 'center', value: String(value), expected: '0, none'});
  return center;
}

/**
 * Checks options and fills in the contract's defaults.
 * @param seen what all weights span, where it is known
 * @param schemes whether the colour schemes have been fetched: then the name of one is checked too
 * @throws Problem that names the option, what it was and what it can be
 */
export function readSettings(options: HeatmapOptions, seen: Seen | null, schemes: boolean): ViewSettings {
  const domain = parseDomain(options.domain ?? null);
  const name = options.scheme?.trim();
  const scheme = !name || name === 'auto' ? null : name;
  if (scheme && schemes) palette(scheme, false);
  const scale = {scheme, reverse: !!options.reverse, domain, center: centerOf(options.center), transform: oneOf('transform', options.transform, ['linear', 'symlog', 'log', 'rank'])};
  const shared = domain === 'shared' ? seen : null;
  return {
    arrange: options.arrange?.trim() || null,
    mark: oneOf('mark', options.mark, ['cell', 'square']),
    aspect: oneOf('aspect', options.aspect, ['auto', 'equal']),
    scale: steady(scale, shared),
    domainPer: oneOf('domain-per', options.domainPer, ['all', 'tile', 'row', 'column']),
    pool: oneOf('pool', options.pool, ['extreme', 'mean']),
    annotate: !!options.annotate,
    tiles: oneOf('tiles', options.tiles, ['heatmaps', 'distributions']),
    order: oneOf('order', options.order, ['none', 'norm', 'norm-l1', 'cluster', 'cluster-cosine']),
    sharedRange: shared && shared.all,
  };
}
