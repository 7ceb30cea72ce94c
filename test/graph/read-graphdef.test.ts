import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {liveGraphModelGraph} from '../../src/graph/live-graph.js';
import {graphDefGraph, graphDefSteps} from '../../src/graph/read-graphdef.js';
import type {GraphNode, GraphSpec} from '../../src/graph/types.js';
import type {ManifestGroup} from '../../src/tensor/shards.js';
import {fixture, modelUrl} from '../helpers.js';

interface ModelFile {
  readonly modelTopology: {readonly node: readonly {readonly name: string; readonly op: string}[]};
  readonly weightsManifest?: readonly ManifestGroup[];
  readonly signature?: unknown;
  readonly userDefinedMetadata?: {readonly signature?: unknown};
}

async function modelFile(path: string): Promise<ModelFile> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  if (!path.endsWith('.gz')) return (await response.json()) as ModelFile;
  return (await new Response(response.body!.pipeThrough(new DecompressionStream('gzip'))).json()) as ModelFile;
}

const read = (file: ModelFile): GraphSpec =>
  graphDefGraph(file.modelTopology, {manifest: file.weightsManifest, signature: file.signature ?? file.userDefinedMetadata?.signature});

const byId = (spec: GraphSpec): Map<string, GraphNode> => new Map(spec.nodes.map((node) => [node.id, node]));

/** Edges and inputs name nodes, groups name groups, ids are unique. */
function check({nodes, edges, groups}: GraphSpec): void {
  const ids = new Set(nodes.map(({id}) => id));
  const groupIds = new Set(groups.map(({id}) => id));
  expect(ids.size, 'nodes').to.equal(nodes.length);
  expect(groupIds.size, 'groups').to.equal(groups.length);
  // one expectation for all of them: tens of thousands take seconds
  expect(groups.filter(({id}) => ids.has(id)), 'both').to.deep.equal([]);
  expect(edges.filter(({from, to}) => !ids.has(from) || !ids.has(to)), 'edges').to.deep.equal([]);
  expect(nodes.flatMap(({inputs}) => inputs.filter((input) => !ids.has(input))), 'inputs').to.deep.equal([]);
  expect([...nodes.map(({group}) => group), ...groups.map(({parent}) => parent)].filter((id) => id !== undefined && !groupIds.has(id)), 'groups').to.deep.equal([]);
}

const MODELS: readonly (readonly [name: string, nodes: number])[] = [
  ['basic-pitch/model.json.gz', 255],
  ['efficientdet-5146-topology/model.json.gz', 2576],
  ['handtrack-ssd320-int8/model.json.gz', 566],
  ['human-antispoof-f16/antispoof.json', 15],
  ['human-facemesh-attention/model.json.gz', 1079],
  ['human-gender/gender.json', 35],
  ['magika-v3_3/model.json', 112],
  ['maxim-27809-topology/model.json.gz', 16219],
  ['use-lite-topology/model.json.gz', 256],
  // 79 ops, and in its loop 52 of the body, 3 of the condition, and 6 arguments of each
  ['vscode-langdetect/model.json', 140],
];

describe('Reading a graph model', () => {
  for (const [path, count] of MODELS) {
    it(`reads ${path.split('/')[0]}`, async () => {
      const file = await modelFile(fixture(`models/${path}`));
      const spec = read(file);
      check(spec);
      expect(spec.nodes.length).to.equal(count);
      const constants = file.modelTopology.node.filter(({op}) => op === 'Const').length;
      const names = new Set(file.modelTopology.node.map(({name}) => name));
      const own = spec.nodes.filter(({id}) => names.has(id)).length;
      if (count < 5000) expect(own).to.equal(file.modelTopology.node.length - constants);
      expect(spec.nodes.some(({role}) => role === 'input')).to.equal(true);
      expect(spec.nodes.some(({role}) => role === 'output')).to.equal(true);
      expect(spec.remarks).to.equal(undefined);
    });
  }
});

