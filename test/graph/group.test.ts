import {expect} from 'chai';
import {groupGraph, groupSteps} from '../../src/graph/group.js';
import {graphTree} from '../../src/graph/tree.js';
import type {GraphGroup, GraphSpec} from '../../src/graph/types.js';
import {chain, files, graph, modelSpec, node} from './specs.js';

/** `label ×n` of the top-level groups, and the labels of single nodes, in order. */
function top(spec: GraphSpec): string[] {
  return graphTree(spec).roots.map(({node: single, group}) => (single ? single.label : `[${group!.label}]${group!.repeat ? ` ×${group!.repeat}` : ''}`));
}

/** What every grouped spec must be, whatever went in. */
function check(spec: GraphSpec, grouped: GraphSpec): void {
  const tree = graphTree(grouped);
  expect(grouped.nodes.map(({id}) => id)).to.deep.equal([...new Set(spec.nodes.map(({id}) => id))]);
  expect(tree.size).to.equal(grouped.nodes.length);
  expect(grouped.edges).to.equal(spec.edges);
  const ids = new Set(grouped.groups.map(({id}) => id));
  expect(ids.size).to.equal(grouped.groups.length);
  // what was found has no id of a node
  const nodes = new Set(spec.nodes.map(({id}) => id));
  const given = new Set(spec.groups.map(({id}) => id));
  for (const {id} of grouped.groups) expect(!given.has(id) && nodes.has(id), id).to.equal(false);
  for (const {parent} of grouped.groups) expect(parent === undefined || ids.has(parent), parent).to.equal(true);
  for (const {group} of grouped.nodes) expect(group === undefined || ids.has(group), group).to.equal(true);
  expect(tree.roots.reduce((sum, {count}) => sum + count, 0)).to.equal(tree.size);
  expect(Math.max(tree.roots.length, ...tree.groups.map(({children}) => children.length))).to.be.at.most(1000);
  for (const {group, children, count} of tree.groups) {
    expect(count, group!.id).to.be.greaterThan(0);
    if (group!.kind !== 'repeat') continue;
    expect(children).to.have.length(2);
    if (group!.repeat! > 2) {
      expect(children[1]!.group!.kind).to.equal('rest');
      expect(children[1]!.count).to.equal(children[0]!.count * (group!.repeat! - 1));
    }
  }
}

