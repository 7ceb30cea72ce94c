import {html, nothing, type TemplateResult} from 'lit';
import {formatCount, formatShort} from '../color/format.js';
import {MOST_SIDE, type Spectrum} from '../compute/spectrum.js';
import {runSliced, type SliceOptions} from '../compute/slices.js';
import {unitRowsSteps, type Units, unitsOf} from '../compute/units.js';
import type {TensorValues, WeightKind} from '../tensor/types.js';
import {say} from '../words/judge.js';
import {compute} from './compute-worker.js';

// Fetched when singular values are asked for.

/** A weight as a matrix: what it is, or its units × the rest. */
function matrixOf(kind: WeightKind, shape: readonly number[]): Units | null {
  if (shape.length === 2) return {outer: 1, units: shape[0]!, inner: shape[1]!};
  return shape.length > 2 ? unitsOf(kind, shape) : null;
}

/** The button that asks for the singular values of a weight, or why they are too many; nothing where it has none. */
export function spectrumOffer(kind: WeightKind, shape: readonly number[], lang: string, ask: () => void): TemplateResult | typeof nothing {
  const m = matrixOf(kind, shape);
  if (!m || m.units * m.outer * m.inner === 0) return nothing;
  if (Math.min(m.units, m.outer * m.inner) > MOST_SIDE) return html`<p class="muted">${say(lang, 'spectrumLarge', {most: formatCount(MOST_SIDE, lang)})}</p>`;
  return html`<p><button class="link" type="button" @click=${ask}>${say(lang, 'spectrumAsk')}</button></p>`;
}

/** Singular values of a weight. @returns rejects with the signal's reason */
export async function spectrumOf({data, shape}: TensorValues, kind: WeightKind, options: SliceOptions): Promise<Spectrum> {
  const m = matrixOf(kind, shape)!;
  const rows = await runSliced(unitRowsSteps(data, m), options);
  return compute('spectrum', [rows, m.units, m.outer * m.inner], options);
}

/** Width and height of the curve's own units. */
const [WIDE, HIGH] = [200, 60];

/** The singular values on a logarithmic scale, and what they say of the rank. */
export function spectrumSection({values, effectiveRank, stableRank, condition, rank, odd}: Spectrum, lang: string): TemplateResult {
  const title = html`<h3>${say(lang, 'spectrumTitle')}</h3>`;
  if (odd) return html`${title}<p>${say(lang, 'spectrumOdd', {n: formatCount(odd, lang)})}</p>`;
  const first = values[0] ?? 0;
  const positive = Array.from(values).filter((v) => v > 0);
  const least = Math.log10(Math.max(positive.at(-1) ?? 1, first * 1e-8));
  const most = Math.log10(first || 1);
  const x = (i: number): number => (values.length > 1 ? (i / (values.length - 1)) * WIDE : WIDE / 2);
  const y = (v: number): number => HIGH - ((Math.max(least, Math.log10(v || 1e-300)) - least) / (most - least || 1)) * HIGH;
  const rows: [string, string][] = [
    [say(lang, 'spectrumFirst'), formatShort(first, 5)],
    [say(lang, 'spectrumLast'), formatShort(values.at(-1) ?? NaN, 5)],
    [say(lang, 'spectrumRank'), `${formatCount(rank, lang)} / ${formatCount(values.length, lang)}`],
    [say(lang, 'spectrumEffective'), formatShort(effectiveRank, 4)],
    [say(lang, 'spectrumStable'), formatShort(stableRank, 4)],
    [say(lang, 'spectrumCondition'), formatShort(condition, 4)],
  ];
  return html`${title}
    <svg class="spectrum" viewBox="-2 -3 ${WIDE + 4} ${HIGH + 6}" preserveAspectRatio="none" role="img" aria-label=${say(lang, 'spectrumCurve', {n: formatCount(values.length, lang), from: formatShort(first), to: formatShort(values.at(-1) ?? NaN)})}>
      <polyline points=${Array.from(values, (v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(' ')} />
    </svg>
    <dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
