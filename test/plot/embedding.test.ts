import {expect} from 'chai';
import {type Embedded, embedSteps, type EmbedOptions, MOST_EXAMPLES} from '../../src/compute/embed.js';
import {rowsForSteps, squareOf} from '../../src/compute/distances.js';
import {trustworthinessSteps} from '../../src/compute/trustworthiness.js';
import type {LabelValues, PlotData} from '../../src/plot/data.js';
import {embedding} from '../../src/plot/embedding.js';
import {MOST} from '../../src/plot/embedding-controls.js';
import {type Changes, DEFAULTS, type EmbeddingSettings, type PlotSettings, type WorkTools} from '../../src/plot/kind.js';
import {nearestSteps} from '../../src/plot/nearest.js';
import type {Control, Figure, PointsMark, SpritesMark} from '../../src/plot/types.js';
import {failure, finish, random} from '../helpers.js';
import {marksOf, notesOf, of, readAt, rowsOf, settings} from './kinds.js';

type Numbers = Awaited<ReturnType<NonNullable<typeof embedding.work>>>;

/** What was asked of the worker. */
let asked: {n: number; d: number; options: EmbedOptions}[] = [];

/** Points that are the vectors' first numbers, in the worker's stead: what is drawn of them does not ask how they were made. */
function stand(values: ArrayLike<number>, n: number, d: number, options: EmbedOptions): Embedded {
  asked.push({n, d, options});
  const width = options.components;
  const rows = Int32Array.from({length: n}, (_, i) => i).filter((i) => Array.from({length: d}, (_, c) => values[i * d + c]!).every(Number.isFinite));
  const points = Float32Array.from({length: rows.length * width}, (_, k) => values[rows[Math.floor(k / width)]! * d + (k % width)]!);
  const ratios = Float64Array.from({length: width}, (_, c) => 0.5 / (c + 1));
  return {points, width, rows, odd: n - rows.length, sampled: 0, reduced: options.method !== 'pca' && options.reduce ? options.reduce : 0, kept: 0.87, ratios: options.method === 'pca' ? ratios : new Float64Array(0), divergence: options.method === 'tsne' ? 1.25 : NaN, trustworthiness: 0.98765};
}

const tools: WorkTools = {
  compute: ((_name: string, [values, n, d, options]: [Float32Array, number, number, EmbedOptions]) => Promise.resolve(stand(values, n, d, options))) as unknown as WorkTools['compute'],
  signal: new AbortController().signal,
  onProgress: () => undefined,
};

type Given = Partial<PlotData> & Pick<PlotData, 'series'>;
const numbersOf = (data: Given, more: Partial<PlotSettings> = {}): Promise<Numbers> => embedding.work!({classes: null, ...data}, settings({classes: data.classes ?? null, ...more}), tools);
const ask = (more: Partial<EmbeddingSettings>): {embedding: EmbeddingSettings} => ({embedding: {...DEFAULTS, ...more}});
async function draw(data: Given, more: Partial<PlotSettings> = {}): Promise<Figure> {
  return embedding.figure(await numbersOf(data, more), settings({classes: data.classes ?? null, ...more}));
}

/** n vectors of d numbers each, the same each time. */
function vectors(n: number, d: number): Float64Array {
  const next = random(3);
  return Float64Array.from({length: n * d}, () => next() * 2 - 1);
}
const tensor = (n: number, d: number): Given['series'][number]['tensor'] => of([n, d], vectors(n, d));
const labelled = (n: number, labels: LabelValues): Given => ({series: [{name: '', tensor: tensor(n, 4)!, labels}]});
const classMarks = (figure: Figure): PointsMark[] => marksOf(figure.panels[0], 'points').filter((mark) => mark.read);
const control = <T extends Control['type']>(figure: Figure, label: string): Extract<Control, {type: T}> => figure.controls!.find((c) => c.label === label) as Extract<Control, {type: T}>;

