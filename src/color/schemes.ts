import * as chromatic from 'd3-scale-chromatic';

// Fetched before the first picture.

/** The interpolators of d3-scale-chromatic by name in lower case: `viridis`, `rdbu`. */
export const schemes: ReadonlyMap<string, (t: number) => string> = new Map(
  Object.entries(chromatic)
    .filter(([key]) => key.startsWith('interpolate'))
    .map(([key, value]) => [key.slice(11).toLowerCase(), value as (t: number) => string]),
);

type Triple = readonly [number, number, number];

/**
 * What lies below and above a domain has one of these, in sRGB: far from the colours of NaN and the infinities, from a
 * white and from a dark page.
 */
const UNDER: readonly Triple[] = [[122, 60, 255], [0, 133, 119], [150, 113, 74], [138, 154, 0]];
const OVER: readonly Triple[] = [[255, 138, 0], [230, 25, 75], [255, 212, 0], [255, 158, 181]];

/** A colour of sRGB, 0 to 255, in Oklab (Ottosson, 2020), where distances are about as large as they look. */
export function oklab(color: Triple): Triple {
  const [r, g, b] = color.map((c) => (c <= 10 ? c / 3294 : ((c / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** The candidate whose nearest neighbour among the others is farthest. */
function apart(candidates: readonly Triple[], others: readonly Triple[]): Triple {
  const taken = others.map(oklab);
  const room = (color: Triple): number => {
    const own = oklab(color);
    return Math.min(...taken.map((other) => Math.hypot(...other.map((v, i) => v - own[i]!))));
  };
  return candidates.reduce((best, color) => (room(color) > room(best) ? color : best));
}

/** Colours for below and above the domain: hues that these colours of a scheme have not, told apart from each other too. */
export function beyondColors(colors: readonly Triple[]): {under: Triple; over: Triple} {
  const under = apart(UNDER, colors);
  return {under, over: apart(OVER, [...colors, under])};
}
