import {expect} from 'chai';
import {totalsOf} from '../../src/graph/totals.js';
import {ancestors, descendants, traceBoth} from '../../src/graph/trace.js';
import {graphTree} from '../../src/graph/tree.js';
import {chain, graph, node} from './specs.js';

describe('tracing', () => {
  const tree = graphTree({
    ...graph(
      [node('a'), node('b', ['a'], {group: 'g'}), node('c', ['b'], {group: 'g'}), node('d', ['c', 'a']), node('e', ['a']), node('f')],
      [{id: 'g', label: 'g'}],
    ),
    edges: [{from: 'f', to: 'a', kind: 'control'}, {from: 'd', to: 'b', kind: 'loop'}],
  });

  it('follows data both ways, round a loop, and no control edge', () => {
    expect([...ancestors(tree, 'd')].sort()).to.deep.equal(['a', 'b', 'c']);
    expect([...descendants(tree, 'a')].sort()).to.deep.equal(['b', 'c', 'd', 'e']);
    expect([...ancestors(tree, 'b')].sort()).to.deep.equal(['a', 'c', 'd']);
    expect([...ancestors(tree, 'a')]).to.deep.equal([]);
  });

  it('takes a group as all its nodes', () => {
    expect([...ancestors(tree, 'g')].sort()).to.deep.equal(['a', 'd']);
    expect([...descendants(tree, 'g')].sort()).to.deep.equal(['d']);
    expect([...traceBoth(tree, 'g')].sort()).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(ancestors(tree, 'nobody').size).to.equal(0);
  });

  it('goes 50,000 nodes far', () => {
    const long = graphTree(chain(50_000));
    expect(ancestors(long, 'n49999').size).to.equal(49_999);
    expect(descendants(long, 'n0').size).to.equal(49_999);
  });
});

describe('totals', () => {
  it('add up what is known and count what is not, by type', () => {
    const totals = totalsOf(graph([
      node('a', [], {type: 'Dense', params: 10, macs: null, trainable: true}),
      node('b', [], {type: 'Dense', params: 6, macs: 7, trainable: false}),
      node('c', [], {type: 'BatchNormalization', params: 8, trainable: true, nonTrainableParams: 4, activationBytes: 12}),
      node('d', [], {type: '__proto__', params: null}),
    ]));
    expect(totals).to.deep.include({nodes: 4, params: {sum: 24, unknown: 1}, macs: {sum: 7, unknown: 1}, activationBytes: {sum: 12, unknown: 0}, trainableParams: 14, frozenParams: 10});
    expect(totals.types.map(({type, nodes, params}) => [type, nodes, params.sum])).to.deep.equal([['Dense', 2, 16], ['BatchNormalization', 1, 8], ['__proto__', 1, 0]]);
  });
});