describe('kind="embedding"', () => {
  beforeEach(() => (asked = []));

  it('draws a series for each class, which the legend can hide', async () => {
    const figure = await draw(labelled(6, of([6], [2, 0, 2, 1, 0, 2])), {classes: ['cat', 'dog', 'cow']});
    expect(figure.legend).to.deep.equal([
      {series: 'cat', label: 'cat', ink: 'point 0', shape: 'circle'},
      {series: 'dog', label: 'dog', ink: 'point 1', shape: 'circle'},
      {series: 'cow', label: 'cow', ink: 'point 2', shape: 'circle'},
    ]);
    const marks = classMarks(figure);
    expect(marks.map(({series, color, examples}) => [series, color, [...(examples as Int32Array)]])).to.deep.equal([['cat', 'point 0', [1, 4]], ['dog', 'point 1', [3]], ['cow', 'point 2', [0, 2, 5]]]);
    expect(readAt(marks[2]!, 1)).to.include({value: 'cow', series: 'cow'});
    expect(readAt(marks[2]!, 1).indices).to.deep.equal([2]);
  });

  it('reads one-hot rows and names, and gives each twelve classes a shape', async () => {
    for (const labels of [of([3, 3], [0, 0, 1, 1, 0, 0, 0, 0, 1]), ['cow', 'cat', 'cow']]) {
      const figure = await draw(labelled(3, labels), {classes: ['cat', 'dog', 'cow']});
      expect(figure.legend.map(({label}) => label)).to.deep.equal(['cat', 'cow']);
    }
    const many = await draw(labelled(24, of([24], Array.from({length: 24}, (_, i) => i))));
    expect(many.legend.map(({shape}) => shape)).to.deep.equal([...Array<string>(12).fill('circle'), ...Array<string>(12).fill('up')]);
  });

  it('colours more classes than have colours by a palette, names and one-hot rows too', async () => {
    const names = Array.from({length: 60}, (_, i) => `c${i % 30}`);
    const rows = of([60, 30], Array.from({length: 1800}, (_, k) => Number(Math.floor(k / 30) % 30 === k % 30)));
    for (const labels of [names, rows]) expect((await draw(labelled(60, labels))).bar!().palette.name).to.equal('viridis');
  });

  it('colours values by viridis, and what is none of them apart', async () => {
    const values = Array.from({length: 40}, (_, i) => i / 7);
    values[3] = NaN;
    const figure = await draw(labelled(40, of([40], values)));
    const scale = figure.bar!();
    expect([scale.palette.name, ...scale.domain]).to.deep.equal(['viridis', 0, 39 / 7]);
    const [mark] = classMarks(figure);
    expect(mark!.colors!.at(-1)).to.equal('muted');
    expect([mark!.groups![0], mark!.groups![39]]).to.deep.equal([0, mark!.colors!.length - 2]);
    expect(mark!.groups![3]).to.equal(mark!.colors!.length - 1);
    expect(figure.legend).to.deep.equal([]);
    expect(notesOf(figure)).to.include('1 point has no whole number as a group: shown as “other”.');
  });

  it('says what is wrong with labels before anything is computed', async () => {
    expect((await failure(draw(labelled(3, of([2], [0, 1]))))).message).to.contain('2 labels for 3 predictions');
    expect((await failure(draw(labelled(3, ['a', 'b', 'z']), {classes: ['a', 'b']}))).message).to.contain('“z” of example 2');
    expect(asked).to.deep.equal([]);
  });

  it('has one unit along both axes, and ticks where their numbers mean something', async () => {
    const wide = of([4, 3], [0, 0, 1, 10, 1, 2, 5, 2, 3, 2, 1, 0]);
    const pca = await draw({series: [{name: '', tensor: wide}]});
    const {x, y, ratio} = pca.panels[0]!;
    expect(ratio).to.equal(1);
    expect(x.domain[1] - x.domain[0]).to.be.closeTo(y.domain[1] - y.domain[0], 1e-9);
    expect(x.domain[0]).to.be.below(0);
    expect(x.domain[1]).to.be.above(10);
    expect([x.title, x.plain ?? false]).to.deep.equal(['PC 1 (50% of variance)', false]);
    expect(y.title).to.equal('PC 2 (25% of variance)');
    const umap = await draw({series: [{name: '', tensor: tensor(20, 5)!}]}, ask({method: 'umap'}));
    expect([umap.panels[0]!.x.title, umap.panels[0]!.y.title, umap.panels[0]!.x.plain]).to.deep.equal(['UMAP 1', 'UMAP 2', true]);
  });

  it('draws other components without computing anything', async () => {
    const numbers = await numbersOf({series: [{name: '', tensor: of([4, 3], [0, 7, 1, 10, 8, 2, 5, 9, 3, 2, 6, 0])}]});
    const figure = embedding.figure(numbers, settings(ask({components: '3,2'})));
    expect(rowsOf(figure)).to.deep.equal([[0, 1, 7], [1, 2, 8], [2, 3, 9], [3, 0, 6]]);
    expect(figure.table.columns).to.deep.equal(['example', 'x', 'y']);
    for (const components of ['1', '1,1', '0,1', '1,4', 'a,b', '1,2,3']) {
      expect((await failure(() => embedding.figure(numbers, settings(ask({components}))))).message).to.contain(`“${components}”; expected two different whole numbers from 1 to 3`);
    }
    // the one that the other axis has: they change places
    const to: Changes[] = [];
    const drawn = embedding.figure(numbers, settings({...ask({components: '1,3'}), change: (c) => to.push(c)}));
    control<'choice'>(drawn, 'Across').set('2');
    control<'choice'>(drawn, 'Up').set('1');
    expect(to).to.deep.equal([{embed: {components: '3,1'}}, {embed: {components: '1,2'}}]);
  });

  it('works out all that a figure needs of many examples before it is drawn', async () => {
    const n = 100_000;
    const numbers = await numbersOf({series: [{name: '', tensor: of([n, 3], vectors(n, 3)), labels: of([n], Int32Array.from({length: n}, (_, i) => i % 10))}]});
    embedding.figure(numbers, settings()); // the code is warm
    const times = Array.from({length: 5}, () => {
      const start = performance.now();
      embedding.figure(numbers, settings());
      return performance.now() - start;
    });
    expect(Math.min(...times)).to.be.below(3);
    // what it would otherwise make is there, and the same
    expect(embedding.figure(numbers, settings()).panels[0]!.marks[3]).to.have.nested.property('examples.length', n / 10);
  });

  it('takes integers of all kinds as they are', async () => {
    for (const data of [Uint8Array.from({length: 12}, (_, i) => i * 20), Int32Array.from({length: 12}, (_, i) => 2 ** 30 + i)]) {
      const figure = await draw({series: [{name: '', tensor: of([4, 3], data)}]});
      expect(rowsOf(figure).map(([, x]) => x)).to.deep.equal([0, 3, 6, 9].map((i) => Math.fround(data[i]!)));
    }
  });

  it('takes what has no vectors for none', async () => {
    for (const shape of [[9], [2, 4], [4, 1]]) {
      expect((await failure(draw({series: [{name: '', tensor: of(shape, vectors(1, shape.reduce((a, b) => a * b)))}]}))).message).to.contain(`Got shape ${shape.join('×')}.`);
    }
    const data = vectors(4, 3);
    data[0] = data[4] = NaN;
    expect((await failure(draw({series: [{name: '', tensor: of([4, 3], data)}]}))).message).to.equal('Only 2 of 4 examples hold finite numbers alone; an embedding needs 3.');
  });

  it('refuses parameters that are out of range, in words', async () => {
    const cases: [Partial<EmbeddingSettings>, RegExp][] = [
      [{method: 'tsne', perplexity: 10}, /^perplexity is 10; expected a number from 1 up to, but below, 10: a third of the 30 points\.$/],
      [{method: 'tsne', perplexity: 0.5}, /^perplexity is 0\.5/],
      [{method: 'tsne', perplexity: NaN}, /^perplexity is NaN/],
      [{method: 'umap', neighbors: 30}, /^neighbors is 30; expected a whole number from 2 to 29/],
      [{method: 'umap', neighbors: 2.5}, /^neighbors is 2\.5/],
      [{method: 'umap', minDist: -0.1}, /^min-dist is -0\.1/],
      [{method: 'umap', seed: -1}, /^seed is -1/],
    ];
    for (const [more, words] of cases) expect((await failure(draw({series: [{name: '', tensor: tensor(30, 4)!}]}, ask(more)))).message).to.match(words);
    expect(asked).to.deep.equal([]);
    await draw({series: [{name: '', tensor: tensor(30, 4)!}]}, ask({method: 'tsne', perplexity: 9.9}));
    expect(asked).to.have.length(1);
    // what another method has does not matter
    await draw({series: [{name: '', tensor: tensor(30, 4)!}]}, ask({method: 'pca', perplexity: 100}));
  });

  it('asks the worker for what is wanted', async () => {
    await draw({series: [{name: '', tensor: of([20, 3, 4, 5], vectors(20, 60))}]}, ask({method: 'umap', neighbors: 7, minDist: 0.3, seed: 5, metric: 'cosine'}));
    expect(asked).to.deep.equal([{n: 20, d: 60, options: {method: 'umap', metric: 'cosine', seed: 5, perplexity: 6, neighbors: 7, minDist: 0.3, iterations: null, reduce: 50, most: null, components: 2}}]);
    await draw({series: [{name: '', tensor: tensor(5, 4)!}]});
    expect(asked[1]!.options.components).to.equal(4);
  });

  it('says how it was made and how far it is to be believed', async () => {
    const data = vectors(40, 60);
    data[61] = Infinity;
    const tsne = await draw({series: [{name: '', tensor: of([40, 60], data)}], vectorsOf: {layer: 'dense_1', shape: [40, 7, 7, 60], averaged: true}}, ask({method: 'tsne', perplexity: 5, seed: 3}));
    expect(tsne.facts).to.equal('t-SNE · perplexity 5 · seed 3 · 39 points of 60 dimensions');
    const notes = notesOf(tsne);
    expect(notes).to.include('Activations of the layer “dense_1”, of shape 40×7×7×60, averaged over their places.');
    expect(notes).to.include('Perplexity 5, Euclidean distance, seed 3.');
    expect(notes).to.include('PCA to 50 dimensions came first; they keep 87% of the variance.');
    expect(notes).to.include('1 example is left out: it holds values that are not finite.');
    expect(notes.find((n) => n.startsWith('Trustworthiness 0.988 (k = 12): '))).to.be.a('string');
    expect(notes).to.include('Kullback–Leibler divergence 1.25.');
    expect(notes.find((n) => n.includes('means little in t-SNE'))).to.be.a('string');
    expect(tsne.metrics).to.deep.include({method: 'tsne', perplexity: 5, seed: 3, metric: 'euclidean', divergence: 1.25, trustworthiness: 0.98765, odd: 1});
    // cosines are of vectors at length 1
    const cosine = await draw({series: [{name: '', tensor: of([40, 60], vectors(40, 60))}]}, ask({method: 'umap', metric: 'cosine'}));
    expect(notesOf(cosine)).to.include('PCA of the vectors at length 1 to 50 dimensions came first; they keep 87% of the variance.');
    const pca = await draw({series: [{name: '', tensor: tensor(10, 5)!}]});
    expect(notesOf(pca).some((n) => /means little|Kullback|PCA to/.test(n))).to.equal(false);
    expect(pca.metrics).to.not.have.property('perplexity');
  });

  it('knows what the worker takes at most, and of how many neighbours its trustworthiness is', async () => {
    expect(MOST).to.deep.equal(MOST_EXAMPLES);
    const [n, d] = [9, 4];
    const data = vectors(n, d);
    const known = finish(embedSteps(data, n, d, {method: 'pca', metric: 'euclidean', seed: 0, perplexity: 30, neighbors: 15, minDist: 0.1, iterations: null, reduce: null, most: null, components: 2}));
    const figure = await draw({series: [{name: '', tensor: of([n, d], data)}]});
    const k = Number(/k = (\d+)/.exec(notesOf(figure).join())![1]);
    expect(finish(trustworthinessSteps(data, n, d, known.points, k))).to.equal(known.trustworthiness);
    // of other components it is not known
    expect(notesOf(await draw({series: [{name: '', tensor: of([n, d], data)}]}, ask({components: '1,3'}))).join()).to.not.contain('Trustworthiness');
    expect(notesOf(await draw({series: [{name: '', tensor: tensor(1600, 3)!}]})).join()).to.contain('of 1,500 examples');
  });

  describe('what takes long', () => {
    const data: Given = {series: [{name: '', tensor: tensor(40, 6)!}]};

    it('is chosen first, and started by hand', async () => {
      const numbers = await numbersOf(data);
      let state: PlotSettings = settings(ask({}));
      const change = (to: Changes): void => {
        state = {...state, ...(to.draft !== undefined && {draft: to.draft}), embedding: {...state.embedding!, ...to.embed}};
      };
      state = {...state, change};
      const drawn = (): Figure => embedding.figure(numbers, state);
      expect(drawn().controls!.map(({label}) => label)).to.include.members(['Method', 'Distance', 'Across', 'Up']);
      control<'choice'>(drawn(), 'Method').set('tsne');
      expect(state.embedding!.method).to.equal('auto');
      expect(drawn().controls!.map(({label}) => label)).to.include.members(['Method', 'Perplexity', 'Seed', 'Start']);
      expect(notesOf(drawn())[0]).to.equal('t-SNE has not been started.');
      // 30 would be too many for 40 points
      expect(control<'number'>(drawn(), 'Perplexity').value).to.equal(13);
      control<'number'>(drawn(), 'Perplexity').set(20);
      expect(control<'button'>(drawn(), 'Start').disabled).to.equal(true);
      expect(drawn().notes[0]).to.deep.equal({text: 'perplexity is 20; expected a number from 1 up to, but below, 13.3: a third of the 40 points.', alert: true});
      control<'number'>(drawn(), 'Perplexity').set(8);
      expect(control<'button'>(drawn(), 'Start').disabled).to.equal(false);
      expect(embedding.stamp(state, {classes: null, ...data})).to.equal(embedding.stamp(settings(ask({})), {classes: null, ...data}));
      control<'button'>(drawn(), 'Start').run();
      expect(state.embedding).to.include({method: 'tsne', perplexity: 8});
      expect(state.draft).to.equal(null);
      // what is quick needs no button
      control<'choice'>(drawn(), 'Method').set('pca');
      expect(state.embedding!.method).to.equal('pca');
    });

    it('is made anew by what it depends on alone', () => {
      const stamp = (more: Partial<EmbeddingSettings>, other: Partial<PlotSettings> = {}): string => embedding.stamp(settings({...ask(more), ...other}), {classes: null, ...data});
      expect(stamp({method: 'pca'})).to.equal(stamp({method: 'auto', perplexity: 3, neighbors: 4, minDist: 0.5, components: '2,3', pictures: true}, {highlighted: [3], classes: ['a']}));
      const tsne = stamp({method: 'tsne'});
      expect(stamp({method: 'tsne', neighbors: 4})).to.equal(tsne);
      for (const more of [{perplexity: 4}, {seed: 1}, {metric: 'cosine' as const}]) expect(stamp({method: 'tsne', ...more})).to.not.equal(tsne);
      expect(stamp({method: 'umap', minDist: 0.2})).to.not.equal(stamp({method: 'umap'}));
    });

    it('given up, leaves what was there, else PCA, and what was chosen', async () => {
      const numbers = await numbersOf(data, ask({seed: 4}));
      const wanted = settings(ask({method: 'umap', neighbors: 9, seed: 6}));
      expect(embedding.instead!(numbers, wanted)).to.deep.equal({
        embed: {method: 'auto', metric: 'euclidean', seed: 4, perplexity: 30, neighbors: 15, minDist: 0.1, standardize: false},
        draft: {method: 'umap', metric: 'euclidean', seed: 6, perplexity: 30, neighbors: 9, minDist: 0.1, standardize: false, cancelled: true},
      });
      expect(embedding.instead!(null, wanted)!.embed).to.deep.equal({method: 'pca'});
      expect(embedding.instead!(null, settings(ask({})))).to.equal(null);
    });
  });

  it('finds the nearest vectors, whatever the plane shows', async () => {
    const [n, d] = [60, 7];
    const values = vectors(n, d);
    values.set(values.subarray(0, d), 5 * d); // a twin
    for (const metric of ['euclidean', 'cosine'] as const) {
      const to: Changes[] = [];
      const numbers = await numbersOf({series: [{name: '', tensor: of([n, d], values)}]}, ask({metric}));
      const figure = embedding.figure(numbers, settings({...ask({metric}), change: (c) => to.push(c)}));
      const [mark] = classMarks(figure);
      await figure.chosen!(readAt(mark!, 0), new AbortController().signal);
      const row = (i: number): number[] => [...values.subarray(i * d, (i + 1) * d)];
      const dot = (a: number[], b: number[]): number => a.reduce((sum, v, c) => sum + v * b[c]!, 0);
      const distance = (i: number): number => (metric === 'cosine' ? 1 - dot(row(0), row(i)) / Math.sqrt(dot(row(0), row(0)) * dot(row(i), row(i))) : Math.hypot(...row(0).map((v, c) => v - row(i)[c]!)));
      const all = Array.from({length: n - 1}, (_, i) => i + 1).sort((a, b) => distance(a) - distance(b));
      expect(to[0]!.chosen).to.deep.equal([0, ...all.slice(0, 10)]);
      expect(to[0]!.chosen![1]).to.equal(5);
      to[0]!.near!.distances.forEach((v, k) => expect(v).to.be.closeTo(distance(all[k]!), 1e-12));
      // lines lead to them, and their captions tell how far they are
      const near = embedding.figure(numbers, settings({...ask({metric}), highlighted: to[0]!.chosen!, near: to[0]!.near!}));
      expect(marksOf(near.panels[0], 'rule')).to.have.length(10);
      const [told, value] = near.caption!(all[2]!).split('\ndistance ');
      expect(told).to.equal(String(all[2]));
      expect(Number(value)).to.be.closeTo(distance(all[2]!), 0.005);
      expect(near.caption!(0)).to.equal('0\nchosen');
      // by another distance others are near
      expect(marksOf(embedding.figure(numbers, settings({...ask({metric}), near: {...to[0]!.near!, by: 'other'}})).panels[0], 'rule')).to.have.length(0);
    }
    // of vectors without length as the worker has it
    const zeros = Float64Array.of(0, 0, 1, 1, 0, 0);
    const {values: base, width} = finish(rowsForSteps(zeros, 3, 2, 'cosine'));
    for (const row of [0, 1]) {
      const {rows, distances} = finish(nearestSteps(zeros, 2, row, [0, 1, 2], 10, 'cosine'));
      rows.forEach((other, k) => expect(distances[k], `${row} to ${other}`).to.be.closeTo(squareOf(base, width, row, other) / 2, 1e-12));
    }
  });

  it('draws pictures of the tensor itself, those that stand out first', async () => {
    const data: Given = {series: [{name: '', tensor: of([5, 2, 2, 1], vectors(5, 4)), labels: of([5], [0, 1, 0, 1, 0])}]};
    const dots = await draw(data);
    expect(marksOf(dots.panels[0], 'sprites')).to.have.length(0);
    expect(control<'choice'>(dots, 'Draw').value).to.equal('points');
    const figure = await draw(data, {...ask({pictures: true}), highlighted: [3]});
    const [sprites] = marksOf(figure.panels[0], 'sprites') as [SpritesMark];
    expect(sprites.marked).to.equal(1);
    expect([...(sprites.groups as Uint8Array)]).to.deep.equal([1, 0, 1, 0, 0]);
    const picture = sprites.pictureOf(0) as ImageData;
    expect([picture.width, picture.height]).to.deep.equal([2, 2]);
    expect(figure.pictureOf!(3)).to.equal(picture);
    // the page's own go first
    const own = new ImageData(3, 3);
    const given = await draw(data, {...ask({pictures: true}), picture: (i) => (i === 0 ? own : null)});
    expect((marksOf(given.panels[0], 'sprites')[0] as SpritesMark).pictureOf(0)).to.equal(own);
    // of vectors there are none
    expect(control<'choice'>(await draw({series: [{name: '', tensor: tensor(5, 4)!}]}), 'Draw')).to.equal(undefined);
  });

  it('writes a table of all points with their labels, and what a model predicted', async () => {
    const figure = await draw({series: [{name: '', tensor: of([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]), predictions: of([3, 2], [0.9, 0.1, 0.2, 0.8, 0.7, 0.3]), labels: of([3], [0, 1, 1])}]}, {classes: ['a', 'b']});
    expect(figure.table.columns).to.deep.equal(['example', 'x', 'y', 'label']);
    expect(rowsOf(figure)).to.deep.equal([[0, 1, 2, 'a'], [1, 4, 5, 'b'], [2, 7, 8, 'b']]);
    const [, b] = classMarks(figure);
    expect(readAt(b!, 1)).to.deep.include({value: 'b', place: 'example 2 · predicted a · 7, 8', indices: [2]});
    expect(readAt(b!, 1).datum).to.deep.equal({example: 2, x: 7, y: 8, label: 'b', predicted: 0});
  });
});
