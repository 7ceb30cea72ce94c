import {parseDomain} from '../color/scale.js';
import {Problem} from '../words/strings.js';
import type {ViewSettings} from './heatmap-view.js';

/** How a heatmap is asked to look, as attributes have it; `null` and the empty text are the default. */
export interface HeatmapOptions {
  readonly arrange: string | null;
  readonly mark: string | null;
  readonly aspect: string | null;
  readonly scheme: string | null;
  readonly reverse: boolean;
  readonly domain: string | readonly [number, number] | null;
  readonly center: number | string | null;
  readonly transform: string | null;
  readonly domainPer: string | null;
  readonly pool: string | null;
  readonly annotate: boolean;
}

/** One of a few words, the first by default. @throws Problem for any other */
export function oneOf<T extends string>(name: string, value: string | null | undefined, allowed: readonly T[]): T {
  if (value === null || value === undefined || value === '') return allowed[0]!;
  if (!allowed.includes(value as T)) throw new Problem('badOption', {name, value, expected: allowed.join(', ')});
  return value as T;
}

/** `none` is no centre at all; anything else must be a number. */
function centerOf(value: number | string | null): number | null {
  if (value === null || value === '') return 0;
  if (value === 'none') return null;
  const center = Number(value);
  if (!Number.isFinite(center)) throw new Problem('badOption', {name: 'center', value: String(value), expected: '0, none'});
  return center;
}

/**
 * Checks options and fills in the contract's defaults.
 * @param sharedRange the range of all weights, where it is known
 * @throws Problem that names the option, what it was and what it can be
 */
export function readSettings(options: HeatmapOptions, sharedRange: ViewSettings['sharedRange']): ViewSettings {
  const domain = parseDomain(options.domain);
  const scheme = options.scheme?.trim();
  return {
    arrange: options.arrange?.trim() || null,
    mark: oneOf('mark', options.mark, ['cell', 'square']),
    aspect: oneOf('aspect', options.aspect, ['auto', 'equal']),
    scale: {
      scheme: !scheme || scheme === 'auto' ? null : scheme,
      reverse: options.reverse,
      domain,
      center: centerOf(options.center),
      transform: oneOf('transform', options.transform, ['linear', 'symlog', 'log', 'rank']),
    },
    domainPer: oneOf('domain-per', options.domainPer, ['all', 'tile', 'row', 'column']),
    pool: oneOf('pool', options.pool, ['extreme', 'mean']),
    annotate: options.annotate,
    sharedRange: domain === 'shared' ? sharedRange : null,
  };
}
