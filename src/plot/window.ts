import {type AxisScale, axisScale} from '../color/scale.js';
import type {Axis, Panel} from './types.js';

/** What part of a panel is seen, in shares of its axes' domains: 0 to 1 is all. */
export interface Window {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** All of a panel. */
export const WHOLE: Window = {x: [0, 1], y: [0, 1]};

/** How deep a zoom goes: shares smaller than that are below what float64 keeps apart. */
const LEAST = 1e-9;

/** Whether all is seen, and no more. */
export const isWhole = (w: Window): boolean => w.x[0] === 0 && w.x[1] === 1 && w.y[0] === 0 && w.y[1] === 1;

type Side = readonly [number, number];

/** Keeps a side within the domain. */
function kept([lo, hi]: Side): Side {
  const span = Math.min(1, hi - lo);
  const from = Math.min(Math.max(lo, 0), 1 - span);
  return [from, from + span];
}

function zoomSide([lo, hi]: Side, factor: number, at: number): Side {
  const span = Math.max(LEAST, (hi - lo) / factor);
  const point = lo + at * (hi - lo);
  return kept([point - at * span, point + (1 - at) * span]);
}

/**
 * Magnifies about a point, which stays where it is unless the panel would leave its box.
 * @param factor over 1 grows
 * @param px shares of the box from its left, py from its bottom
 */
export function zoomWindow(w: Window, factor: number, px: number, py: number, zoom: Panel['zoom'] = 'both'): Window {
  if (zoom === 'none') return w;
  return {x: zoomSide(w.x, factor, px), y: zoom === 'x' ? w.y : zoomSide(w.y, factor, py)};
}

/** Moves what is seen by shares of the box: right and up are positive. */
export function panWindow(w: Window, dx: number, dy: number): Window {
  const move = ([lo, hi]: Side, by: number): Side => kept([lo - by * (hi - lo), hi - by * (hi - lo)]);
  return {x: move(w.x, dx), y: move(w.y, dy)};
}

/** A window that holds a point given in shares of the domain, moved no more than it must. */
export function revealIn(w: Window, x: number, y: number): Window {
  const side = ([lo, hi]: Side, at: number): Side => (at < lo ? kept([at, at + hi - lo]) : at > hi ? kept([at - (hi - lo), at]) : [lo, hi]);
  return {x: side(w.x, x), y: side(w.y, y)};
}

/** The numbers of an axis at its fit: of bands, their count. */
export const fitScale = ({type, domain}: Axis): AxisScale => axisScale(spread(domain, type), type === 'band' ? 'linear' : type);

/** The part of an axis that is seen. */
export function seenScale(axis: Axis, [lo, hi]: Side): AxisScale {
  const fit = fitScale(axis);
  if (lo === 0 && hi === 1) return fit;
  return axisScale([fit.fromUnit(lo), fit.fromUnit(hi)], axis.type === 'band' ? 'linear' : axis.type, fit.constant);
}

/** A domain with some width: one value lies in the middle of it. */
function spread([lo, hi]: Side, type: Axis['type']): Side {
  if (lo < hi) return [lo, hi];
  if (type === 'log') return lo > 0 ? [lo / 2, lo * 2] : [0.1, 1];
  const reach = Math.abs(lo) * 0.1 || 1;
  return Number.isFinite(lo) ? [lo - reach, lo + reach] : [0, 1];
}
