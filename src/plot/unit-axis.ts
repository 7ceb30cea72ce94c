import {NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY} from '../compute/line-pyramid.js';
import {adoptSeriesSteps, reduceSeries, type Series} from '../compute/series.js';
import type {Axis, Columns, LineMark, Reduced} from './types.js';

/** Points from which a curve is drawn from fewer. */
const MANY = 4000;
/** What is not finite, by its bit. */
const ODD = [[NEGATIVE_INFINITY, -Infinity], [POSITIVE_INFINITY, Infinity], [NAN, NaN]] as const;

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

/** Long curves over one x, which ascends, made ready to be drawn from few points; `null` of short ones. */
export function* longCurve(x: Float64Array, ...ys: Float64Array[]): Generator<number, Series | null> {
  return x.length > MANY ? yield* adoptSeriesSteps(x, ys) : null;
}

/** Draws a long curve from few points that look the same. @param column which of the curves over one x */
export function fewer(curve: Series | null, column = 0): Pick<LineMark, 'reduce'> {
  if (!curve) return {};
  const {x, ys: {[column]: y}} = curve;
  const reduce = (from: number, to: number, pixels: number): Reduced => {
    const {points, breaks, special} = reduceSeries(curve, column, from, to, pixels);
    const odd: {x: number; value: number}[] = [];
    // NaN last, on top
    for (const [flag, value] of ODD) special.forEach((flags, c) => flags & flag && odd.push({x: from + ((to - from) * (c + 0.5)) / pixels, value}));
    return {x: Float64Array.from(points, (i) => x[i]!), y: Float64Array.from(points, (i) => y![i]!), breaks, odd};
  };
  return {reduce};
}