describe('groups that are found', () => {
  it('fold the 16 residual blocks of ResNet-50 to its four stages', async () => {
    const spec = await modelSpec('tensorspace-resnet50-topology');
    const grouped = groupGraph(spec);
    check(spec, grouped);
    expect(top(grouped)).to.deep.equal([
      'input_1', 'conv1_pad', 'conv1', 'bn_conv1', 'activation_1', 'max_pooling2d_1',
      '[res2a]', '[res2b…c] ×2', '[res3a]', '[res3b…d] ×3', '[res4a]', '[res4b…f] ×5', '[res5a]', '[res5b…c] ×2',
      'avg_pool', 'flatten_1', 'fc1000',
    ]);
  });

  it('fold MobileNetV2 to its inverted residuals', async () => {
    const grouped = groupGraph(await modelSpec('nsfwjs-mobilenetv2-uint8'));
    expect(top(grouped).filter((text) => text.startsWith('['))).to.deep.equal([
      '[expanded_conv]', '[block_1]', '[block_2]', '[block_3]', '[block_4…5] ×2', '[block_6]', '[block_7…9] ×3', '[block_10]', '[block_11…12] ×2', '[block_13]', '[block_14…15] ×2', '[block_16]',
    ]);
  });

  it('fold InceptionV3 to its mixed blocks, though its other names say nothing', async () => {
    const grouped = groupGraph(await modelSpec('tensorspace-inceptionv3-topology'));
    expect(top(grouped).filter((text) => text.startsWith('['))).to.deep.equal(['[mixed0…2] ×3', '[mixed3]', '[mixed4…7] ×4', '[mixed8]', '[mixed9…10] ×2']);
  });

  it('find repeats within repeats: ten blocks of three dense blocks, held together by long skips', async () => {
    const spec = await modelSpec('upscaler-gans-uint8');
    const grouped = groupGraph(spec);
    check(spec, grouped);
    const tree = graphTree(grouped);
    const outer = tree.roots.find(({group}) => group?.kind === 'repeat')!;
    expect([outer.group!.repeat, outer.count]).to.deep.equal([10, 470]);
    const inner = outer.children[0]!.children.find(({group}) => group?.kind === 'repeat')!;
    expect([inner.group!.repeat, inner.count]).to.deep.equal([3, 45]);
  });

  it('fold DarkNet', async () => {
    expect(top(groupGraph(await modelSpec('ml5-darknet-tiny'))).slice(0, 3)).to.deep.equal([
      'input_1', '[Conv2D · BatchNorm · LeakyReLU …] ×2', '[Conv2D · BatchNorm · LeakyReLU …] ×2',
    ]);
  });

  it('are sound for every model in the fixtures', async () => {
    for (const name of Object.keys(files)) {
      const spec = await modelSpec(name);
      check(spec, groupGraph(spec));
    }
  });

  it('need three nodes twice, two nodes four times, one node six times', () => {
    const types = (text: string): GraphSpec => chain(text.length, (i) => ({type: text[i]!}));
    expect(top(groupGraph(types('xaaaaay')))).to.have.length(7);
    expect(top(groupGraph(types('xaaaaaay')))).to.deep.equal(['n0', '[a] ×6', 'n7']);
    expect(top(groupGraph(types('xabababy')))).to.have.length(8);
    expect(top(groupGraph(types('xababababy')))).to.deep.equal(['n0', '[a · b] ×4', 'n9']);
    expect(top(groupGraph(types('xabcabcy')))).to.deep.equal(['n0', '[a · b · c] ×2', 'n7']);
    expect(top(groupGraph(types('xabcabdy')))).to.have.length(8);
  });

  it('may differ in width, not in kernel or stride', () => {
    const block = (i: number, more: object): ReturnType<typeof node>[] => [
      node(`c${i}`, i ? [`r${i - 1}`] : ['in'], {type: 'Conv2D', attributes: {filters: 8 * (i + 1), kernelSize: '3×3', ...more}}),
      node(`b${i}`, [`c${i}`], {type: 'BatchNormalization'}),
      node(`r${i}`, [`b${i}`], {type: 'ReLU'}),
    ];
    const three = (...more: object[]): GraphSpec => graph([node('in'), ...more.flatMap((m, i) => block(i, m)), node('out', ['r2'], {type: 'Dense'})]);
    expect(top(groupGraph(three({}, {}, {})))).to.deep.equal(['in', '[Conv2D · BatchNorm · ReLU] ×3', 'out']);
    expect(top(groupGraph(three({}, {}, {strides: '2×2'})))).to.deep.equal(['in', '[Conv2D · BatchNorm · ReLU] ×2', 'c2', 'b2', 'r2', 'out']);
  });

  it('are equal siblings among scopes, whatever goes to all of them', () => {
    const layers = 12;
    const nodes = [node('in'), node('mask')];
    for (let i = 0; i < layers; i++) {
      const before = i ? `layer_${i - 1}/add` : 'in';
      nodes.push(
        node(`layer_${i}/attention`, [before, 'mask'], {type: 'Attention', group: `layer_${i}`}),
        node(`layer_${i}/dense`, [`layer_${i}/attention`], {type: 'Dense', group: `layer_${i}`}),
        node(`layer_${i}/add`, [before, `layer_${i}/dense`], {type: 'Add', group: `layer_${i}`}),
      );
    }
    const groups = Array.from({length: layers}, (_, i): GraphGroup => ({id: `layer_${i}`, label: `layer_${i}`, kind: 'scope'}));
    const spec = graph(nodes, groups);
    const grouped = groupGraph(spec);
    check(spec, grouped);
    expect(top(grouped)).to.include('[layer_0…11] ×12');
    const repeat = graphTree(grouped).roots.find(({group}) => group?.repeat)!;
    expect(repeat.children.map(({group}) => [group!.id, group!.kind])).to.deep.equal([['layer_0', 'scope'], ['rest:layer_1', 'rest']]);
  });

  it('thin out scopes: none that are empty, of one node, or around one scope alone', () => {
    const spec = graph(
      [node('a/b/x', [], {group: 'a/b'}), node('a/b/y', ['a/b/x'], {group: 'a/b'}), node('c/z', ['a/b/y'], {group: 'c'}), node('m/w', ['c/z'], {group: 'm'})],
      [{id: 'a', label: 'a'}, {id: 'a/b', label: 'b', parent: 'a'}, {id: 'c', label: 'c'}, {id: 'm', label: 'm', kind: 'model'}, {id: 'empty', label: 'e'}, {id: 'e/e', label: 'e', parent: 'empty'}],
    );
    const grouped = groupGraph(spec);
    expect(grouped.groups.map(({id, label, parent}) => [id, label, parent])).to.deep.equal([['a/b', 'a/b', undefined], ['m', 'm', undefined]]);
    expect(grouped.nodes.map(({group}) => group)).to.deep.equal(['a/b', 'a/b', undefined, 'm']);
    expect(grouped.nodes[2]!.label).to.equal('z');
  });

  it('cut a long row that nothing explains', () => {
    let seed = 1;
    const spec = chain(900, () => ({type: `T${(seed = (seed * 48271) % 2147483647) % 89}`}));
    const grouped = groupGraph(spec);
    check(spec, grouped);
    const tree = graphTree(grouped);
    expect(tree.roots).to.have.length(30);
    expect(tree.roots.every(({group, count}) => group!.kind === 'chain' && count === 30)).to.equal(true);
  });

  it('split levels of more than 1,000 children', () => {
    const groups = [{id: 'g', label: 'g'}, {id: 'h', label: 'h'}];
    const spec = graph(
      [...Array.from({length: 1900}, (_, i) => node(`g${i}`, [], {type: `T${i}`, group: 'g'})), ...Array.from({length: 2100}, (_, i) => node(`h${i}`, [], {type: `T${i}`, group: 'h'}))],
      groups,
    );
    const grouped = groupGraph(spec);
    check(spec, grouped);
    expect(graphTree(grouped).groups.filter(({group}) => group!.kind === 'part').every(({children}) => children.length <= 200)).to.equal(true);
  });

  it('are the same every time, and keep the ids of what was there', () => {
    const spec = chain(40, (i) => ({type: 'abc'[i % 3]!}));
    const taken: GraphSpec = {...spec, nodes: [...spec.nodes, node('repeat:n1'), node('repeat:n1~2')]};
    expect(groupGraph(taken)).to.deep.equal(groupGraph(taken));
    expect(groupGraph(taken).groups.find(({repeat}) => repeat)!.id).to.equal('repeat:n1~3');
    check(taken, groupGraph(taken));
  });
});

