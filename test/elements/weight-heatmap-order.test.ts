import {expect} from 'chai';
import '../../src/weight-heatmap.js';
import {noise} from '../helpers.js';
import {$, $$, add, frame, type Heatmap, settled, text, until} from './page.js';

const matrix = (seed: number, shape: readonly number[]): {data: Float32Array; shape: readonly number[]} => ({data: noise(shape.reduce((a, b) => a * b, 1), seed), shape});

/** Cells that are read at a place of the page under another index than the one that lies there, or with another value than the tensor has. */
function amiss(el: Heatmap, {data, shape}: {data: Float32Array; shape: readonly number[]}): string[] {
  const out: string[] = [];
  for (let i = 0; i < shape[0]!; i++) {
    for (let j = 0; j < shape[1]!; j++) {
      const rect = el.cellRect([i, j]);
      const cell = rect && el.cellAt(rect.left + rect.width / 2, rect.top + rect.height / 2);
      if (cell && (String(cell.index) !== String([i, j]) || cell.value !== data[i * shape[1]! + j])) out.push(`${i}, ${j}: ${JSON.stringify(cell)}`);
    }
  }
  return out;
}

describe('<weight-heatmap order>', () => {
  it('reads right values at each moment while a tensor is refreshed in place', async () => {
    const tensor = matrix(1, [6, 5]);
    const el = add({tensor, order: 'norm'}, {style: 'height:400px'});
    await settled(el);
    expect(amiss(el, tensor)).to.deep.equal([]);
    const before = {...tensor, data: tensor.data.slice()};
    tensor.data.set(noise(30, 2));
    el.refresh();
    let done = false;
    void settled(el).then(() => (done = true));
    while (!done) {
      const [old, now] = [amiss(el, before), amiss(el, tensor)];
      expect(Math.min(old.length, now.length), [...old, ...now].join('; ')).to.equal(0);
      await frame();
    }
    expect(amiss(el, tensor)).to.deep.equal([]);
    expect(el.stats!.max).to.equal(Math.max(...tensor.data));
    expect(el.errors).to.deep.equal([]);
  });

  it('says on a slider which index it shows', async () => {
    const data = Float32Array.from({length: 108}, (_, i) => 1 + (i % 6));
    const el = add({tensors: {'conv/kernel': {data, shape: [3, 3, 2, 6]}}, layer: 'conv', order: 'norm', arrange: 'h w i o -> h (i w)'}, {style: 'height:400px'});
    await settled(el);
    // the last is the strongest
    expect((await el.toCSV()).split(',')[0]).to.equal('o=5');
    expect($(el, '.slices output').textContent).to.equal('5 / 5');
    expect($(el, '.slices input').getAttribute('aria-valuetext')).to.equal('5');
  });

  it('says the order below a saved picture', async () => {
    const el = add({tensor: matrix(6, [6, 5]), order: 'norm'}, {style: 'width:1200px;height:400px'});
    await settled(el);
    const drawn: string[] = [];
    const contexts = [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D].map(({prototype}) => ({prototype, own: prototype.fillText}));
    for (const {prototype, own} of contexts) {
      prototype.fillText = function (this: CanvasRenderingContext2D, ...args: Parameters<typeof own>) {
        drawn.push(args[0]);
        own.apply(this, args);
      };
    }
    try {
      await el.toBlob();
    } finally {
      for (const {prototype, own} of contexts) prototype.fillText = own;
    }
    expect(drawn.join(' | ')).to.contain('Rows and columns stand by their L2 norm');
  });

  it('tells clusters in the table, and keeps the picture where clustering is cancelled', async () => {
    const el = add({tensor: matrix(4, [6, 5]), order: 'cluster'}, {style: 'height:400px'});
    await settled(el);
    expect($(el, 'caption').textContent).to.contain('Clustered along row, first to last:');
    const large = matrix(5, [2000, 1800]);
    el.tensor = large;
    await until(() => text(el).includes('Clustering …'), 'the word of it');
    const cell = (): {index: number[]; value: number} | null => el.cellAt(el.getBoundingClientRect().left + 300, el.getBoundingClientRect().top + 200);
    expect(cell()!.value).to.equal(large.data[cell()!.index[0]! * 1800 + cell()!.index[1]!]);
    $$<HTMLButtonElement>(el, '[part=message] button').find((b) => b.textContent === 'Cancel')!.click();
    await settled(el);
    expect(el.errors).to.deep.equal([]);
    expect($$(el, '[part=message]')).to.have.length(0);
    expect(text(el)).to.contain('Putting in order was cancelled');
    expect(cell()!.value).to.equal(large.data[cell()!.index[0]! * 1800 + cell()!.index[1]!]);
    expect((await el.toBlob()).size).to.be.above(1000);
  });
});
