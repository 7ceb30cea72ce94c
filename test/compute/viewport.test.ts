import {expect} from 'chai';
import {cellAtPixel, fitViewport, isFit, panBy, rectOfCell, zoomAt} from '../../src/compute/viewport.js';
import {random} from '../helpers.js';

const box = {width: 300, height: 200};

describe('viewport', () => {
  it('fits the whole plane, centred, with square cells', () => {
    const v = fitViewport({rows: 10, cols: 10}, box, 'auto');
    expect([v.sx, v.sy]).to.deep.equal([20, 20]);
    expect(rectOfCell(v, 0, 0)).to.deep.equal({x: 50, y: 0, width: 20, height: 20});
  });

  it('finds each cell in the middle of its rectangle', () => {
    const extent = {rows: 50, cols: 70};
    const v = panBy(zoomAt(fitViewport(extent, box, 'auto'), extent, 3, 40, 60), extent, 5.5, -3.25);
    for (const [row, col] of [[0, 0], [7, 31], [49, 69]] as const) {
      const {x, y, width, height} = rectOfCell(v, row, col);
      expect(cellAtPixel(v, x + width / 2, y + height / 2)).to.deep.equal({row, col});
    }
  });

  it('stretches cells beyond 4 : 1, unless equal', () => {
    const v = fitViewport({rows: 1000, cols: 10}, box, 'auto');
    expect((v.sx * 10) / (v.sy * 1000)).to.be.closeTo(1 / 4, 1e-12);
    const equal = fitViewport({rows: 1000, cols: 10}, box, 'equal');
    expect(equal.sx).to.equal(equal.sy);
  });

  it('keeps the cell under the pointer while zooming', () => {
    const extent = {rows: 500, cols: 700};
    const v = fitViewport(extent, box, 'auto');
    const zoomed = zoomAt(v, extent, 8, 150, 100);
    expect(cellAtPixel(zoomed, 150, 100)).to.deep.equal(cellAtPixel(v, 150, 100));
  });

  it('never loses the picture, whatever is done', () => {
    const next = random(3);
    const extent = {rows: 30, cols: 900};
    let v = fitViewport(extent, box, 'auto');
    for (let i = 0; i < 500; i++) {
      v = next() < 0.5 ? zoomAt(v, extent, 0.3 + 2 * next(), next() * 300, next() * 200) : panBy(v, extent, 800 * (next() - 0.5), 800 * (next() - 0.5));
      const x0 = -v.x * v.sx;
      const x1 = x0 + extent.cols * v.sx;
      expect(Math.max(0, x0)).to.be.at.most(Math.min(300, x1));
      if (extent.cols * v.sx >= 300) expect(x0 <= 1e-6 && x1 >= 300 - 1e-6, 'no margin where the picture is larger').to.equal(true);
      expect(v.sx).to.be.at.most(150);
    }
    expect(isFit(zoomAt(v, extent, 1e-9, 0, 0), extent)).to.equal(true);
  });
});
