import {
  type CallDef,
  innerLayer,
  type Json,
  type LayerDef,
  list,
  type ModelDef,
  object,
  OUTSIDE,
  type Ref,
  type Remarks,
  stateInputs,
  text,
  whole,
} from './layer-defs.js';

/** Models nested deeper are taken for a broken file and drawn as one node. */
const DEEPEST = 40;

/** So many layers are read at a stretch. */
const SLICE = 500;

/** A call's inputs before names are looked up. */
interface Named {
  readonly name: string;
  readonly call: number;
  readonly tensor: number;
  readonly state: boolean;
}

interface Raw {
  readonly item: Json;
  readonly name: string;
  readonly calls: readonly (readonly Named[])[];
}

/** Reads the description of a model, with the models nested in it, out of a parsed topology. */
export class ModelReader {
  /** Numbers layers without a name, as the reading of weights does. */
  #leaves = 0;
  readonly #remarks: Remarks;

  constructor(remarks: Remarks) {
    this.#remarks = remarks;
  }

  /** The entries of a model's list of layers, `undefined` where it is no model. */
  static layersIn(node: Json | undefined): readonly unknown[] | undefined {
    return list(node?.config) ?? list(object(node?.config)?.layers);
  }

  /** In steps of a few milliseconds; the share done is not known, so each yields 0. */
  *read(node: Json, path: readonly string[] = [], depth = 0): Generator<number, ModelDef> {
    const config = object(node.config) ?? {};
    const raws: Raw[] = [];
    const byName = new Map<string, number>();
    const entries = (ModelReader.layersIn(node) ?? []).map((entry, i) => {
      const item = object(entry);
      if (!item) this.#remarks.add('remarkNoLayer', {n: i, model: text(config.name) ?? ''});
      return item;
    });
    const items = entries.filter((item) => item !== undefined);
    // names first: a call may refer to a layer further down
    for (const [i, item] of items.entries()) {
      for (const name of new Set([text(item.name), text(object(item.config)?.name)])) {
        if (name !== undefined && !byName.has(name)) byName.set(name, i);
      }
    }
    const type = text(node.class_name) ?? 'Model';
    const chain = type === 'Sequential' || list(node.config) !== undefined || !(config.input_layers !== undefined || items.some((l) => list(l.inbound_nodes)?.length));
    for (const [i, item] of items.entries()) {
      if (i % SLICE === SLICE - 1) yield 0;
      const name = text(object(item.config)?.name) ?? text(item.name) ?? '';
      raws.push({item, name, calls: chain ? [] : (list(item.inbound_nodes) ?? []).map((call) => namedInputs(call, byName))});
    }
    yield 0;
    const nodes = raws.map(({item}) => ModelReader.layersIn(item) !== undefined);
    const shift = shifts(raws, nodes, byName, [config.input_layers, config.output_layers]);
    yield 0;
    const look = (named: Named, user: string): Ref | undefined => {
      const layer = byName.get(named.name);
      const call = layer === undefined ? -1 : named.call - shift[layer]!;
      if (layer === undefined || call < 0 || call >= Math.max(1, raws[layer]!.calls.length) || named.tensor < 0) {
        this.#remarks.add('remarkDangling', {name: user, from: named.name});
        return undefined;
      }
      return {layer, call, tensor: named.tensor, ...(named.state && {state: true})};
    };
    const layers: LayerDef[] = [];
    for (const [i, {item, name, calls}] of raws.entries()) {
      if (i % SLICE === SLICE - 1) yield 0;
      const given: CallDef[] = chain
        ? [{inputs: [{layer: i ? i - 1 : OUTSIDE, call: 0, tensor: 0}]}]
        : calls.map((inputs) => ({inputs: inputs.map((n) => look(n, name)).filter((r) => r !== undefined)}));
      layers.push(yield* this.#layer(item, path, given.length ? given : [{inputs: []}], depth));
    }
    const first = layers[0];
    const refs = (x: unknown): Ref[] =>
      namedInputs(x, byName)
        .map((n) => look(n, text(config.name) ?? type))
        .filter((r) => r !== undefined);
    if (!chain) return {name: text(config.name), type, layers, inputs: refs(config.input_layers), outputs: refs(config.output_layers)};
    const inputs = first?.type === 'InputLayer' ? [{layer: 0, call: 0, tensor: 0}] : [];
    return {name: text(config.name), type, layers, inputs, outputs: layers.length ? [{layer: layers.length - 1, call: 0, tensor: 0}] : []};
  }

  *#layer(item: Json, path: readonly string[], calls: readonly CallDef[], depth: number): Generator<number, LayerDef> {
    const type = text(item.class_name) ?? '';
    const config = object(item.config) ?? {};
    const nested = ModelReader.layersIn(item) !== undefined;
    const given = text(config.name) ?? text(item.name);
    const name = given ?? (list(item.config) ? '' : `layer${this.#leaves}`);
    const here = name ? [...path, name] : path;
    if (!name) this.#remarks.add('remarkNoName', {type});
    const rest = {name, address: here.join('/'), type: type || '?', trainable: config.trainable !== false};
    if (nested && depth < DEEPEST) {
      return {...rest, config, calls: calls.map((c) => ({inputs: [...c.inputs]})), model: yield* this.read(item, here, depth + 1)};
    }
    if (nested) this.#remarks.add('remarkDeep', {name});
    this.#leaves++;
    if (!type) this.#remarks.add('remarkNoClass', {name});
    else if (!nested && !object(item.config)) this.#remarks.add('remarkNoConfig', {name});
    const inner = object(config.layer);
    const wraps = !nested && inner && ModelReader.layersIn(inner) && depth < DEEPEST ? yield* this.#wrapped(inner, here, depth) : undefined;
    return {
      ...rest,
      trainable: rest.trainable && innerLayer(config)?.config.trainable !== false,
      config: nested ? {} : config,
      calls: calls.map(({inputs}) => {
        const states = stateInputs(type, config, inputs.filter((r) => !r.state).length);
        return {inputs: inputs.map((r, i) => (i > 0 && i <= states && !r.state ? {...r, state: true} : r))};
      }),
      wraps,
    };
  }

