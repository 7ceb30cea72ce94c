import type {ModelWeights, WeightInfo} from '../tensor/types.js';
import {elements, layerMacs, layerParams, type Params} from './layer-costs.js';
import {finish, innerLayer, type LayerDef, type ModelDef, OUTSIDE, type Ref, type Remarks, short} from './layer-defs.js';
import {declaredInput, knownLayer, outputShapes, overSteps} from './layer-shapes.js';
import {layerTotals} from './layer-totals.js';
import {attributesOf} from './layer-words.js';
import type {GraphEdge, GraphGroup, GraphNode, GraphSpec, Shape} from './types.js';

/** What flows out of a call: from which node, of which shape. */
interface Value {
  readonly node: string | undefined;
  readonly shape: Shape | null;
}

/** What came of a call; a nested model's outputs come from several nodes. */
interface Result {
  readonly outs: readonly Value[];
  readonly node?: string | undefined;
}

/** Where a model stands while its layers are written down. */
interface Place {
  readonly group?: string | undefined;
  /** Which call of the model this is, counted through the models around it. */
  readonly times: number;
  /** What it is fed from outside; without it, it keeps its own input layers. */
  readonly feeds?: readonly Value[] | undefined;
  readonly trainable: boolean;
}

interface Facts {
  readonly outputs: readonly (Shape | null)[];
  readonly params: Params | null;
  readonly macs: number | null;
}

/** Layer calls that are written down; a small file of models in models can ask for any number. */
const MOST_CALLS = 200_000;
/** So many are written at a stretch. */
const SLICE = 250;

/** tfjs says the wrong shape for these (CategoryEncoding changes its own input's, so that asking twice gives two answers). */
const MISSTATED = new Set(['Resizing', 'RandomWidth', 'RandomHeight', 'CategoryEncoding']);

/** What a graph is made from besides the model's description. */
export interface GraphOptions {
  readonly remarks: Remarks;
  readonly weights?: ModelWeights | undefined;
  /** The weights are all there are, so a layer without any has no parameters, and nothing has to be said of it. */
  readonly live?: boolean;
}

/** Writes a model down as a graph: a node for each call of a layer, a group for each call of a nested model. */
export class LayersGraph {
  readonly #nodes: GraphNode[] = [];
  readonly #edges: GraphEdge[] = [];
  readonly #groups: GraphGroup[] = [];
  readonly #ids = new Map<string, number>();
  readonly #weights = new Map<string, WeightInfo[]>();
  readonly #claimed = new Map<LayerDef, readonly WeightInfo[]>();
  readonly #given: GraphOptions;
  readonly #budget: {calls: number};

  constructor(given: GraphOptions, budget = {calls: 0}) {
    this.#given = given;
    this.#budget = budget;
  }

  /** In steps of a few milliseconds; the share done is not known, so each yields 0. */
  *write(model: ModelDef, feeds?: readonly Value[]): Generator<number, {spec: GraphSpec; outputs: readonly Value[]}> {
    this.#placeWeights(model);
    yield 0;
    const outputs = yield* this.#expand(model, {times: 0, feeds, trainable: true});
    yield 0;
    const ends = new Set(outputs.map((v) => v.node));
    const nodes = this.#nodes.map((node): GraphNode => (ends.has(node.id) && !node.role ? {...node, role: 'output'} : node));
    const remarks = this.#given.remarks.all();
    return {
      spec: {nodes, edges: this.#edges, groups: this.#groups, ...(model.name !== undefined && {name: model.name}), ...(remarks.length > 0 && {remarks})},
      outputs,
    };
  }

  /** Shares the weights out among the layers: each goes to the layer whose address is the longest that it begins with. */
  #placeWeights(model: ModelDef): void {
    const {weights, remarks} = this.#given;
    if (!weights) return;
    const addresses = new Set<string>();
    const collect = (m: ModelDef): void => {
      for (const layer of m.layers) {
        if (layer.model) collect(layer.model);
        else addresses.add(layer.address);
      }
    };
    collect(model);
    const strays: string[] = [];
    for (const weight of weights.weights) {
      let at = weight.layer;
      while (!addresses.has(at) && at.includes('/')) at = at.slice(0, at.lastIndexOf('/'));
      if (!addresses.has(at)) strays.push(weight.address);
      else if (this.#weights.has(at)) this.#weights.get(at)!.push(weight);
      else this.#weights.set(at, [weight]);
    }
    if (strays.length) remarks.add('remarkUnplaced', {n: strays.length, name: strays[0]!});
  }

  /** A layer's weights; of several layers with one address the first has them. */
  #weightsOf(layer: LayerDef): readonly WeightInfo[] {
    const known = this.#claimed.get(layer);
    if (known) return known;
    const own = this.#weights.get(layer.address) ?? [];
    this.#weights.delete(layer.address);
    this.#claimed.set(layer, own);
    return own;
  }

