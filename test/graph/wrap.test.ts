import {expect} from 'chai';
import type {LevelBox} from '../../src/graph/levels.js';
import {wrapLayout} from '../../src/graph/wrap.js';

describe('breaking a layout into columns', () => {
  it('leads a line that passes many boxes by through none of them', () => {
    const n = 12;
    const boxes = Array.from({length: n}, () => ({width: 100, height: 50, ins: [], outs: [], open: false})) as unknown as LevelBox[];
    const places = Float64Array.from({length: 2 * n}, (_, i) => (i % 2 ? (i >> 1) * 90 : 260));
    const chain = Array.from({length: n - 1}, (_, i) => Float64Array.of(310, i * 90 + 50, 310, i * 90 + 90));
    // from the first box to the last, on a lane of its own at the left
    const skip = Float64Array.of(280, 50, 280, 60, 10, 60, 10, (n - 1) * 90 - 10, 280, (n - 1) * 90 - 10, 280, (n - 1) * 90);
    const wide = wrapLayout({width: 370, height: n * 90 - 40, boxes: places, lines: [...chain, skip], curved: false, ins: [], outs: []}, boxes, {width: 900, height: 300});
    const tops = new Set(Array.from({length: n}, (_, i) => wide.boxes[2 * i]));
    expect(tops.size, 'several columns').to.be.above(2);
    const line = wide.lines.at(-1)!;
    for (let i = 2; i < line.length; i += 2) {
      const [x0, y0, x1, y1] = [line[i - 2]!, line[i - 1]!, line[i]!, line[i + 1]!];
      for (let k = 0; k < n; k++) {
        const [x, y] = [wide.boxes[2 * k]!, wide.boxes[2 * k + 1]!];
        const through = Math.max(x0, x1) > x + 1 && Math.min(x0, x1) < x + 99 && Math.max(y0, y1) > y + 1 && Math.min(y0, y1) < y + 49;
        expect(through, `piece ${i / 2} through box ${k}`).to.equal(false);
      }
    }
  });
});