  /** Layers in a wrapped model have no address of their own, so they don't count. */
  *#wrapped(inner: Json, path: readonly string[], depth: number): Generator<number, ModelDef> {
    const leaves = this.#leaves;
    const model = yield* this.read(inner, path, depth + 1);
    this.#leaves = leaves;
    return model;
  }
}

/**
 * The layer outputs that a call takes, in each of the forms that files have: Keras 2's `[["name", node, tensor, {…}], …]`,
 * without the outer list for layers that keep the structure of their arguments, tensors in keyword arguments, Keras 3's
 * `{args, kwargs}` with `__keras_tensor__`; also `input_layers` and `output_layers`.
 */
function namedInputs(call: unknown, known: ReadonlyMap<string, number>): Named[] {
  const out: Named[] = [];
  const kwargs: Json[] = [];
  // a file may be deep on purpose
  const walk = (x: unknown, keyword: boolean, state: boolean, depth: number): void => {
    if (depth > 12) return;
    const items = list(x);
    if (items) {
      const [name, node, tensor, more] = items;
      if (typeof name === 'string' && whole(node) && whole(tensor)) {
        if (name === '_CONSTANT_VALUE' || (keyword && !known.has(name))) return;
        const twin = state ? out.findIndex((n) => n.name === name && n.call === node && n.tensor === tensor) : -1;
        // a state that stands among the inputs and in the keywords too is one input
        if (twin > 0) out[twin] = {...out[twin]!, state};
        else out.push({name, call: node, tensor, state});
        if (object(more)) kwargs.push(object(more)!);
        return;
      }
      for (const item of items) walk(item, keyword, state, depth + 1);
      return;
    }
    const o = object(x);
    if (!o) return;
    if (o.class_name === '__keras_tensor__') walk(object(o.config)?.keras_history, keyword, state, depth + 1);
    else if (list(o.args)) {
      walk(o.args, keyword, state, depth + 1);
      if (object(o.kwargs)) kwargs.push(object(o.kwargs)!);
    } else for (const [key, value] of Object.entries(o)) walk(value, keyword, state || key === 'initial_state', depth + 1);
  };
  walk(call, false, false, 0);
  // Keras 2 writes a call's keyword arguments beside each of its inputs
  if (kwargs[0]) walk(kwargs[0], true, false, 0);
  return out;
}

/**
 * A functional model has a first node of its own, made when it was defined, so the first call that a file speaks of is
 * number 1; a Sequential's may be 0. All calls are used, so the highest number tells which it is.
 */
function shifts(raws: readonly Raw[], nested: readonly boolean[], byName: ReadonlyMap<string, number>, ends: readonly unknown[]): number[] {
  const highest = raws.map(() => 0);
  const see = ({name, call}: Named): void => {
    const layer = byName.get(name);
    if (layer !== undefined) highest[layer] = Math.max(highest[layer]!, call);
  };
  for (const {calls} of raws) for (const call of calls) call.forEach(see);
  for (const end of ends) namedInputs(end, byName).forEach(see);
  return raws.map(({calls}, i) => (nested[i] && highest[i]! >= Math.max(1, calls.length) ? 1 : 0));
}

