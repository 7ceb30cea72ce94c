import {expect} from 'chai';
import {readSettings} from '../../src/controllers/heatmap-settings.js';
import {Overview} from '../../src/controllers/overview.js';
import {Work} from '../../src/controllers/work.js';
import type {Theme} from '../../src/paint/theme.js';
import {layoutTiles} from '../../src/paint/tile-layout.js';
import {readTensors} from '../../src/tensor/tensor-list.js';
import {say, type WordParams, type WordKey} from '../../src/words/strings.js';
import {noise} from '../helpers.js';

const theme: Theme = {text: 'rgb(0, 0, 0)', background: 'rgb(255, 255, 255)', accent: 'rgb(0, 0, 255)', grid: 'rgb(200, 200, 200)', muted: 'rgb(90, 90, 90)', nan: 'rgb(255, 0, 212)', positiveInfinity: 'rgb(0, 224, 60)', negativeInfinity: 'rgb(0, 200, 255)', font: 'sans-serif'};
const options = {arrange: null, mark: null, aspect: null, scheme: null, reverse: false, domain: null, center: null, transform: null, domainPer: null, pool: null, annotate: false};
const LONG = 'StatefulPartitionedCall/model/batch_normalization_with_a_long_name';

interface Written {
  readonly text: string;
  readonly x: number;
  readonly right: number;
  readonly y: number;
}

/** What is written in each tile, by address, and where. */
async function written(tensors: Record<string, unknown>, width: number): Promise<{overview: Overview; texts: Map<string, Written[]>}> {
  const work = new Work();
  const overview = new Overview(work, {
    changed: () => undefined,
    begin: () => work.hold('survey'),
    progress: () => undefined,
    describe: (info) => `${info.shape.join('×')} · Conv2D · relu`,
    tell: () => '',
    explain: (error) => String((error as Error).message),
    say: (key: WordKey, params?: WordParams) => say('en', key, params),
    lang: () => 'en',
  });
  overview.show(readTensors(tensors as never), false);
  overview.update({settings: readSettings(options, null, false), complex: 'magnitude', theme, dpr: 1});
  overview.arrange('', 'order', width);
  overview.scroll(0, 1e6);
  await work.complete;
  const ctx = new OffscreenCanvas(10, 10).getContext('2d')!;
  const texts = new Map<string, Written[]>();
  overview.tiles.forEach(({address}, i) => {
    const all: Written[] = [];
    ctx.fillText = (text: string, x: number, y: number): void => {
      const at = ctx.getTransform();
      all.push({text, x: x + at.e, right: x + at.e + ctx.measureText(text).width, y: y + at.f});
    };
    overview.paint(ctx, i);
    texts.set(address, all);
  });
  overview.stop();
  return {overview, texts};
}

describe('tiles', () => {
  it('keep the weight’s own name whole, and say once what all addresses begin with', async () => {
    const names = ['moving_variance', 'moving_mean', 'gamma', 'kernel'];
    const tensors = Object.fromEntries(names.map((name) => [`${LONG}/${name}`, name === 'kernel' ? {data: noise(64), shape: [8, 8]} : noise(64)]));
    const {overview, texts} = await written({...tensors, 'StatefulPartitionedCall/model/other/kernel': {data: noise(64), shape: [8, 8]}}, 900);
    expect(overview.prefix).to.equal('StatefulPartitionedCall/model/');
    for (const name of names) {
      const all = texts.get(`${LONG}/${name}`)!;
      const own = all.find((t) => t.text === name);
      expect(own, `${name}: ${all.map((t) => t.text)}`).to.not.equal(undefined);
      expect(all.some((t) => t.text.startsWith('batch')), 'the layer').to.equal(true);
      expect(all.some((t) => t.text.includes('Stateful'))).to.equal(false);
    }
    expect((await written({'a/kernel': [[1, 2]], 'b/kernel': [[1, 2]]}, 900)).overview.prefix).to.equal('');
    expect((await written({'net/a': [[1, 2]], 'network/b': [[1, 2]]}, 900)).overview.prefix, 'parts, not characters').to.equal('');
  });

  it('write nothing beside themselves, and the shape before all else', async () => {
    for (const width of [320, 900]) {
      const {overview, texts} = await written({[`${LONG}/gamma`]: noise(512), [`${LONG}/kernel`]: {data: noise(9 * 64 * 16), shape: [3, 3, 64, 16]}, 'x/y': [[NaN, 1], [2, Infinity]]}, width);
      overview.tiles.forEach(({address, shape}, i) => {
        const box = overview.layout!.boxes[i]!;
        for (const t of texts.get(address)!) expect(t.right, `${address}: ${t.text}`).to.be.at.most(box.width);
        expect(texts.get(address)!.map((t) => t.text)).to.include(shape.join('×'));
      });
    }
  });

  it('count what is not finite, and say it where all cells are one or only a slice is shown', async () => {
    const {texts} = await written({odd: [[NaN, 1], [NaN, 2]], flat: [[-1, -1], [-1, -1]], deep: {data: noise(64), shape: [2, 2, 2, 2, 2, 2]}}, 900);
    const of = (address: string): string => texts.get(address)!.map((t) => t.text).join(' | ');
    expect(of('odd')).to.contain('NaN 2');
    expect(of('flat')).to.contain('all cells are −1');
    expect(of('deep')).to.contain('slice 0,0,0,0 of 16');
    expect(of('odd')).to.not.contain('slice');
  });

  it('break a long address where they must, and draw their sign without a font', async () => {
    const {overview, texts} = await written({bad: [[1], [2, 3]]}, 300);
    expect(overview.unread.size).to.equal(1);
    const all = texts.get('bad')!;
    expect(all.length).to.be.above(2);
    for (const t of all) {
      expect(t.text).to.not.contain('⚠');
      expect(t.right, t.text).to.be.at.most(overview.layout!.boxes[0]!.width);
    }
  });

  it('stack the four vectors of a normalization beside their kernel, whatever their names', () => {
    for (const length of [5, 60]) {
      const tiles = [{kind: 'conv2d' as const, shape: [3, 3, 8, 8], length}, ...Array.from({length: 4}, () => ({kind: 'norm' as const, shape: [8], length})), {kind: 'conv2d' as const, shape: [3, 3, 8, 8], length}];
      const {boxes, height} = layoutTiles(tiles, 900);
      expect(new Set(boxes.slice(1, 5).map((b) => b.x)).size).to.equal(1);
      expect(boxes[5]!.y, 'the same row').to.equal(boxes[0]!.y);
      for (let i = 2; i < 5; i++) expect(boxes[i]!.y).to.be.above(boxes[i - 1]!.y + boxes[i - 1]!.height);
      expect(height).to.be.at.least(boxes[4]!.y + boxes[4]!.height);
    }
  });
});
