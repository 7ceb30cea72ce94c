import {expect} from 'chai';
import {embedEn} from '../../src/words/embed-en.js';
import {embedZh} from '../../src/words/embed-zh.js';
import {en} from '../../src/words/en.js';
import {gradientEn} from '../../src/words/gradient-en.js';
import {gradientZh} from '../../src/words/gradient-zh.js';
import {graphEn} from '../../src/words/graph-en.js';
import {graphZh} from '../../src/words/graph-zh.js';
import {judgeEn} from '../../src/words/judge-en.js';
import {judgeZh} from '../../src/words/judge-zh.js';
import {kindsEn} from '../../src/words/kinds-en.js';
import {kindsZh} from '../../src/words/kinds-zh.js';
import {learnEn} from '../../src/words/learn-en.js';
import {learnZh} from '../../src/words/learn-zh.js';
import {plotEn} from '../../src/words/plot-en.js';
import {plotZh} from '../../src/words/plot-zh.js';
import {readingEn} from '../../src/words/reading-en.js';
import {runEn} from '../../src/words/run-en.js';
import {runZh} from '../../src/words/run-zh.js';
import {zh} from '../../src/words/zh.js';

type Table = Readonly<Record<string, string>>;

describe('words', () => {
  it('have a key each, whichever elements a page has', () => {
    const keys = [en, readingEn, runEn, learnEn, kindsEn, embedEn, judgeEn, plotEn, gradientEn, graphEn].flatMap((table: Table) => Object.keys(table));
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).to.deep.equal([]);
  });

  it('are there in Chinese too, with the same things filled in', () => {
    const filled = (text: string): string[] => [...new Set(Array.from(text.matchAll(/\{(\w+)/g), ([, name]) => name!))].sort();
    const pairs: [Table, Table][] = [[{...en, ...readingEn}, zh], [runEn, runZh], [learnEn, learnZh], [kindsEn, kindsZh], [embedEn, embedZh], [judgeEn, judgeZh], [plotEn, plotZh], [gradientEn, gradientZh], [graphEn, graphZh]];
    for (const [english, chinese] of pairs) {
      // signs are the same in both
      expect(Object.keys(english).filter((key) => !(key in chinese) && !/^(NaN|[−+]∞)$/.test(english[key]!))).to.deep.equal([]);
      expect(Object.keys(chinese).filter((key) => !(key in english))).to.deep.equal([]);
      for (const [key, text] of Object.entries(chinese)) expect(filled(english[key]!), key).to.include.members(filled(text));
    }
  });
});
