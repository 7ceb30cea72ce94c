import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {fetchInput, type FitOptions, fitInput, type FittedInput} from '../../src/controllers/model-input.js';
import {type ModelInput, takeInput} from '../../src/controllers/take-input.js';
import {liveModel} from '../../src/tensor/model-ports.js';
import {failure, fixture} from '../helpers.js';

const {signal} = new AbortController();

/** A model with inputs of these shapes, without the axis of examples. */
function taking(...shapes: (number | null)[][]): ReturnType<typeof liveModel> {
  const inputs = shapes.map((shape, i) => tf.input({shape, name: `in${shapes.length}_${i}_${Math.random().toString(36).slice(2)}`}));
  return liveModel(tf.model({inputs, outputs: inputs.map((x) => tf.layers.activation({activation: 'linear'}).apply(x) as tf.SymbolicTensor)}));
}

async function fit(input: ModelInput, shape: (number | null)[], options: FitOptions = {}): Promise<FittedInput> {
  const [only] = await fitInput(takeInput(input), taking(shape), {range: '0,255', ...options});
  return only!;
}

/** A picture of pixels by name, row by row. */
function drawn(rows: readonly (readonly string[])[]): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [rows[0]!.length, rows.length];
  const context = canvas.getContext('2d')!;
  for (const [y, row] of rows.entries()) {
    for (const [x, color] of row.entries()) {
      context.fillStyle = color;
      context.fillRect(x, y, 1, 1);
    }
  }
  return canvas;
}

const RED = [255, 0, 0];
const BLUE = [0, 0, 255];
const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];
/** Values in threes. */
const pixels = ({values}: FittedInput): number[][] => Array.from({length: values.data.length / 3}, (_, i) => Array.from(values.data.subarray(3 * i, 3 * i + 3)));
const wide = (): HTMLCanvasElement => drawn([['red', 'red', 'blue', 'blue'], ['red', 'red', 'blue', 'blue']]);

