import {expect} from 'chai';
import {loadPalettes} from '../../src/color/palette.js';
import {csvSteps, plotBlob, plotSvg} from '../../src/controllers/plot-export.js';
import {PlotView} from '../../src/controllers/plot-view.js';
import {Work} from '../../src/controllers/work.js';
import {heatmap} from '../../src/plot/heatmap.js';
import type {Figure} from '../../src/plot/types.js';
import {theme} from '../paint/scene.js';
import {draw, of} from '../plot/kinds.js';

const SIZE = {width: 400, height: 300};
/** Rows of 0 above rows of 1. */
const halves = (rows: number, cols: number): Figure => draw(heatmap, {series: [{name: '', tensor: of([rows, cols], Float32Array.from({length: rows * cols}, (_, i) => (i < (rows * cols) / 2 ? 0 : 1)))}]});

function viewOf(figure: Figure): PlotView {
  const view = new PlotView(new Work(), () => undefined);
  view.resize({...SIZE, widthPx: 400, heightPx: 300, dpr: 1}, theme);
  view.show(figure, true);
  return view;
}

describe('saving a plot', () => {
  before(loadPalettes);

  it('writes CSV some thousand cells at a time, however wide', () => {
    for (const [rows, cols] of [[2000, 20], [100, 250], [3, 10_000], [0, 3]] as const) {
      const line = (row: number): string => Array.from({length: cols}, (_, c) => (c ? row + c / 8 : `"a,""${row}"`)).join(',');
      let seen = 0;
      let most = 0;
      const table = {columns: Array.from({length: cols}, (_, c) => `c${c}`), rows, cell: (row: number, c: number) => (seen++, c ? row + c / 8 : `a,"${row}`)};
      const steps = csvSteps({table} as unknown as Figure);
      for (let step = steps.next(); ; step = steps.next()) {
        most = Math.max(most, seen);
        seen = 0;
        if (!step.done) continue;
        expect(step.value).to.equal([table.columns.join(','), ...Array.from({length: rows}, (_, r) => line(r)), ''].join('\n'));
        break;
      }
      expect(most, `${rows} × ${cols}`).to.be.at.most(Math.max(8192, cols));
    }
  });

  it('draws a matrix of any size into a picture', async () => {
    const blob = await plotBlob(viewOf(halves(1000, 1000)), SIZE, theme, {scale: 1});
    const bitmap = await createImageBitmap(blob);
    const ctx = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    ctx.drawImage(bitmap, 0, 0);
    const at = (y: number): string => ctx.getImageData(200, y, 1, 1).data.join();
    // above and below the middle of the matrix
    expect(at(100)).not.to.equal(at(200));
    expect(at(100)).to.equal(at(120));
    expect(at(200)).to.equal(at(180));
  });

  it('draws cells as shapes into SVG, very many as a picture', async () => {
    const few = await plotSvg(viewOf(halves(10, 10)), SIZE, theme);
    const many = await plotSvg(viewOf(halves(1000, 1000)), SIZE, theme);
    const count = (text: string, what: string): number => text.split(what).length - 1;
    // the colour bar is a picture
    expect([count(few, '<image'), count(many, '<image')]).to.deep.equal([1, 2]);
    expect(count(few, '<rect')).to.be.above(100);
    expect(count(many, '<rect')).to.be.below(20);
  });
});