describe('Inferred shapes of a graph model, against running it', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  for (const name of ['human-gender', 'human-antispoof-f16']) {
    it(name, async () => {
      const file = await modelFile(modelUrl(name));
      const model = await tf.loadGraphModel(modelUrl(name));
      const tensors = tf.memory().numTensors;
      const live = await liveGraphModelGraph(model);
      expect(tf.memory().numTensors).to.equal(tensors);
      const ids = live.nodes.map(({id}) => id);
      const feed = tf.zeros(model.inputs[0]!.shape!.map((n) => (n < 0 ? 3 : n)));
      const outputs = model.execute(feed, ids) as tf.Tensor[];
      for (const [spec, all] of [[read(file), false], [live, true]] as const) {
        const nodes = byId(spec);
        outputs.forEach(({shape}, i) => {
          const claimed = nodes.get(ids[i]!)!.outputShape;
          if (all) expect(claimed!.slice(1), ids[i]).to.deep.equal(shape.slice(1));
          claimed?.forEach((n, axis) => expect(n ?? shape[axis], ids[i]).to.equal(shape[axis]));
          if (claimed) expect(claimed.length).to.equal(shape.length);
        });
      }
      tf.dispose([feed, outputs]);
      model.dispose();
    });
  }
});

interface Node {
  readonly name?: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: object;
}

const sizes = (...dims: number[]): object => ({dim: dims.map((size) => ({size: String(size)}))});
const input = (name: string, ...dims: number[]): Node => ({name, op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: sizes(...dims)}}});
const constant = (name: string, values: readonly number[], ...dims: number[]): Node => ({
  name,
  op: 'Const',
  attr: {dtype: {type: 'DT_INT32'}, value: {tensor: {dtype: 'DT_INT32', tensorShape: sizes(...dims), intVal: values}}},
});
const op = (name: string, type: string, ...from: string[]): Node => ({name, op: type, input: from, attr: {T: {type: 'DT_FLOAT'}}});
const graph = (...node: Node[]): GraphSpec => graphDefGraph({node});