  #id(wanted: string, address: string): string {
    const n = (this.#ids.get(wanted) ?? 0) + 1;
    this.#ids.set(wanted, n);
    if (n === 1) return wanted;
    if (address) this.#given.remarks.add('remarkTwice', {name: address});
    return this.#id(`${wanted} (${n})`, '');
  }

  *#expand(model: ModelDef, place: Place): Generator<number, readonly Value[]> {
    const {remarks} = this.#given;
    const starts: number[] = [];
    let count = 0;
    for (const layer of model.layers) {
      starts.push(count);
      count += layer.calls.length;
    }
    const aliases = new Map<number, Value>();
    const {feeds} = place;
    if (feeds) {
      if (feeds.length !== Math.max(1, model.inputs.length)) remarks.add('remarkInputs', {name: model.name ?? model.type, expected: Math.max(1, model.inputs.length), got: feeds.length});
      model.inputs.forEach((ref, i) => feeds[i] && ref.layer !== OUTSIDE && aliases.set(starts[ref.layer]! + ref.call, feeds[i]));
    }
    // ids in the file's order, so that numbers don't depend on which call comes first
    const ids: string[] = [];
    for (const [i, layer] of model.layers.entries()) {
      if (i % SLICE === SLICE - 1) yield 0;
      for (const call of layer.calls.keys()) {
        const n = place.times * layer.calls.length + call;
        const address = layer.name ? layer.address : `${layer.address}${layer.address && '/'}${layer.type} ${i}`;
        ids.push(aliases.has(starts[i]! + call) ? '' : this.#id(n ? `${address}#${n}` : address, address));
      }
    }
    const results: (Result | undefined)[] = Array.from({length: count});
    const find = (ref: Ref): {value: Value; back: boolean} | undefined => {
      if (ref.layer === OUTSIDE) return feeds?.[ref.tensor] && {value: feeds[ref.tensor]!, back: false};
      const at = starts[ref.layer]! + ref.call;
      const result = results[at];
      if (!result) return model.layers[ref.layer]!.model ? undefined : {value: {node: ids[at], shape: null}, back: true};
      const value = result.outs[ref.tensor] ?? (result.node === undefined ? undefined : {node: result.node, shape: null});
      return value && {value, back: false};
    };
    for (const {layer: i, call} of inOrder(model, starts, (name) => remarks.add('remarkCycle', {name}))) {
      const layer = model.layers[i]!;
      const at = starts[i]! + call;
      const alias = aliases.get(at);
      if (alias) {
        const shape = alias.shape ?? declaredInput(layer.type, layer.config);
        results[at] = {outs: [{node: alias.node, shape}], node: alias.node};
        continue;
      }
      const inputs = layer.calls[call]!.inputs.flatMap((ref) => {
        const found = find(ref);
        if (!found && ref.layer !== OUTSIDE) remarks.add('remarkDangling', {name: layer.name, from: model.layers[ref.layer]!.name});
        return found ? [{...found, state: ref.state === true}] : [];
      });
      const id = ids[at]!;
      const trainable = place.trainable && layer.trainable;
      const times = place.times * layer.calls.length + call;
      if (++this.#budget.calls % SLICE === 0) yield 0;
      if (layer.model && this.#budget.calls < MOST_CALLS) {
        this.#groups.push({id, label: labelOf(layer), ...(place.group !== undefined && {parent: place.group}), kind: 'model', type: short(layer.type, 100)});
        results[at] = {outs: yield* this.#expand(layer.model, {group: id, times, feeds: inputs.length ? inputs.map((v) => v.value) : undefined, trainable})};
        continue;
      }
      if (layer.model) remarks.add('remarkTooMany', {n: MOST_CALLS, name: layer.name});
      const outs = this.#node(layer, call, id, inputs, {...place, trainable, times});
      results[at] = {outs: outs.map((shape) => ({node: id, shape})), node: id};
    }
    return model.outputs.map((ref) => find(ref)?.value).filter((v) => v !== undefined);
  }

  /** Writes down a call of a layer, with its edges; the shapes that it gives. */
  #node(layer: LayerDef, call: number, id: string, inputs: readonly {value: Value; state: boolean; back: boolean}[], place: Place): readonly (Shape | null)[] {
    const {config, type} = layer;
    const declared = inputs.length ? null : declaredInput(type, config);
    const isInput = type === 'InputLayer';
    const shapes = inputs.length || isInput ? inputs.map((v) => v.value.shape) : [declared];
    const facts = this.#facts(layer, call, shapes);
    const own = layer.model ? [] : this.#weightsOf(layer);
    const params = this.#params(layer, own, facts.params);
    const first = place.times === 0;
    const inner = innerLayer(config);
    const sizes = facts.outputs.map(elements);
    const bytes = sizes.reduce<number | null>((a, n) => (a === null || n === null ? null : a + 4 * n), 0);
    const trainable = params === null || params.all === 0 ? null : place.trainable && params.all > params.fixed;
    if (!knownLayer(type) && !layer.model && facts.outputs[0] === null) this.#given.remarks.add('remarkUnknownLayer', {type});
    this.#nodes.push({
      id,
      type: short(inner ? `${type}(${inner.type})` : type, 100),
      label: labelOf(layer),
      ...(place.group !== undefined && {group: place.group}),
      inputs: inputs.map((v) => v.value.node).filter((n) => n !== undefined),
      outputShape: facts.outputs[0] ?? null,
      ...(facts.outputs.length > 1 && {outputShapes: facts.outputs}),
      params: first ? (params?.all ?? null) : 0,
      trainable,
      ...(first && trainable === true && params!.fixed > 0 && {nonTrainableParams: params!.fixed}),
      macs: facts.macs,
      activationBytes: bytes,
      attributes: {
        ...(declared && !isInput && {'input shape': declared.slice(1).map((d) => d ?? '?').join('×')}),
        ...attributesOf(type, config),
      },
      layer: layer.address,
      ...(own.length > 0 && {weights: own.map(({address, shape, dtype}) => ({address, shape, dtype}))}),
      ...(isInput && {role: 'input' as const}),
    });
    for (const {value, state, back} of inputs) {
      if (value.node === undefined) continue;
      const kind = back ? ('loop' as const) : state ? ('state' as const) : undefined;
      this.#edges.push({from: value.node, to: id, ...(value.shape && {shape: value.shape}), ...(kind && {kind})});
    }
    return facts.outputs;
  }

  #facts(layer: LayerDef, call: number, inputs: readonly (Shape | null)[]): Facts {
    const {type, config, wraps} = layer;
    const x = inputs[0];
    if (layer.model) return {outputs: [null], params: null, macs: null};
    let known: Facts | undefined;
    if (wraps) {
      // one step runs through the model inside
      const feeds = x && x.length > 1 ? [{node: undefined, shape: [x[0]!, ...x.slice(2)]}] : [{node: undefined, shape: null}];
      const {spec, outputs} = finish(new LayersGraph({remarks: this.#given.remarks}, this.#budget).write(wraps, feeds));
      const {params, macs, unknown, trainableParams} = layerTotals(spec);
      const out = type === 'TimeDistributed' ? (outputs[0]?.shape ?? null) : null;
      known = {
        outputs: [x && out ? overSteps(x, out) : null],
        params: unknown.params || trainableParams === null ? null : {all: params, fixed: params - trainableParams},
        macs: type !== 'TimeDistributed' || unknown.macs || x?.[1] == null ? null : macs * x[1],
      };
    }
    const guessed = known?.outputs ?? outputShapes(type, config, inputs);
    const said = layer.calls[call]?.said;
    // A live layer knows its own shapes, for the inputs that it was told of: in a nested model those of its own inputs
    const fits = said && !MISSTATED.has(type) && config.padding !== 'causal' && (type === 'InputLayer' || covers(said.inputs, inputs));
    const outputs = fits || (said && guessed[0] === null) ? said.outputs.map((s, i) => filled(s, guessed[i])) : guessed;
    return known ? {...known, outputs} : {outputs, params: layerParams(type, config, inputs, outputs), macs: layerMacs(type, config, inputs, outputs)};
  }

  #params(layer: LayerDef, own: readonly WeightInfo[], formula: Params | null): Params | null {
    if (!this.#given.weights || layer.model) return formula;
    const sum = (weights: readonly WeightInfo[]): number => weights.reduce((n, w) => n + w.size, 0);
    const all = sum(own);
    if (!this.#given.live && formula && formula.all !== all) this.#given.remarks.add('remarkParams', {name: layer.address, expected: formula.all, got: all});
    return {all, fixed: sum(own.filter((w) => w.trainable === false))};
  }
}

/** Whether what is said holds for these shapes too. */
function covers(said: readonly (Shape | null)[], shapes: readonly (Shape | null)[]): boolean {
  return said.length === shapes.length && said.every((s, i) => s === null || (s.length === shapes[i]?.length && s.every((d, k) => d === null || d === shapes[i]![k])));
}

/** What is said, with its unknown sizes from what follows by rule. */
const filled = (said: Shape | null, rule: Shape | null | undefined): Shape | null => (said && rule?.length === said.length ? said.map((d, i) => d ?? rule[i]!) : (said ?? rule ?? null));

const labelOf = ({name, type}: LayerDef): string => short(name.split('/').findLast((part) => part) ?? type, 200);

/**
 * The calls of a model's layers, each after those that feed it, else in the model's order. In a cycle the edge that
 * closes it is left for later.
 */
function* inOrder(model: ModelDef, starts: readonly number[], cycle: (name: string) => void): Generator<{layer: number; call: number}> {
  const state = new Uint8Array((starts.at(-1) ?? 0) + (model.layers.at(-1)?.calls.length ?? 0));
  const [fresh, open, done] = [0, 1, 2];
  for (const [top, {calls}] of model.layers.entries()) {
    for (const first of calls.keys()) {
      const stack = [{layer: top, call: first, next: 0}];
      while (stack.length) {
        const here = stack.at(-1)!;
        const at = starts[here.layer]! + here.call;
        if (here.next === 0 && state[at] !== fresh) {
          stack.pop();
          continue;
        }
        state[at] = open;
        const ref = model.layers[here.layer]!.calls[here.call]!.inputs[here.next++];
        if (!ref) {
          state[at] = done;
          stack.pop();
          yield here;
        } else if (ref.layer !== OUTSIDE) {
          const from = starts[ref.layer]! + ref.call;
          if (state[from] === open) cycle(model.layers[here.layer]!.name);
          else if (state[from] === fresh) stack.push({layer: ref.layer, call: ref.call, next: 0});
        }
      }
    }
  }
}
