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

/** The addresses of the layer, or of the nested model, that is meant; `undefined` where there is none. */
function pickLayer({weights, layers}: ModelWeights, layer: string | number): string[] | undefined {
  const all = [...new Set([...weights.map((w) => w.layer), ...(layers ?? []).map((l) => l.address)])];
  const name = String(layer);
  const named = all.find((l) => l === name) ?? (isNaN(Number(name)) ? all.find((l) => suffix(l, name)) : undefined);
  if (named !== undefined) return [named];
  const nested = all.filter((l) => l.startsWith(`${name}/`));
  if (nested.length) return nested;
  if (!/^-?\d+$/.test(name)) return undefined;
  if (!layers) return all.slice(Number(name), Number(name) + 1 || undefined);
  const last = Math.max(...layers.map((l) => l.top));
  const top = Number(name) < 0 ? last + 1 + Number(name) : Number(name);
  const own = layers.filter((l) => l.top === top).map((l) => l.address);
  return own.length ? own : undefined;
}

/**
 * The weights that `layer` and `weight` point at, the first of them the one meant: a layer by address, by the last
 * part of its address or by its index in the model; a weight by name or index within its layer, or, without a layer,
 * by its whole address or index.
 * @throws Problem that names the nearest
 */
export function findWeights(model: ModelWeights, layer: string | number | null, weight: string | number | null): WeightInfo[] {
  const {weights} = model;
  if (layer === null || layer === '') {
    const found = pick(weights, (w) => w.address, weight!);
    if (!found) throw new Problem('noWeight', {name: String(weight), near: near(weights.map((w) => w.address), String(weight))});
    return [found, ...weights.filter((w) => w.layer === found.layer && w !== found)];
  }
  const addresses = pickLayer(model, layer);
  if (!addresses?.length) {
    const whole = pick(weights, (w) => w.address, layer);
    if (whole && weight === null) return findWeights(model, null, whole.address);
    throw new Problem('noLayer', {name: String(layer), near: near([...new Set(weights.map((w) => w.layer || w.address))], String(layer))});
  }
  // the layer's own, then those of inner layers, which lie below its address
  const isOwn = (w: WeightInfo): boolean => addresses.includes(w.layer);
  const own = [...weights.filter(isOwn), ...weights.filter((w) => !isOwn(w) && addresses.some((a) => w.layer.startsWith(`${a}/`)))];
  if (!own.length) throw new Problem('layerEmpty', {name: addresses[0]!});
  if (weight === null || weight === '') return own;
  const found = pick(own, (w) => w.weight, weight) ?? own.find((w) => w.address === weight);
  if (!found) throw new Problem('noWeight', {name: `${addresses[0]}/${weight}`, near: near(own.map((w) => w.weight), String(weight))});
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