describe('What a graph model is made of', () => {
  it('folds constants, and what passes one on, into the ops that use them', () => {
    const manifest = [{paths: [], weights: [{name: 'w', shape: [5, 7], dtype: 'float32'}, {name: 'perm', shape: [2], dtype: 'int32'}]}];
    const node = [input('x', -1, 5), {name: 'w', op: 'Const'}, op('w/read', 'Identity', 'w'), op('y', 'MatMul', 'x', 'w/read'), op('z', 'MatMul', 'x', 'w')];
    const spec = graphDefGraph({node: [...node, {name: 'perm', op: 'Const'}, op('t', 'Transpose', 'y', 'perm')]}, {manifest});
    check(spec);
    const nodes = byId(spec);
    expect([...nodes.keys()]).to.deep.equal(['x', 'y', 'z', 't']);
    const weights = [{address: 'w', shape: [5, 7], dtype: 'float32'}];
    expect(nodes.get('y')).to.deep.include({params: 35, macs: 35, activationBytes: 28, inputs: ['x'], outputShape: [null, 7], weights});
    // counted once, where it stands first
    expect(nodes.get('z')).to.deep.include({params: 0, macs: 35, weights});
    expect(nodes.get('t')).to.deep.include({params: 0, outputShape: [null, null], attributes: {dtype: 'float32', perm: 'int32 [2]'}});
    const told = graphDefGraph({node: [...node, {name: 'perm', op: 'Const'}, op('t', 'Transpose', 'y', 'perm')]}, {manifest, constants: new Map([['perm', [1, 0]]])});
    expect(byId(told).get('t')).to.deep.include({outputShape: [7, null], attributes: {dtype: 'float32', perm: '1, 0'}});
  });

  it('keeps a constant that is put out, or used by nothing', () => {
    const spec = graphDefGraph({node: [constant('c', [1], 1), constant('d', [2], 1), op('y', 'Relu', 'c')]}, {signature: {outputs: {c: {name: 'c:0'}}}});
    expect(spec.nodes.map(({id, role}) => [id, role])).to.deep.equal([['c', 'output'], ['d', undefined], ['y', undefined]]);
  });

  it('tells control edges apart, and hands those of a constant to its user', () => {
    const spec = graph(input('x', 2), op('a', 'Relu', 'x'), {...constant('c', [1], 1), input: ['^a']}, op('y', 'AddV2', 'x', 'c'), op('z', 'NoOp', '^y', '^c'));
    expect(spec.edges).to.deep.equal([
      {from: 'x', to: 'a', shape: [2]},
      {from: 'x', to: 'y', shape: [2]},
      {from: 'a', to: 'y', kind: 'control'},
      {from: 'y', to: 'z', kind: 'control'},
      {from: 'a', to: 'z', kind: 'control'},
    ]);
    expect(byId(spec).get('y')!.inputs).to.deep.equal(['x']);
  });

  it('makes groups of name scopes, never called as an op is', () => {
    const spec = graph(input('x', 2), op('a/b', 'Relu', 'x'), op('a/b/c', 'Relu', 'a/b'), op('y', 'Relu', 'a/b/c'));
    check(spec);
    expect(spec.groups).to.deep.equal([
      {id: 'a/', label: 'a', kind: 'scope'},
      {id: 'a/b/', label: 'b', kind: 'scope', parent: 'a/'},
    ]);
    expect(byId(spec).get('a/b/c')).to.deep.include({group: 'a/b/', layer: 'a/b', label: 'c'});
    expect(spec.nodes.map(({role}) => role)).to.deep.equal(['input', undefined, undefined, 'output']);
  });

  it('says attributes in plain words', async () => {
    const file = await modelFile(modelUrl('human-gender'));
    const conv = read(file).nodes.find(({type, attributes}) => type === '_FusedConv2D' && String(attributes.fused).includes('Relu'))!;
    expect(conv.attributes).to.deep.equal({strides: '1×1', padding: 'valid', fused: 'BiasAdd, Relu', dtype: 'float32'});
    const node = [input('x', 4, 6), constant('b', [0, 1], 2), constant('e', [0, 5], 2), constant('s', [1, 2], 2)];
    const slice = {...op('y', 'StridedSlice', 'x', 'b', 'e', 's'), attr: {begin_mask: {i: '1'}, end_mask: {i: '1'}}};
    expect(byId(graph(...node, slice)).get('y')).to.deep.include({attributes: {slice: '[:, 1:5:2]'}, outputShape: [4, 2]});
  });

  it('gives an unknown batch the size that follows: [n, 4, 4, 8] as [−1, 128], as [n, −1], and [49 n, 8]', () => {
    const node = [input('x', -1, 7, 7, 8), constant('rows', [-1, 8], 2), op('flat', 'Reshape', 'x', 'rows'), {name: 'w', op: 'Const'}, op('y', 'MatMul', 'flat', 'w')];
    const manifest = [{paths: [], weights: [{name: 'w', shape: [8, 10], dtype: 'float32'}]}];
    const y = byId(graphDefGraph({node}, {manifest})).get('y')!;
    expect(y.outputShape).to.deep.equal([null, 10]);
    // 49 rows for one example
    expect(y.macs).to.equal(49 * 8 * 10);
    expect(y.activationBytes).to.equal(49 * 10 * 4);
  });

  it('follows sizes that the graph computes', () => {
    const node = [
      input('x', -1, 4, 6),
      op('shape', 'Shape', 'x'),
      constant('zero', [0], 1),
      constant('first', [1], 1),
      {...op('n', 'StridedSlice', 'shape', 'zero', 'first', 'first'), attr: {shrink_axis_mask: {i: '1'}}},
      constant('rest', [-1]),
      {...op('to', 'Pack', 'n', 'rest'), attr: {N: {i: '2'}}},
      op('y', 'Reshape', 'x', 'to'),
    ];
    expect(byId(graph(...node)).get('y')!.outputShape).to.deep.equal([null, 24]);
  });

  it('adds up the multiply-accumulates of a small net', async () => {
    const nodes = read(await modelFile(modelUrl('human-gender'))).nodes;
    // 64×64×1 → conv 3×3×8 valid: 62×62×8 outputs, each of 9 products
    const first = nodes.find(({type}) => type === '_FusedConv2D')!;
    expect(first.outputShape).to.deep.equal([null, 62, 62, 8]);
    expect(first.macs).to.equal(62 * 62 * 8 * 9);
    for (const {type, macs, outputShape, weights = []} of nodes) {
      const out = (outputShape ?? []).slice(1).reduce<number>((a, b) => a * b!, 1);
      const [h, w, channels] = weights[0]?.shape ?? [];
      if (type === '_FusedConv2D' || type === 'Conv2D') expect(macs).to.equal(out * h! * w! * channels!);
      if (type === 'DepthwiseConv2dNative') expect(macs).to.equal(out * h! * w!);
    }
  });
});

