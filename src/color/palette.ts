import {Problem} from '../words/strings.js';

/** A colour as ImageData holds it in a Uint32Array on a little-endian machine: 0xAABBGGRR. */
export type Rgba = number;

/** A colour scheme, sampled once. */
export interface Palette {
  /** As d3-scale-chromatic has it: `viridis`, `RdBu`. */
  readonly name: string;
  /** 1,024 colours from the low end to the high. */
  readonly table: Uint32Array;
  /** For values below and above the domain: told apart from the table's ends. */
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

const mix = (color: Rgba, toward: number, share: number): Rgba => {
  const [r, g, b] = channels(color).map((c) => Math.round(c + (toward - c) * share)) as [number, number, number];
  return rgba(r, g, b);
};

/** An end's colour, carried on: dark ends darker still, light ones lighter; where there is no room, toward grey. */
function beyond(end: Rgba): Rgba {
  const light = luminance(end);
  if (light > 0.7) return mix(end, 0, 0.35);
  if (light > 0.35) return mix(end, 255, 0.6);
  return light < 0.01 ? mix(end, 255, 0.45) : mix(end, 0, 0.6);
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
  const made = {name: plain, table, under: beyond(table[0]!), over: beyond(table[ENTRIES - 1]!)};
  palettes.set(key, made);
  return made;
}
