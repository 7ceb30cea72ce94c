import {expect} from 'chai';
import {twinOfFigure} from '../../src/parts/plot-frame.js';
import type {Figure} from '../../src/plot/types.js';
import {say} from '../../src/words/kinds.js';

describe('twinOfFigure', () => {
  it('has fewer rows of a wide table', () => {
    const rows = (wide: number, high: number): number => {
      const table = {columns: Array.from({length: wide}, (_, c) => `c${c}`), rows: high, cell: (r: number, c: number) => r + c};
      return twinOfFigure({label: '', table} as unknown as Figure, (key, params) => say('en', key, params)).rows.length;
    };
    expect([rows(3, 10), rows(3, 1000), rows(50, 1000), rows(1000, 1000), rows(5000, 1000), rows(5000, 0)]).to.deep.equal([10, 60, 60, 3, 1, 0]);
  });
});