describe('Loops and functions of a graph model', () => {
  const loop = (step: Node, ...more: Node[]): GraphSpec =>
    graph(input('x', 2, 3), op('enter', 'Enter', 'x'), op('merge', 'Merge', 'enter', 'next'), op('switch', 'Switch', 'merge', 'cond'), op('cond', 'LoopCond', 'merge'), ...more, step, op('next', 'NextIteration', step.name!), op('exit', 'Exit', 'switch'));

  it('goes round a loop once, and knows shapes that stay', () => {
    const spec = loop(op('step', 'Relu', 'switch:1'));
    check(spec);
    expect(spec.remarks).to.equal(undefined);
    expect(spec.edges.filter(({kind}) => kind === 'loop')).to.deep.equal([{from: 'next', to: 'merge', shape: [2, 3], kind: 'loop'}]);
    expect(byId(spec).get('exit')!.outputShape).to.deep.equal([2, 3]);
  });

  it('does not know a shape that changes from round to round', () => {
    const spec = loop(op('step', 'ConcatV2', 'switch:1', 'x', 'axis'), constant('axis', [0]));
    expect(byId(spec).get('exit')!.outputShape).to.deep.equal([null, 3]);
  });

  const fn = (name: string, args: readonly string[], nodeDef: readonly Node[], ret: Record<string, string>): object => ({
    signature: {name, inputArg: args.map((arg) => ({name: arg, type: 'DT_FLOAT'})), outputArg: Object.keys(ret).map((out) => ({name: out}))},
    nodeDef,
    ret,
  });
  const calls = (name: string, type: string, functions: Record<string, string>, ...from: string[]): Node => ({
    name,
    op: type,
    input: from,
    attr: Object.fromEntries(Object.entries(functions).map(([key, called]) => [key, {func: {name: called}}])),
  });

  it('shows the body of a function as a group, fed by its caller’s inputs', () => {
    const library = {function: [fn('f', ['a', 'b'], [op('sum', 'AddV2', 'a', 'b')], {out: 'sum:z:0'})]};
    const spec = graphDefGraph({node: [input('x', 2, 3), input('y', 3), calls('call', 'PartitionedCall', {f: 'f'}, 'x', 'y'), op('z', 'Relu', 'call')], library});
    check(spec);
    expect(spec.groups).to.deep.equal([{id: 'call/body/', label: 'body', kind: 'function', type: 'PartitionedCall'}]);
    expect(byId(spec).get('z')!.outputShape).to.deep.equal([2, 3]);
    expect(spec.edges.map(({from, to}) => `${from} ${to}`)).to.have.members(['x call', 'y call', 'x call/body/a', 'y call/body/b', 'call/body/a call/body/sum', 'call/body/b call/body/sum', 'call/body/sum call', 'call z']);
    expect(byId(spec).get('call/body/a')).to.deep.include({type: 'Arg', label: 'a'});
  });

  it('knows of a While what stays the same, and of an If what its branches have in common', () => {
    const body = fn('body', ['i', 'v'], [op('double', 'ConcatV2', 'v', 'v', 'axis'), constant('axis', [1]), op('same', 'Relu', 'i')], {i: 'same:activations:0', v: 'double:output:0'});
    const cond = fn('cond', ['i', 'v'], [op('less', 'Less', 'i', 'i')], {out: 'less:z:0'});
    const library = {function: [body, cond, fn('yes', ['a'], [op('t', 'Transpose', 'a', 'p'), constant('p', [1, 0], 2)], {out: 't:y:0'}), fn('no', ['a'], [op('r', 'Relu', 'a')], {out: 'r:activations:0'})]};
    const node = [input('i', 4), input('v', 2, 3), input('c'), calls('loop', 'While', {cond: 'cond', body: 'body'}, 'i', 'v'), op('i2', 'Relu', 'loop'), op('v2', 'Relu', 'loop:1'), calls('if', 'If', {then_branch: 'yes', else_branch: 'no'}, 'c', 'v')];
    const nodes = byId(graphDefGraph({node, library}));
    expect(nodes.get('i2')!.outputShape).to.deep.equal([4]);
    expect(nodes.get('v2')!.outputShape).to.deep.equal([2, null]);
    expect(nodes.get('loop/cond/v')!.outputShape).to.deep.equal([2, null]);
    expect(nodes.get('if')!.outputShape).to.deep.equal([null, null]);
  });

  it('does not follow functions without end', () => {
    const self = fn('self', ['a'], [calls('again', 'PartitionedCall', {f: 'self'}, 'a')], {out: 'again:output:0'});
    const many = Array.from({length: 9}, (_, i) => fn(`f${i}`, ['a'], Array.from({length: 12}, (_x, k) => calls(`c${k}`, 'PartitionedCall', {f: `f${i + 1}`}, 'a')), {out: 'c0:output:0'}));
    const spec = graphDefGraph({node: [input('x', 2), calls('call', 'PartitionedCall', {f: 'self'}, 'x'), calls('wide', 'PartitionedCall', {f: 'f0'}, 'x')], library: {function: [self, ...many]}});
    check(spec);
    expect(spec.nodes.length).to.be.below(60_000);
    expect(spec.remarks!.length).to.be.within(2, 60);
  });
});

