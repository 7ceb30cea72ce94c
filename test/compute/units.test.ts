import {expect} from 'chai';
import {unitRows, unitsOf} from '../../src/compute/units.js';

describe('unitsOf', () => {
  it('knows where the units of each kind lie', () => {
    expect(unitsOf('dense', [3, 5])).to.deep.equal({outer: 3, units: 5, inner: 1});
    expect(unitsOf('conv2d', [3, 3, 4, 8])).to.deep.equal({outer: 36, units: 8, inner: 1});
    expect(unitsOf('depthwise', [3, 3, 4, 2])).to.deep.equal({outer: 9, units: 8, inner: 1});
    expect(unitsOf('conv2d-transpose', [3, 3, 4, 8])).to.deep.equal({outer: 9, units: 4, inner: 8});
    expect(unitsOf('lstm', [6, 20])).to.deep.equal({outer: 24, units: 5, inner: 1});
    expect(unitsOf('gru', [6, 15])).to.deep.equal({outer: 18, units: 5, inner: 1});
    expect(unitsOf('embedding', [100, 8])).to.deep.equal({outer: 1, units: 100, inner: 8});
  });

  it('knows what has none', () => {
    for (const [kind, shape] of [['bias', [4]], ['norm', [4]], ['gru-bias', [2, 12]], ['other', [3, 4]], ['dense', [4]], ['dense', []], ['dense', [0, 4]], ['lstm', [3, 7]]] as const) expect(unitsOf(kind, shape), kind).to.equal(null);
  });
});

describe('unitRows', () => {
  it('gives each unit a row', () => {
    expect([...unitRows([1, 2, 3, 4, 5, 6] as unknown as Float32Array, {outer: 2, units: 3, inner: 1})]).to.deep.equal([1, 4, 2, 5, 3, 6]);
    // h w out in = 2 1 2 2
    expect([...unitRows(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7), unitsOf('conv2d-transpose', [2, 1, 2, 2])!)]).to.deep.equal([0, 1, 4, 5, 2, 3, 6, 7]);
    // an LSTM of two units: i i f f c c o o
    expect([...unitRows(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), unitsOf('lstm', [1, 8])!)]).to.deep.equal([0, 2, 4, 6, 1, 3, 5, 7]);
    const many = Float32Array.from({length: 300 * 1000}, (_, i) => i);
    const rows = unitRows(many, {outer: 300, units: 1000, inner: 1});
    expect([rows[299], rows[300 * 999], rows[300 * 500 + 7]]).to.deep.equal([299000, 999, 7500]);
    expect(() => unitRows(new Float32Array(5), {outer: 2, units: 3, inner: 1})).to.throw(RangeError);
  });
});
