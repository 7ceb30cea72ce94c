import {expect} from 'chai';
import {findAll, matches, parseQuery} from '../../src/graph/query.js';
import {graphTree} from '../../src/graph/tree.js';
import {Problem} from '../../src/words/strings.js';
import {graph, node} from './specs.js';

const tree = graphTree(graph([
  node('input', [], {type: 'InputLayer', outputShape: [null, 224, 224, 3]}),
  node('stem/Conv_1', ['input'], {type: 'Conv2D', params: 864, macs: 2.5e6, trainable: true, outputShape: [null, 112, 112, 32], attributes: {filters: 32, kernel_size: '3×3', activation: 'relu'}, group: 'stem'}),
  node('stem/Conv_2', ['stem/Conv_1'], {type: '_FusedConv2D', params: 9216, macs: null, trainable: false, outputShape: [null, 112, 112, 32], attributes: {filters: 32, kernel_size: '1×1', activation: 'linear'}, group: 'stem'}),
  node('__proto__', ['stem/Conv_2'], {type: 'Dense', params: null, attributes: {note: 'two words'}}),
], [{id: 'stem', label: 'stem', type: 'Sequential'}]));

const cases: Record<string, string[]> = {
  '': [],
  '  ': [],
  conv: ['stem/Conv_1', 'stem/Conv_2'],
  'conv relu': ['stem/Conv_1'],
  '112x112x32': ['stem/Conv_1', 'stem/Conv_2'],
  '224×224×3': ['input'],
  '"two words"': ['__proto__'],
  'words two': ['__proto__'],
  __proto__: ['__proto__'],
  '/conv_\\d$/i': ['stem/Conv_1', 'stem/Conv_2'],
  '/^Conv2D$/': ['stem/Conv_1'],
  '/conv/': [],
  'type=Conv2D': ['stem/Conv_1'],
  'type=conv2d': ['stem/Conv_1'],
  'type=*Conv2D': ['stem/Conv_1', 'stem/Conv_2'],
  'type!=Conv2D': ['input', 'stem/Conv_2', '__proto__'],
  'params>1000': ['stem/Conv_2'],
  'params>=864 params<9,216': ['stem/Conv_1'],
  'params>0.8k': ['stem/Conv_1', 'stem/Conv_2'],
  'params=unknown': ['__proto__'],
  'macs>=1e6': ['stem/Conv_1'],
  'macs>=2.5M': ['stem/Conv_1'],
  'activation=relu': ['stem/Conv_1'],
  'kernelSize=3x3': ['stem/Conv_1'],
  'trainable=false': ['stem/Conv_2'],
  'shape=112x112x32': ['stem/Conv_1', 'stem/Conv_2'],
  'shape=?×224×224×3': ['input'],
  'note="two words"': ['__proto__'],
  'filters=32 /Conv_1/': ['stem/Conv_1'],
  'stem/Conv_2': ['stem/Conv_2'],
  'toString=x': [],
  '/stem/Conv_1': [],
};

describe('queries', () => {
  for (const [text, ids] of Object.entries(cases)) {
    it(`${text || '(nothing)'} → ${ids.join(', ') || 'nothing'}`, () => expect(findAll(tree, text)).to.deep.equal(ids));
  }

  it('find groups too, for who asks', () => {
    expect(matches(parseQuery('type=Sequential'), tree.item('stem')!)).to.equal(true);
    expect(matches(parseQuery('params>10000'), tree.item('stem')!)).to.equal(true);
  });

  it('say in words what is wrong with an expression', () => {
    for (const text of ['/(/', '/[a-/', '/a/ii', '/*x/']) {
      expect(() => parseQuery(text), text).to.throw(Problem, 'is not a regular expression');
    }
  });
});