describe('graphs that are not as they should be', () => {
  it('a ring of groups, groups that are not there, ids that are there twice', () => {
    const spec = graph(
      [node('x', [], {group: 'a'}), node('y', ['x'], {group: 'b'}), node('z', ['y'], {group: 'nowhere'}), node('x'), node('w', ['z'], {group: 'a'}), node('v', ['w'], {group: 'b'})],
      [{id: 'a', label: 'a', parent: 'b'}, {id: 'b', label: 'b', parent: 'a'}, {id: 'b', label: 'again'}, {id: 'c', label: 'c', parent: 'lost'}, {id: 's', label: 's', parent: 's'}],
    );
    const grouped = groupGraph(spec);
    check(spec, grouped);
    expect(grouped.remarks).to.deep.equal([
      'Two groups are called “b”: the second was left out.',
      '2 groups lie in themselves: they were put at the top.',
      'Two nodes are called “x”: the second was left out.',
      '2 nodes or groups name a group that is not there: they were put at the top.',
    ]);
  });

  it('names such as __proto__, an empty name, a group called like a node', () => {
    const names = ['__proto__', 'constructor', 'toString', '', 'hasOwnProperty'];
    const spec = graph(
      names.map((id, i) => node(id, i ? [names[i - 1]!] : [], {group: '__proto__', type: id})),
      [{id: '__proto__', label: '__proto__', parent: 'constructor'}, {id: 'constructor', label: ''}],
    );
    const tree = graphTree(groupGraph(spec));
    expect(tree.nodes.map(({id}) => id)).to.deep.equal(names);
    // a node and a group of one id: the group has a slash behind it
    expect(tree.item('__proto__')!.kind).to.equal('node');
    expect(tree.item('__proto__/')!.count).to.equal(5);
  });

  it('cycles of data', () => {
    const ring = graph(Array.from({length: 50}, (_, i) => node(`n${i}`, [`n${(i + 49) % 50}`])));
    check(ring, groupGraph(ring));
    expect(graphTree(ring).nodes.map(({id}) => id)).to.deep.equal(ring.nodes.map(({id}) => id));
    const loop: GraphSpec = {...chain(10), edges: [...chain(10).edges, {from: 'n9', to: 'n2', kind: 'loop'}, {from: 'n3', to: 'n3'}]};
    check(loop, groupGraph(loop));
  });

  const big: Record<string, () => GraphSpec> = {
    'a chain': () => chain(50_000),
    'a chain of many types': () => chain(50_000, (i) => ({type: `T${((i * 7919) % 104_729) % 97}`})),
    'a star': () => graph(Array.from({length: 50_000}, (_, i) => node(`n${i}`, i ? ['n0'] : []))),
    'a star inwards': () => graph(Array.from({length: 50_000}, (_, i) => node(`n${i}`, i === 49_999 ? Array.from({length: i}, (__, k) => `n${k}`) : []))),
    'skips within skips': () => graph(Array.from({length: 50_000}, (_, i) => node(`n${i}`, i > 25_000 ? [`n${i - 1}`, `n${50_000 - i}`] : i ? [`n${i - 1}`] : [], {type: `T${i % 5}`}))),
    'residual blocks': () => graph(Array.from({length: 50_000}, (_, i) => node(`n${i}`, i ? (i % 10 === 9 ? [`n${i - 1}`, `n${i - 9}`] : [`n${i - 1}`]) : [], {type: `T${i % 10}`}))),
    'groups 1,000 deep': () => ({...chain(50_000, (i) => ({group: `g${i % 1000}`})), groups: Array.from({length: 1000}, (_, i) => ({id: `g${i}`, label: `g${i}`, parent: `g${i - 1}`}))}),
    'groups 50,000 deep': () => ({...chain(50_000, (i) => ({group: `g${i}`})), groups: Array.from({length: 50_000}, (_, i) => ({id: `g${i}`, label: `g${i}`, parent: `g${i - 1}`}))}),
    'one ring': () => graph(Array.from({length: 50_000}, (_, i) => node(`n${i}`, [`n${(i + 49_999) % 50_000}`]))),
    'nothing in common': () => graph(Array.from({length: 50_000}, (_, i) => node(`n${i}`, [], {type: `T${i}`}))),
    'a dense block': () => graph(Array.from({length: 200}, (_, i) => node(`n${i}`, Array.from({length: Math.min(i, 12)}, (__, k) => `n${i - 1 - k}`)))),
  };
  for (const [name, make] of Object.entries(big)) {
    it(`50,000 nodes: ${name}, in little steps`, () => {
      const spec = make();
      const steps = groupSteps(spec);
      let n = 0;
      let step = steps.next();
      for (; !step.done; step = steps.next()) n++;
      if (spec.nodes.length > 1000) expect(n).to.be.greaterThan(20);
      check(spec, step.value);
    });
  }
});