describe('model input', () => {
  before(() => tf.setBackend('cpu'));

  it('goes in row by row, red, green, blue', async () => {
    const fitted = await fit(drawn([['red', 'blue'], ['white', 'black']]), [2, 2, 3]);
    expect(fitted.values.shape).to.deep.equal([1, 2, 2, 3]);
    expect(pixels(fitted)).to.deep.equal([RED, BLUE, WHITE, BLACK]);
    expect(fitted.range).to.deep.equal({text: '0,255', assumed: false});
    expect(Array.from(fitted.pictures[0]!.data)).to.deep.equal([...RED, 255, ...BLUE, 255, ...WHITE, 255, ...BLACK, 255]);
    const first = await fit(drawn([['red', 'blue']]), [3, 5, 10], {resize: 'stretch'});
    expect(first.values.shape).to.deep.equal([1, 3, 5, 10]);
    const at = (c: number): number[] => [first.values.data[50 * c]!, first.values.data[50 * c + 49]!];
    expect([0, 1, 2].map(at)).to.deep.equal([[255, 0], [0, 0], [0, 255]]);
  });

  it('becomes grey by its luminance', async () => {
    for (const shape of [[1, 3, 1], [1, 3]]) {
      const fitted = await fit(drawn([['#f00', '#0f0', '#00f']]), shape);
      expect(fitted.values.shape).to.deep.equal([1, ...shape]);
      // Rec. 601: 255 × 0.299, 0.587, 0.114
      expect(Array.from(fitted.values.data)).to.deep.equal([76, 150, 29]);
      expect(Array.from(fitted.pictures[0]!.data.subarray(0, 4))).to.deep.equal([76, 76, 76, 255]);
    }
  });

  it('stands on white where it is transparent, unless the model takes alpha', async () => {
    const canvas = drawn([['red', 'transparent']]);
    expect(pixels(await fit(canvas, [1, 2, 3]))).to.deep.equal([RED, WHITE]);
    expect(Array.from((await fit(canvas, [1, 2, 4])).values.data)).to.deep.equal([255, 0, 0, 255, 0, 0, 0, 0]);
    const image = new ImageData(Uint8ClampedArray.of(0, 0, 0, 0, 0, 0, 255, 255), 2, 1);
    expect(pixels(await fit(image, [1, 2, 3]))).to.deep.equal([WHITE, BLUE]);
  });

  it('is cropped, padded or stretched to other proportions', async () => {
    expect(pixels(await fit(wide(), [2, 2, 3]))).to.deep.equal([RED, BLUE, RED, BLUE]);
    expect(pixels(await fit(wide(), [2, 2, 3], {resize: 'pad'}))).to.deep.equal([RED, BLUE, BLACK, BLACK]);
    expect(pixels(await fit(wide(), [1, 2, 3], {resize: 'stretch'}))).to.deep.equal([RED, BLUE]);
    expect(pixels(await fit(drawn([['red'], ['blue']]), [2, 6, 3], {resize: 'pad'})).map((p) => p.join())).to.deep.equal(
      [BLACK, BLACK, RED, BLACK, BLACK, BLACK, BLACK, BLACK, BLUE, BLACK, BLACK, BLACK].map((p) => p.join()),
    );
    expect(await failure(fit(wide(), [2, 2, 3], {resize: 'squeeze'}))).to.include({key: 'badOption'});
  });

  it('keeps its own size where the model takes any', async () => {
    expect((await fit(wide(), [null, null, 3])).values.shape).to.deep.equal([1, 2, 4, 3]);
    expect(await failure(fit([wide(), drawn([['red']])], [null, null, 3]))).to.include({key: 'inputSizes'});
  });

  it('is averaged, not thinned out, when it shrinks', async () => {
    const board = Array.from({length: 256}, (_, y) => Array.from({length: 256}, (__, x) => ((x + y) % 2 ? 'white' : 'black')));
    const {values} = await fit(drawn(board), [16, 16, 1]);
    expect(Math.min(...values.data)).to.be.above(110);
    expect(Math.max(...values.data)).to.be.below(145);
  });

  it('is taken as it is when it is set', async () => {
    const canvas = drawn([['red']]);
    const bitmap = await createImageBitmap(drawn([['blue']]));
    const image = new ImageData(Uint8ClampedArray.of(255, 255, 255, 255), 1, 1);
    const taken = [canvas, bitmap, image].map((input) => takeInput(input));
    const given = tf.tensor([[[9, 8, 7]]]);
    const tensor = takeInput(given);
    given.dispose();
    canvas.getContext('2d')!.fillRect(0, 0, 1, 1);
    bitmap.close();
    image.data.fill(0);
    const model = taking([1, 1, 3]);
    const [one] = await fitInput({kind: 'list', items: taken}, model, {range: '0,255'});
    expect(one!.values.shape).to.deep.equal([3, 1, 1, 3]);
    expect(pixels(one!)).to.deep.equal([RED, BLUE, WHITE]);
    const [values] = await fitInput(tensor, model);
    expect(Array.from(values!.values.data)).to.deep.equal([9, 8, 7]);
    expect(values!.range).to.equal(null);
    expect(values!.pictures).to.deep.equal([]);
  });

  it('may be an image that is still loading, or a file', async () => {
    const image = new Image();
    image.src = fixture('images/tfjs-cat.jpg');
    const [a] = await fitInput(takeInput(image), taking([224, 224, 3]), {range: '0,255'});
    const file = await (await fetch(fixture('images/tfjs-cat.jpg'))).blob();
    const [b] = await fitInput(takeInput(file), taking([224, 224, 3]), {range: '0,255'});
    const fetched = await fetchInput(fixture('images/tfjs-cat.jpg'), {}, signal);
    const [c] = await fitInput(fetched, taking([224, 224, 3]), {range: '0,255'});
    expect(Array.from(a!.values.data.subarray(0, 3000))).to.deep.equal(Array.from(b!.values.data.subarray(0, 3000)));
    expect(Array.from(c!.values.data)).to.deep.equal(Array.from(b!.values.data));
    const broken = new Image();
    broken.src = fixture('images/none.jpg');
    const error = await failure(fit(broken, [2, 2, 3]));
    expect(error).to.include({key: 'inputImage'});
    expect(error.message).to.contain('images/none.jpg');
    expect(await failure(fit(document.createElement('video'), [2, 2, 3]))).to.include({key: 'inputVideo'});
    expect(await failure(fit(document.createElement('img'), [2, 2, 3]))).to.include({key: 'inputImage'});
  });

  it('is fetched with words for what goes wrong, and given up when told to', async () => {
    const of = (src: string, abort = signal): Promise<Error> => failure(fetchInput(src, {}, abort));
    expect(await of(fixture('images/none.jpg'))).to.include({key: 'srcStatus'});
    expect(await of(fixture('models/ml5-darknet-tiny/labels.json'))).to.include({key: 'inputImage'});
    expect(await failure(fetchInput('x.jpg', {fetch: () => Promise.resolve(new Response('<!DOCTYPE html><p>Home'))}, signal))).to.include({key: 'inputHtml'});
    expect(await failure(fetchInput('x.jpg', {fetch: () => Promise.reject(new TypeError('Failed to fetch'))}, signal))).to.include({key: 'srcUnreachable'});
    const abort = new AbortController();
    const waiting = of(fixture('images/tfjs-cat.jpg'), abort.signal);
    abort.abort();
    expect(await waiting).to.include({name: 'AbortError'});
  });

  it('may be one example after another, or several inputs by name', async () => {
    const two = await fit([new Float32Array(2), Float32Array.of(1, 2)], [2]);
    expect(two.values).to.deep.equal({shape: [2, 2], dtype: 'float32', data: Float32Array.of(0, 0, 1, 2)});
    expect((await fit([tf.tensor([[1, 2], [3, 4]])], [2])).values.shape).to.deep.equal([2, 2]);
    expect((await fit([[1, 2], [3, 4]], [2])).values.shape).to.deep.equal([2, 2]);
    expect(await failure(fit([new Float32Array(2), new Float32Array(3)], [2]))).to.include({key: 'inputRagged'});
    expect(await failure(fit([wide(), new Float32Array(2)] as unknown as ModelInput, [2]))).to.include({key: 'inputNested'});
    const model = taking([1, 4, 3], [2]);
    const {inputs} = model as unknown as {inputs: {name: string}[]};
    const [picture, vector] = await fitInput(takeInput({[inputs[1]!.name]: [5, 6], [inputs[0]!.name]: wide()}), model, {range: '0,1'});
    expect([picture!.name, vector!.name]).to.deep.equal(inputs.map(({name}) => name));
    expect(picture!.values.shape).to.deep.equal([1, 1, 4, 3]);
    expect(Array.from(vector!.values.data)).to.deep.equal([5, 6]);
    const listed = await fitInput(takeInput([wide(), new Float32Array(2)] as unknown as ModelInput), model, {range: '0,1'});
    expect(listed.map(({values}) => values.shape)).to.deep.equal([[1, 1, 4, 3], [2]]);
    expect(await failure(fitInput(takeInput([1, 2]), model))).to.include({key: 'inputCount'});
  });

  it('is refused where the model takes no picture', async () => {
    const error = await failure(fit(wide(), [784]));
    expect(error).to.include({key: 'inputNoPicture'});
    expect(error.message).to.contain('[null, 784]');
    expect(await failure(fit(wide(), [4, 4, 7]))).to.include({key: 'inputNoPicture'});
    expect(await failure(fit({__v_isReactive: true} as unknown as ModelInput, [2]))).to.include({key: 'proxy'});
  });
});
