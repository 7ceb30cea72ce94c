import {expect} from 'chai';
import {compareGraphs, compareSteps} from '../../src/graph/compare.js';
import {graphTree} from '../../src/graph/tree.js';
import type {GraphNode, GraphSpec} from '../../src/graph/types.js';
import {chain, graph, modelSpec, node} from './specs.js';

/** Every name another, as in a second copy of the same model. */
function renamed(spec: GraphSpec): GraphSpec {
  const name = new Map(spec.nodes.map(({id}, i) => [id, `other_${spec.nodes.length - i}`]));
  return {
    ...spec,
    nodes: spec.nodes.map((n) => ({...n, id: name.get(n.id)!, label: name.get(n.id)!, group: undefined, inputs: n.inputs.map((id) => name.get(id)!)})),
    edges: spec.edges.map((edge) => ({...edge, from: name.get(edge.from)!, to: name.get(edge.to)!})),
    groups: [],
  };
}

const dense = (id: string, input: string, units: number, more: Partial<GraphNode> = {}): GraphNode => node(id, [input], {type: 'Dense', params: units * 10, outputShape: [null, units], attributes: {name: id, units}, ...more});

describe('comparing', () => {
  it('finds nothing between a model and itself', async () => {
    const spec = await modelSpec('tensorspace-inceptionv3-topology');
    const {counts, summary, merged, pairs} = compareGraphs(spec, spec);
    expect(counts).to.deep.equal({same: spec.nodes.length, changed: 0, added: 0, removed: 0});
    expect(summary).to.deep.equal([]);
    expect(pairs.every(([a, b]) => a === b)).to.equal(true);
    expect(merged.nodes).to.have.length(spec.nodes.length);
  });

  it('finds nothing between a model and a copy of which all names are others', async () => {
    for (const name of ['tensorspace-resnet50-topology', 'upscaler-gans-uint8', 'human-gender']) {
      const spec = await modelSpec(name);
      const {counts, nodes} = compareGraphs(spec, renamed(spec));
      expect(counts, name).to.deep.equal({same: spec.nodes.length, changed: 0, added: 0, removed: 0});
      expect([...nodes.values()].every(({matchedBy}) => matchedBy === 'structure')).to.equal(true);
    }
  });

  it('is not taken in by automatic names that moved on', () => {
    const now = graph([node('in'), dense('dense_1', 'in', 8), dense('dense_2', 'dense_1', 4)]);
    const before = graph([node('in'), dense('dense_2', 'in', 8), dense('dense_3', 'dense_2', 4)]);
    expect(compareGraphs(now, before).pairs).to.deep.equal([['in', 'in'], ['dense_1', 'dense_2'], ['dense_2', 'dense_3']]);
  });

  it('says what changed', () => {
    const now = graph([node('in'), dense('a', 'in', 8, {attributes: {units: 8, activation: 'relu', added: true}}), node('b', ['a'], {type: 'Softmax'})]);
    const before = graph([node('in'), dense('a', 'in', 16, {attributes: {units: 16, activation: 'tanh'}}), node('b', ['a'], {type: 'Sigmoid'})]);
    const {nodes, counts} = compareGraphs(now, before);
    expect(counts).to.deep.equal({same: 1, changed: 2, added: 0, removed: 0});
    expect(nodes.get('a')!.changes).to.deep.equal([
      {what: 'attribute', key: 'units', before: 16, now: 8},
      {what: 'attribute', key: 'activation', before: 'tanh', now: 'relu'},
      {what: 'attribute', key: 'added', before: null, now: true},
      {what: 'shape', before: '?×16', now: '?×8'},
      {what: 'params', before: 160, now: 80},
    ]);
    expect(nodes.get('b')).to.deep.include({state: 'changed', matchedBy: 'address', changes: [{what: 'type', before: 'Sigmoid', now: 'Softmax'}]});
  });

  it('puts what was removed into the union, with its edges and groups', () => {
    const now = graph([node('in'), dense('a', 'in', 8), dense('c', 'a', 4), node('x', ['c'], {type: 'New'})]);
    const before = graph([node('in'), dense('a', 'in', 8), node('drop', ['a'], {type: 'Dropout', group: 'old'}), dense('c', 'drop', 4), node('x', ['c'], {type: 'Dense'}), node('y', ['x'])], [{id: 'old', label: 'old'}]);
    const {merged, summary, counts} = compareGraphs(now, before);
    expect(counts).to.deep.equal({same: 3, changed: 1, added: 0, removed: 2});
    expect(merged.nodes.map(({id}) => id)).to.deep.equal(['in', 'a', 'drop', 'c', 'x', 'y']);
    expect(merged.groups.map(({id}) => id)).to.deep.equal(['old']);
    expect(merged.edges.map(({from, to}) => `${from}>${to}`)).to.deep.equal(['in>a', 'a>c', 'c>x', 'a>drop', 'drop>c', 'x>y']);
    expect(summary.map(({id, state}) => [id, state])).to.deep.equal([['drop', 'removed'], ['x', 'changed'], ['y', 'removed']]);
  });

  it('matches a renamed part of a larger model, and layers that were made wider', () => {
    const now = graph([node('in'), dense('p', 'in', 32), node('q', ['p'], {type: 'ReLU'}), dense('r', 'q', 4), node('s', ['r'], {type: 'Softmax'})]);
    const before = graph([node('in'), dense('k', 'in', 16), node('l', ['k'], {type: 'ReLU'}), dense('m', 'l', 4)]);
    const {pairs, nodes} = compareGraphs(now, before);
    expect(pairs).to.deep.equal([['in', 'in'], ['p', 'k'], ['q', 'l'], ['r', 'm']]);
    expect([...nodes.values()].map(({state}) => state)).to.deep.equal(['same', 'changed', 'same', 'same', 'added']);
  });

  it('gives a removed node another id where its own is in use', () => {
    const now = graph([node('in'), node('a', ['in'], {type: 'Conv2D'}), dense('b', 'a', 3)]);
    const before = graph([node('a', [], {type: 'Embedding'}), node('in', ['a']), dense('b', 'in', 3), node('c', ['b'], {type: 'Conv2D'})]);
    const {merged, nodes} = compareGraphs(now, before);
    expect(new Set(merged.nodes.map(({id}) => id)).size).to.equal(merged.nodes.length);
    expect(graphTree(merged).size).to.equal(nodes.size);
    expect(nodes.get('before:a')).to.include({state: 'removed'});
  });

  it('holds for 50,000 nodes, cycles, and names such as __proto__', () => {
    const long = chain(50_000, (i) => ({type: `T${i % 7}`}));
    const steps = compareSteps(long, {...long, nodes: long.nodes.filter((_, i) => i !== 1000)});
    let n = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) n++;
    expect(n).to.be.greaterThan(50);
    expect(step.value.counts).to.include({added: 1, removed: 0});
    const ring = graph(['__proto__', 'constructor', 'b'].map((id, i, all) => node(id, [all[(i + 2) % 3]!])));
    expect(compareGraphs(ring, renamed(ring)).counts.same).to.equal(3);
  });
});
