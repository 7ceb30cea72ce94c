import {buildSeriesSteps, reduceSeries, type Series} from '../compute/series.js';
import type {Axis, Columns, LineMark, Reduced} from './types.js';

/** Points from which a curve is drawn from fewer. */
const MANY = 4000;

/** An axis of rates from 0 to 1, with room for lines at its ends. @param least the least rate above 0, where a log axis begins */
export function unitAxis(title: string, type: 'linear' | 'log' | 'symlog', least: number): Axis {
  return {title, type, domain: type === 'linear' ? [-0.015, 1.015] : type === 'log' ? [Math.min(least, 0.5) * 0.8, 1.15] : [0, 1.2]};
}

/** The least of some rates above 0; 1 where none is. */
export function leastAbove0(values: Float64Array, before = 1): number {
  let least = before;
  for (const v of values) if (v > 0 && v < least) least = v;
  return least;
}

/** Points on their axes: on a log axis, 0 lies at its lower end. */
export function onAxes({x, y}: {x: Float64Array; y: Float64Array}, xAxis: Axis, yAxis: Axis): Columns {
  const kept = (values: Float64Array, {type, domain: [lo]}: Axis): Float64Array => (type === 'log' ? values.map((v) => (v < lo ? lo : v)) : values);
  return {x: kept(x, xAxis), y: kept(y, yAxis)};
}

/** Where x and y are alike: straight, unless only one axis is. */
export function diagonal(xAxis: Axis, yAxis: Axis): LineMark {
  const x = Float64Array.from({length: 129}, (_, i) => i / 128);
  const lo = Math.log(Math.max(Number.MIN_VALUE, xAxis.type === 'log' ? xAxis.domain[0] : yAxis.type === 'log' ? yAxis.domain[0] : 1e-4));
  const bent = xAxis.type !== 'linear' || yAxis.type !== 'linear' ? x.map((t) => Math.exp(lo * (1 - t))) : Float64Array.of(0, 1);
  return {kind: 'line', points: {x: bent, y: bent}, color: 'muted', width: 1, dash: [4, 3]};
}

/** A long curve of rates, x ascending, made ready to be drawn from few points; `null` of a short one. */
export function* longCurve(x: Float64Array, y: Float64Array): Generator<number, Series | null> {
  return x.length > MANY ? yield* buildSeriesSteps(x, [y], {capacity: x.length}) : null;
}

/** Draws a long curve from few points that look the same. */
export function fewer(curve: Series | null): Pick<LineMark, 'reduce'> {
  if (!curve) return {};
  const reduce = (from: number, to: number, pixels: number): Reduced => {
    const {points, breaks} = reduceSeries(curve, 0, from, to, pixels);
    return {x: Float64Array.from(points, (i) => curve.x[i]!), y: Float64Array.from(points, (i) => curve.ys[0]![i]!), breaks, odd: []};
  };
  return {reduce};
}