describe('A graph model that is not as it should be', () => {
  const cases: readonly (readonly [name: string, nodes: number, remarks: number])[] = [
    ['40_graph_cycle', 35, 1],
    ['41_graph_dangling_input', 35, 1],
    ['42_graph_unknown_op', 35, 0],
    ['43_graph_empty', 0, 0],
    ['44_graph_duplicate_node', 36, 1],
    ['45_graph_control_edge', 35, 0],
    ['46_graph_missing_attr', 35, 0],
    ['48_graph_star', 3002, 0],
    ['49_graph_hostile_names', 35, 0],
  ];
  for (const [name, nodes, remarks] of cases) {
    it(name, async () => {
      const spec = read(await modelFile(fixture(`adversarial/${name}/model.json`)));
      check(spec);
      expect([spec.nodes.length, spec.remarks?.length ?? 0]).to.deep.equal([nodes, remarks]);
    });
  }

  it('does not know what an unknown op puts out', () => {
    const nodes = byId(graph(input('x', 2), op('a', 'FooBarV9', 'x'), op('y', 'Relu', 'a')));
    for (const id of ['a', 'y']) expect(nodes.get(id)).to.deep.include({outputShape: null, activationBytes: null});
    expect(nodes.get('a')!.macs).to.equal(null);
  });

  it('reads names that are missing, doubled or those of every object', () => {
    const spec = graph(input('x', 2), {op: 'Relu', input: ['x']}, op('__proto__', 'Relu', 'op_1'), op('__proto__', 'Relu', 'x'), op('constructor', 'AddV2', '__proto__', 'x'));
    check(spec);
    expect(spec.nodes.map(({id}) => id)).to.deep.equal(['x', 'op_1', '__proto__', '__proto__ (2)', 'constructor']);
    expect(byId(spec).get('constructor')!.inputs).to.deep.equal(['__proto__', 'x']);
    expect(spec.remarks).to.have.length(2);
  });

  it('stands anything in place of anything', () => {
    const odd = [null, 1, 'x', [], {}, {name: 3, op: {}, input: 'x', attr: 7}, {name: 'a', op: 'Conv2D', input: [null, 4, {}], attr: {strides: {list: 3}, padding: null, T: {type: {}}}}];
    const spec = graphDefGraph({node: odd, library: {function: [null, {}, {signature: {name: 'f'}}]}, versions: null}, {signature: {inputs: [null], outputs: {a: 3}}});
    check(spec);
    expect(() => graphDefGraph({})).to.throw('GraphDef');
    expect(() => graphDefGraph(null)).to.throw('GraphDef');
    for (const type of ['Reshape', 'Transpose', 'Pad', 'StridedSlice', 'Fill', 'Slice', 'BroadcastTo', 'SpaceToBatchND', 'ConcatV2', 'Split', 'GatherV2', 'Einsum', 'Mean', 'OneHot']) {
      const manifest = [{paths: [], weights: [{name: 'huge', shape: [1e9], dtype: 'int32'}]}];
      check(graphDefGraph({node: [input('x', 2, 3), {name: 'huge', op: 'Const'}, op('y', type, 'x', 'huge', 'huge', 'huge'), op('z', type, 'x'), op('w', type)]}, {manifest}));
    }
  });

  it('goes through 30,000 ops in a row, a thousand cycles and a name of ten megabytes', () => {
    const chain = [input('x', 4), ...Array.from({length: 30_000}, (_, i) => op(`n${i}`, 'Relu', i ? `n${i - 1}` : 'x'))];
    expect(graph(...chain).nodes.at(-1)!.outputShape).to.deep.equal([4]);
    // each cycle feeds the next
    const cycles = Array.from({length: 1000}, (_, i) => [op(`a${i}`, 'AddV2', `b${i}`, i < 999 ? `b${i + 1}` : 'x'), op(`b${i}`, 'Relu', `a${i}`)]).flat();
    const spec = graph(input('x', 4), ...cycles);
    check(spec);
    expect(spec.remarks).to.have.length(21);
    const long = 'a/'.repeat(5_000_000);
    // looked through once for each of its parts, it would take longer than a test may
    check(graph(input('x', 4), op(long, 'Relu', 'x')));
  });
});

describe('A graph model in slices', () => {
  it('reads 27,809 nodes in little steps', async () => {
    const file = await modelFile(fixture('models/maxim-27809-topology/model.json.gz'));
    const steps = graphDefSteps(file.modelTopology, {manifest: file.weightsManifest, signature: file.signature});
    let n = 0;
    while (!steps.next().done) n++;
    expect(n).to.be.above(200);
  });
});
