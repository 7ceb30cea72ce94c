import {Problem} from '../words/strings.js';
import type * as Schemes from './schemes.js';

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

let loaded: typeof Schemes | undefined;
let loading: Promise<void> | undefined;

/** Fetches the schemes, once; `palette` needs them. */
export function loadPalettes(): Promise<void> {
  return (loading ??= import('./schemes.js').then((all) => {
    loaded = all;
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
  const interpolate = loaded?.schemes.get(plain);
  if (!loaded || !interpolate) {
    throw new Problem('badScheme', {scheme: name, examples: 'viridis, magma, cividis, RdBu, PuOr, BrBG, Greys'});
  }
  const table = new Uint32Array(ENTRIES);
  for (let i = 0; i < ENTRIES; i++) table[reverse ? ENTRIES - 1 - i : i] = parseColor(interpolate(i / (ENTRIES - 1)));
  const {under, over} = loaded.beyondColors(Array.from({length: 32}, (_, i) => channels(table[i * 33]!)));
  const made = {name: plain, table, under: rgba(...under), over: rgba(...over)};
  palettes.set(key, made);
  return made;
}
