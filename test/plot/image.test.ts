import {expect} from 'chai';
import {CLASS_COLORS, classColor} from '../../src/color/class-colors.js';
import {channels, parseColor} from '../../src/color/palette.js';
import {oklab} from '../../src/color/schemes.js';
import {image} from '../../src/plot/image.js';
import type {Figure, ImageMark} from '../../src/plot/types.js';
import {failure, fixture} from '../helpers.js';
import {draw, marksOf, notesOf, of, readAt, rowsOf} from './kinds.js';

const images = (figure: Figure, panel = 0): ImageMark[] => marksOf(figure.panels[panel], 'image');
/** A pixel's red, green, blue and opacity. */
const pixel = ({pixels}: ImageMark, x: number, y: number): number[] => [...pixels.data.subarray(4 * (y * pixels.width + x), 4 * (y * pixels.width + x) + 4)];
const color = (id: number): number[] => [...channels(parseColor(classColor(id))), 255];
const NONE = [0, 0, 0, 0];
const picture = (width: number, height: number): ImageData => new ImageData(new Uint8ClampedArray(4 * width * height).fill(200), width, height);

describe('kind="image"', () => {
  it('draws grey, RGB and RGBA', () => {
    const grey = draw(image, {series: [{name: '', tensor: of([1, 2], [0, 1])}]});
    expect([pixel(images(grey)[0]!, 0, 0), pixel(images(grey)[0]!, 1, 0)]).to.deep.equal([[0, 0, 0, 255], [255, 255, 255, 255]]);
    expect(grey.panels[0]).to.deep.include({ratio: 2});
    const rgb = draw(image, {series: [{name: '', tensor: of([1, 1, 3], [1, 0.5, 0])}]});
    // 127.5 is rounded to the even, 128
    expect(pixel(images(rgb)[0]!, 0, 0)).to.deep.equal([255, 128, 0, 255]);
    expect(readAt(images(rgb)[0]!, 0)).to.deep.include({value: 'R 1 · G 0.5 · B 0', place: 'x 0, y 0', datum: {x: 0, y: 0, values: [1, 0.5, 0]}});
    const rgba = draw(image, {series: [{name: '', tensor: of([1, 1, 4], Uint8Array.of(9, 8, 7, 6), 'int32')}]});
    expect(pixel(images(rgba)[0]!, 0, 0)).to.deep.equal([9, 8, 7, 6]);
    expect(rowsOf(rgba)).to.deep.equal([['', 0, 0, 9, 8, 7, 6]]);
  });

  it('takes values for what they are likely to be, and says so', () => {
    const cases: [number[], string, number][] = [
      [[0, 0.5, 1], 'Values taken as 0 to 1.', 128],
      [[0, 51, 255], 'Values taken as 0 to 255.', 51],
      [[-1, 0, 0.9], 'Values taken as −1 to 1.', 128],
      [[-2, 0, 2], 'Drawn from −2, the least value, to 2, the greatest.', 128],
      [[0, 0.01, 0.02], 'Drawn from 0, the least value, to 0.02, the greatest.', 128],
      [[0, 400, 1000], 'Drawn from 0, the least value, to 1000, the greatest.', 102],
      [[5, 5, 5], 'Drawn from 5, the least value, to 6, the greatest.', 0],
    ];
    for (const [values, note, middle] of cases) {
      const figure = draw(image, {series: [{name: '', tensor: of([1, 3], values)}]});
      expect(notesOf(figure), String(values)).to.deep.equal([note]);
      expect(pixel(images(figure)[0]!, 1, 0)[0], String(values)).to.equal(middle);
    }
    // bytes are bytes, however dark
    const dark = draw(image, {series: [{name: '', tensor: of([1, 2], Uint8Array.of(3, 20), 'int32')}]});
    expect(pixel(images(dark)[0]!, 1, 0)[0]).to.equal(20);
  });

  it('shows one picture of a batch, by the range of all', async () => {
    const data = new Uint8Array(await (await fetch(fixture('data/fashion_mnist_1000-images-idx3-ubyte'))).arrayBuffer()).subarray(16);
    for (const shape of [[1000, 28, 28], [1000, 28, 28, 1]]) {
      const figure = draw(image, {series: [{name: '', tensor: of(shape, data, 'int32')}]}, {example: 2});
      expect(figure.panels[0]!.title).to.equal('3 of 1,000');
      expect(pixel(images(figure)[0]!, 14, 9)[1]).to.equal(data[2 * 784 + 9 * 28 + 14]);
      expect(readAt(images(figure)[0]!, 9 * 28 + 14)).to.deep.include({value: String(data[2 * 784 + 9 * 28 + 14]), place: 'x 14, y 9', indices: [2]});
      expect(figure.controls![0]).to.include({type: 'stepper', at: 2, n: 1000});
    }
    const spread = draw(image, {series: [{name: '', tensor: of([2, 1, 1, 1], [-4, 8])}]}, {example: 1});
    expect(pixel(images(spread)[0]!, 0, 0)[0]).to.equal(255);
    expect(notesOf(spread)).to.deep.equal(['Drawn from −4 to 8, the least and the greatest value of all examples.']);
  });

  it('shows what is not finite in magenta and says it', () => {
    const figure = draw(image, {series: [{name: '', tensor: of([1, 3], [0, NaN, 1])}]});
    expect(pixel(images(figure)[0]!, 1, 0)).to.deep.equal([255, 0, 212, 255]);
    expect(notesOf(figure)).to.include('Not finite, in magenta: 1 NaN.');
    expect(readAt(images(figure)[0]!, 1).value).to.equal('NaN');
  });

  it('lays the classes of a segmentation over the picture, each pixel that of the nearest', () => {
    // two by two scores of three classes: 1, 0 above; 2, 2 below
    const scores = of([1, 2, 2, 3], [0, 5, 1, 9, 1, 1, 0, 0, 1, -3, -2, -1]);
    const figure = draw(image, {series: [{name: '', predictions: scores}], pictures: [picture(4, 4)], classes: ['sky', 'cat', 'grass']});
    expect(figure.legend.map(({label, ink}) => [label, ink])).to.deep.equal([['grass 50%', classColor(2)], ['cat 25%', classColor(1)], ['sky 25%', classColor(0)]]);
    const [ground, grass, cat, sky] = images(figure);
    expect(ground!.alpha).to.equal(undefined);
    expect([grass!.alpha, grass!.pixels.width, grass!.pixels.height]).to.deep.equal([0.55, 4, 4]);
    const owner = [[1, 1, 0, 0], [1, 1, 0, 0], [2, 2, 2, 2], [2, 2, 2, 2]];
    for (const [id, layer] of [[2, grass], [1, cat], [0, sky]] as const) {
      for (let y = 0; y < 4; y++) for (let x = 0; x < 4; x++) expect(pixel(layer!, x, y), `${id} at ${x}, ${y}`).to.deep.equal(owner[y]![x] === id ? color(id) : NONE);
    }
    expect(readAt(ground!, 4 * 4 - 1)).to.deep.include({value: 'grass', place: 'x 3, y 3 · score −1 · R 200 · G 200 · B 200'});
    expect(rowsOf(figure)).to.deep.equal([['', 'grass', 2, 0.5], ['', 'cat', 1, 0.25], ['', 'sky', 1, 0.25]]);
    // each class can be hidden by its own
    expect(new Set(figure.legend.map(({series}) => series)).size).to.equal(3);
    expect(figure.legend.map(({series}) => series)).to.deep.equal([grass, cat, sky].map((layer) => layer!.series));
  });

  it('knows class numbers, shares and pictures by what they hold', () => {
    const ids = draw(image, {series: [{name: '', predictions: of([1, 1, 3], Int32Array.of(7, 7, 20), 'int32')}], pictures: [picture(3, 1)]});
    expect(ids.legend.map(({label}) => label)).to.deep.equal(['7 67%', '20 33%']);
    const share = draw(image, {series: [{name: '', predictions: of([1, 1, 4, 1], [0, 0.5, 1, NaN])}], pictures: [picture(4, 1)]});
    expect(share.legend.map(({label}) => label)).to.deep.equal(['mask: 50% at 0.5 or above', 'NaN 25%']);
    const [r, g, b] = color(1);
    expect([0, 1, 2, 3].map((x) => pixel(images(share)[1]!, x, 0))).to.deep.equal([[r, g, b, 0], [r, g, b, 128], [r, g, b, 255], NONE]);
    expect(readAt(images(share)[0]!, 1).value).to.equal('mask 0.5');
    // three channels that are no shares of classes are a picture, of the model’s making
    const made = draw(image, {series: [{name: '', predictions: of([1, 1, 1, 3], [0.9, 0.9, 0.9])}], pictures: [picture(1, 1)]});
    expect(made.legend).to.deep.equal([]);
    expect(pixel(images(made)[0]!, 0, 0)).to.deep.equal([230, 230, 230, 255]);
    const three = draw(image, {series: [{name: '', predictions: of([1, 1, 1, 3], [0.2, 0.7, 0.1])}], pictures: [picture(1, 1)]});
    expect(three.legend.map(({label}) => label)).to.deep.equal(['1 100%']);
  });

  it('lays a mask over .tensor, and stands alone without a picture', () => {
    const over = draw(image, {series: [{name: '', tensor: of([2, 2, 1], [0, 1, 1, 0]), predictions: of([2, 2], Int32Array.of(1, 1, 1, 3), 'int32')}]});
    expect(images(over)).to.have.length(3);
    expect(readAt(images(over)[0]!, 3)).to.deep.include({value: '3', place: 'x 1, y 1 · 0'});
    const alone = draw(image, {series: [{name: '', predictions: of([1, 2, 2, 5], [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, NaN, 0, 0, 0, 0, 0, 0, 1])}]});
    expect(images(alone).map(({alpha}) => alpha)).to.deep.equal([1, 1, 1, 1]);
    expect(alone.legend.map(({label}) => label)).to.have.members(['0 25%', '1 25%', '4 25%', 'NaN 25%']);
    expect(readAt(images(alone)[0]!, 2).value).to.equal('NaN');
  });

  it('has 24 colours for classes, well apart', () => {
    const labs = CLASS_COLORS.map((css) => oklab(channels(parseColor(css))));
    expect(labs.length).to.be.at.least(21);
    // 0.02 is about the least difference that is seen
    labs.forEach((a, i) => labs.slice(i + 1).forEach((b) => expect(Math.hypot(...a.map((v, k) => v - b[k]!))).to.be.above(0.12)));
    expect(classColor(24)).to.equal(classColor(0));
    expect(classColor(-1)).to.equal(classColor(23));
  });

  it('draws many classes as one beyond the most frequent', () => {
    const figure = draw(image, {series: [{name: '', predictions: of([1, 1, 100], Int32Array.from({length: 100}, (_, i) => i), 'int32')}], pictures: [picture(100, 1)]});
    expect(figure.legend).to.have.length(33);
    expect(figure.legend.at(-1)!.label).to.equal('other classes 68%');
  });

  it('draws a large mask of many classes as one, which is hidden as one', () => {
    const side = 1024;
    const draws = (classes: number): Figure => draw(image, {series: [{name: '', predictions: of([1, side, side], Uint8Array.from({length: side * side}, (_, i) => i % classes), 'int32')}], pictures: [picture(side, side)]});
    // 12 · 2^20 pixels are kept apart
    const apart = draws(12);
    expect(images(apart)).to.have.length(13);
    expect(new Set(apart.legend.map(({series}) => series)).size).to.equal(12);
    expect(notesOf(apart)).to.deep.equal([]);
    const joint = draws(13);
    const [ground, mask, ...more] = images(joint);
    expect(more).to.deep.equal([]);
    for (const x of [0, 1, 12, 13, 1000]) expect(pixel(mask!, x, 0), String(x)).to.deep.equal(color(x % 13));
    expect(joint.legend.map(({ink}) => ink)).to.have.members(Array.from({length: 13}, (_, id) => classColor(id)));
    expect(new Set([mask!.series, ...joint.legend.map(({series}) => series)]).size).to.equal(1);
    expect(joint.table.rows).to.equal(13);
    expect(readAt(ground!, 1000).value).to.equal(String(1000 % 13));
    expect(notesOf(joint)).to.deep.equal(['So large a mask is drawn in one layer: its classes are hidden and shown together.']);
  });

  it('says what is wrong with its input', async () => {
    const fails = async (data: Parameters<typeof draw>[1], more?: Parameters<typeof draw>[2]): Promise<string> => (await failure(() => draw(image, data, more))).message;
    expect(await fails({series: [{name: ''}]})).to.contain('needs numbers');
    expect(await fails({series: [{name: '', tensor: of([4], [0, 1, 2, 3])}]})).to.contain('shape 4 is no image');
    expect(await fails({series: [{name: '', tensor: of([28, 28, 16], new Float32Array(28 * 28 * 16))}]})).to.contain('28×28×16 is no image');
    expect(await fails({series: [{name: '', tensor: of([2, 2, 2, 1], Array<number>(8).fill(0))}]}, {example: 2})).to.equal('There is no example 2; the 2 examples are 0 to 1.');
    expect(await fails({series: [{name: '', predictions: of([3, 1, 1], Int32Array.of(0, 1, 2), 'int32')}], pictures: [picture(1, 1), picture(1, 1)]})).to.contain('2 pictures for 3 masks');
    expect(await fails({series: [{name: '', predictions: of([3, 1, 1, 5], new Float32Array(15))}], pictures: [picture(1, 1), picture(1, 1)]})).to.contain('2 pictures for 3 masks');
  });
});
