import {expect} from 'chai';
import {ancestorsOf, autoExpand, expandTo, visibleItems} from '../../src/graph/expand.js';
import {groupGraph} from '../../src/graph/group.js';
import {graphTree} from '../../src/graph/tree.js';
import {chain, files, graph, modelSpec, node} from './specs.js';

describe('the tree', () => {
  const tree = graphTree(graph(
    [node('a', [], {params: 3, macs: null, group: 'in'}), node('b', ['a'], {params: null, macs: null, group: 'in'}), node('c', ['b'], {params: 4, macs: 5})],
    [{id: 'in', label: 'in', parent: 'out'}, {id: 'out', label: 'out'}, {id: 'none', label: 'none'}],
  ));

  it('adds up what is known', () => {
    const {count, params, macs, partial, unknown, depth, order} = tree.item('out')!;
    expect({count, params, macs, partial, unknown, depth, order}).to.deep.equal({
      count: 2, params: 3, macs: null, partial: true, unknown: {params: 1, macs: 2, activationBytes: 0}, depth: 0, order: 0,
    });
    expect(tree.item('none')).to.include({count: 0, params: null, partial: false, order: 3});
  });

  it('knows parents, children, leaves, and the edges of nodes and groups', () => {
    expect(tree.roots.map(({id}) => id)).to.deep.equal(['out', 'c', 'none']);
    expect(tree.childrenOf('out').map(({id}) => id)).to.deep.equal(['in']);
    expect(tree.parentOf('a')!.id).to.equal('in');
    expect(tree.leaves('out').map(({id}) => id)).to.deep.equal(['a', 'b']);
    expect(tree.outOf('out')).to.deep.equal([{from: 'b', to: 'c'}]);
    expect(tree.into('c')).to.deep.equal([{from: 'b', to: 'c'}]);
    expect(tree.into('in')).to.deep.equal([]);
    expect(ancestorsOf(tree.item('a')!).map(({id}) => id)).to.deep.equal(['out', 'in']);
    expect(tree.contains(tree.item('out')!, tree.item('b')!)).to.equal(true);
    expect(tree.contains(tree.item('in')!, tree.item('c')!)).to.equal(false);
  });

  it('leaves out edges to nowhere and second ones, and adds what inputs alone tell', () => {
    const {edges} = graphTree({...graph([node('a'), node('b', ['a', 'lost'])]), edges: [{from: 'a', to: 'lost'}, {from: 'a', to: 'b', kind: 'control'}, {from: 'a', to: 'b', kind: 'control'}]});
    expect(edges).to.deep.equal([{from: 'a', to: 'b', kind: 'control'}]);
    expect(graphTree({...graph([node('a'), node('b', ['a'])]), edges: []}).edges).to.deep.equal([{from: 'a', to: 'b'}]);
  });
});

describe('the first picture', () => {
  it('has 20 to 150 boxes for every model of 20 nodes and more', async () => {
    for (const name of Object.keys(files)) {
      const tree = graphTree(groupGraph(await modelSpec(name)));
      const visible = visibleItems(tree, autoExpand(tree, {min: 20, max: 150}));
      if (tree.size < 20) expect(visible.length, name).to.equal(tree.size);
      else expect(visible.length, name).to.be.within(20, 150);
      // nothing is there twice, nothing is missing
      expect(visible.reduce((sum, {count}) => sum + count, 0), name).to.equal(tree.size);
    }
  });

  it('passes through what is only around the model', async () => {
    const tree = graphTree(groupGraph(await modelSpec('efficientdet-5146-topology')));
    const open = autoExpand(tree);
    const around = tree.roots.find(({count}) => 2 * count > tree.size)!;
    expect([around.group!.label, open.has(around.id)]).to.deep.equal(['StatefulPartitionedCall', true]);
    const labels = visibleItems(tree, open).map(({node: single, group}) => (single ?? group!).label);
    expect(labels).to.include.members(['stem_activation', 'stack_3', 'stack_4', 'stack_5']);
  });

  it('opens the first of equal blocks, and leaves the others folded', async () => {
    const tree = graphTree(groupGraph(await modelSpec('tensorspace-resnet50-topology')));
    const open = autoExpand(tree);
    for (const {group, id, children} of tree.groups) {
      if (group!.kind !== 'repeat' || !open.has(id)) continue;
      expect(open.has(children[0]!.id), children[0]!.id).to.equal(true);
      expect(open.has(children[1]!.id), children[1]!.id).to.equal(false);
    }
  });

  it('is never too much, whatever the graph', () => {
    for (const spec of [chain(5000, (i) => ({type: `T${i % 4999}`})), graph(Array.from({length: 700}, (_, i) => node(`n${i}`, [], {type: `T${i}`})))]) {
      const tree = graphTree(groupGraph(spec));
      expect(visibleItems(tree, autoExpand(tree)).length).to.be.within(20, 150);
    }
  });

  it('opens to a depth, or altogether', () => {
    const tree = graphTree(graph([node('x', [], {group: 'b'}), node('y', ['x'])], [{id: 'a', label: 'a'}, {id: 'b', label: 'b', parent: 'a'}]));
    const seen = (depth: number | 'all'): string[] => visibleItems(tree, expandTo(tree, depth)).map(({id}) => id);
    expect([seen(0), seen(1), seen(2), seen('all')]).to.deep.equal([['a', 'y'], ['b', 'y'], ['x', 'y'], ['x', 'y']]);
  });
});
