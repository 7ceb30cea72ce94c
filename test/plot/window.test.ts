import {expect} from 'chai';
import type {Axis} from '../../src/plot/types.js';
import {fitScale, isWhole, panWindow, revealIn, seenScale, WHOLE, zoomWindow} from '../../src/plot/window.js';

const near = (got: readonly number[], want: readonly number[]): void => want.forEach((w, i) => expect(got[i]).to.be.closeTo(w, 1e-12));

describe('windows of a panel', () => {
  it('magnify about a point, which stays where it is', () => {
    const w = zoomWindow(WHOLE, 2, 0.25, 0.5);
    near(w.x, [0.125, 0.625]);
    near(w.y, [0.25, 0.75]);
    // the number under the pointer is the same before and after
    expect(w.x[0] + 0.25 * (w.x[1] - w.x[0])).to.equal(0.25);
  });

  it('never show more than all', () => {
    expect(isWhole(zoomWindow(WHOLE, 0.5, 0.3, 0.3))).to.equal(true);
    const back = zoomWindow(zoomWindow(WHOLE, 4, 0, 0), 0.25, 1, 1);
    near([...back.x, ...back.y], [0, 1, 0, 1]);
  });

  it('move with the hand and stop at the ends', () => {
    const w = zoomWindow(WHOLE, 2, 0.5, 0.5);
    // dragging right by a fifth of the box shows what lies to the left
    near(panWindow(w, 0.2, 0).x, [0.15, 0.65]);
    near(panWindow(w, 10, -10).x, [0, 0.5]);
    near(panWindow(w, 10, -10).y, [0.5, 1]);
  });

  it('zoom along x alone, or not at all, where the panel says so', () => {
    near(zoomWindow(WHOLE, 2, 0.5, 0.5, 'x').y, [0, 1]);
    expect(zoomWindow(WHOLE, 2, 0.5, 0.5, 'none')).to.equal(WHOLE);
  });

  it('move no more than they must to hold a point', () => {
    const w = zoomWindow(WHOLE, 4, 0, 0);
    near(revealIn(w, 0.1, 0.1).x, [0, 0.25]);
    near(revealIn(w, 0.5, 0.1).x, [0.25, 0.5]);
  });

  it('of a log axis are shares of decades', () => {
    const axis: Axis = {title: '', type: 'log', domain: [1, 1e4]};
    near(seenScale(axis, [0.25, 0.5]).domain, [10, 100]);
    expect(fitScale(axis).toUnit(100)).to.be.closeTo(0.5, 1e-12);
  });

  it('of symlog keep their linear part, however deep', () => {
    const axis: Axis = {title: '', type: 'symlog', domain: [-1000, 1000]};
    const [all, seen] = [fitScale(axis), seenScale(axis, [0.5, 0.75])];
    expect(seen.constant).to.equal(all.constant);
    expect(seen.toUnit(all.fromUnit(0.625))).to.be.closeTo(0.5, 1e-9);
  });

  it('give one value some room', () => {
    for (const type of ['linear', 'log', 'symlog'] as const) {
      const {domain, toUnit} = fitScale({title: '', type, domain: [5, 5]});
      expect(domain[0]).to.be.below(5);
      expect(toUnit(5)).to.be.within(0.3, 0.7);
    }
  });
});
