import {Problem} from '../words/strings.js';
import type {ModelWeights, WeightInfo} from './types.js';

const suffix = (whole: string, end: string): boolean => whole === end || whole.endsWith(`/${end}`);

/** Names first, then an index; names by their whole address before their last parts. */
function pick<T>(items: readonly T[], nameOf: (item: T) => string, wanted: string | number): T | undefined {
  const name = String(wanted);
  return (
    items.find((item) => nameOf(item) === name) ??
    (name && isNaN(Number(name)) ? items.find((item) => suffix(nameOf(item), name)) : undefined) ??
    (/^-?\d+$/.test(name) ? items.at(Number(name)) : undefined)
  );
}

/**
 * The weights that `layer` and `weight` point at, the first of them the one meant: a layer by address, by the last
 * part of its address or by index among those with weights; a weight by name or index within its layer, or, without a
 * layer, by its whole address or index.
 * @throws Problem that names the nearest
 */
export function findWeights(model: ModelWeights, layer: string | number | null, weight: string | number | null): WeightInfo[] {
  const {weights} = model;
  if (layer === null || layer === '') {
    const found = pick(weights, (w) => w.address, weight!);
    if (!found) throw new Problem('noWeight', {name: String(weight), near: near(weights.map((w) => w.address), String(weight))});
    return [found, ...weights.filter((w) => w.layer === found.layer && w !== found)];
  }
  const layers = [...new Set(weights.map((w) => w.layer))];
  const name = pick(layers, (l) => l, layer);
  if (name === undefined) {
    const whole = pick(weights, (w) => w.address, layer);
    if (whole && weight === null) return findWeights(model, null, whole.address);
    throw new Problem('noLayer', {name: String(layer), near: near(layers, String(layer))});
  }
  const own = weights.filter((w) => w.layer === name);
  if (weight === null || weight === '') return own;
  const found = pick(own, (w) => w.weight, weight) ?? own.find((w) => w.address === weight);
  if (!found) throw new Problem('noWeight', {name: `${name}/${weight}`, near: near(own.map((w) => w.weight), String(weight))});
  return [found, ...own.filter((w) => w !== found)];
}

/** Up to three names that are most like one, by the letters in common at their start, end and in pairs. */
function near(names: readonly string[], wanted: string): string {
  const pairs = (s: string): Set<string> => new Set(Array.from({length: Math.max(0, s.length - 1)}, (_, i) => s.slice(i, i + 2).toLowerCase()));
  const own = pairs(wanted);
  const like = (name: string): number => {
    const other = pairs(name);
    let both = 0;
    for (const p of own) if (other.has(p)) both++;
    return both / (own.size + other.size || 1);
  };
  const best = names.slice(0, 5000).map((name) => ({name, like: like(name)}));
  best.sort((a, b) => b.like - a.like);
  return best.slice(0, 3).map((b) => `“${b.name}”`).join(', ');
}
