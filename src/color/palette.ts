import {Problem} from '../words/strings.js';

/** A colour as ImageData holds it in a Uint32Array on a little-endian machine: 0xAABBGGRR. */
export type Rgba = number;

/** A colour scheme, sampled once. */
export interface Palette {
  /** As d3-scale-chromatic has it: `viridis`, `RdBu`. */
  readonly name: string;
  /** 1,024 colours from the low end to the high. */
  readonly table: Uint32Array;
  /** For values below and above the domain: hues that the table has not. */
  readonly under: Rgba;
  readonly over: Rgba;
}

/** Colours in a table. */
export const ENTRIES = 1024;

export const rgba = (r: number, g: number, b: number): Rgba => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
export const channels = (color: Rgba): [r: number, g: number, b: number] => [color & 255, (color >> 8) & 255, (color >> 16) & 255];
export const cssColor = (color: Rgba): string => `rgb(${channels(color).join(' ')})`;

/** Relative luminance by WCAG 2, 0 to 1. */
export function luminance(color: Rgba): number {
  const [r, g, b] = channels(color).map((c) => (c <= 10 ? c / 3294 : ((c / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** `#rrggbb` or `rgb(r, g, b)`, as d3's interpolators give them. */
export function parseColor(text: string): Rgba {
  if (text[0] === '#') {
    const n = parseInt(text.slice(1, 7), 16);
    return rgba(n >> 16, (n >> 8) & 255, n & 255);
  }
  const [r = 0, g = 0, b = 0] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return rgba(Math.round(r), Math.round(g), Math.round(b));
}

/**
 * What lies below and above a domain has one of these: far from the colours of NaN and the infinities, from a white and
 * from a dark page.
 */
const UNDER = ['#7a3cff', '#008577', '#96714a', '#8a9a00'].map(parseColor);
const OVER = ['#ff8a00', '#e6194b', '#ffd400', '#ff9eb5'].map(parseColor);

/** A colour in Oklab (Ottosson, 2020), where distances are about as large as they look. */
export function oklab(color: Rgba): [l: number, a: number, b: number] {
  const [r, g, b] = channels(color).map((c) => (c <= 10 ? c / 3294 : ((c / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** The candidate whose nearest neighbour in the table, and among others, is farthest. */
function apart(candidates: readonly Rgba[], table: Uint32Array, ...others: readonly Rgba[]): Rgba {
  const some = [...Array.from({length: 32}, (_, i) => table[i * 33]!), ...others].map(oklab);
  const room = (color: Rgba): number => {
    const own = oklab(color);
    return Math.min(...some.map((other) => Math.hypot(...other.map((v, i) => v - own[i]!))));
  };
  return candidates.reduce((best, color) => (room(color) > room(best) ? color : best));
}

const names = new Map<string, (t: number) => string>();
let loading: Promise<void> | undefined;

/** Fetches the schemes, once; `palette` needs them. */
export function loadPalettes(): Promise<void> {
  return (loading ??= import('d3-scale-chromatic').then((chromatic) => {
    for (const [key, value] of Object.entries(chromatic)) {
      if (key.startsWith('interpolate')) names.set(key.slice(11).toLowerCase(), value as (t: number) => string);
    }
  }));
}

const palettes = new Map<string, Palette>();

/**
 * The palette of a d3-scale-chromatic interpolator, by its name in any case, with or without `interpolate`. Needs
 * `loadPalettes` to have been awaited.
 * @throws Problem for a name that it has not
 */
export function palette(name: string, reverse: boolean): Palette {
  const plain = name.trim().replace(/^interpolate/i, '').toLowerCase();
  const key = `${plain} ${reverse}`;
  const known = palettes.get(key);
  if (known) return known;
  const interpolate = names.get(plain);
  if (!interpolate) {
    throw new Problem('badScheme', {scheme: name, examples: 'viridis, magma, cividis, RdBu, PuOr, BrBG, Greys'});
  }
  const table = new Uint32Array(ENTRIES);
  for (let i = 0; i < ENTRIES; i++) table[reverse ? ENTRIES - 1 - i : i] = parseColor(interpolate(i / (ENTRIES - 1)));
  const under = apart(UNDER, table);
  const made = {name: plain, table, under, over: apart(OVER, table, under)};
  palettes.set(key, made);
  return made;
}
