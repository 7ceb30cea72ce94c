import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {decode} from '../../src/tensor/bytes.js';
import {toNPY} from '../../src/tensor/files.js';
import {complexPart, readPart, readTensor} from '../../src/tensor/read-tensor.js';
import {yieldToPage} from '../../src/tensor/slices.js';
import type {TensorInput} from '../../src/tensor/types.js';
import {failure} from '../helpers.js';

describe('readTensor', () => {
  before(() => tf.setBackend('cpu'));

  it('reads every dtype of TensorFlow.js, ranks 0 to 6 and tensors of size 0', async () => {
    const before = tf.memory().numTensors;
    const all = tf.tidy(() => [
      readTensor(tf.scalar(2.5)),
      readTensor(tf.tensor([[1, 2], [3, 4]], [2, 2], 'int32')),
      readTensor(tf.tensor([true, false], [2], 'bool')),
      readTensor(tf.complex([3, 0], [4, -2])),
      readTensor(tf.zeros([2, 1, 2, 1, 2, 1])),
      readTensor(tf.zeros([0, 5])),
    ] as unknown as tf.Tensor[]) as unknown as Promise<Awaited<ReturnType<typeof readTensor>>>[];
    const [scalar, int, bool, complex, six, none] = await Promise.all(all);
    expect(scalar).to.deep.include({shape: [], dtype: 'float32'});
    expect(Array.from(scalar!.data)).to.deep.equal([2.5]);
    expect(int!.dtype).to.equal('int32');
    expect(Array.from(bool!.data)).to.deep.equal([1, 0]);
    expect(Array.from(complexPart(complex!, 'magnitude').data)).to.deep.equal([5, 2]);
    expect(complexPart(complex!, 'phase').data[1]).to.be.closeTo(-Math.PI / 2, 1e-6);
    expect(six!.shape.length).to.equal(6);
    expect(none!.data.length).to.equal(0);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('begins before it returns: the tensor may be disposed of right after', async () => {
    const tensor = tf.tensor1d([1, 2, 3]);
    const reading = readTensor(tensor);
    tensor.dispose();
    expect(Array.from((await reading).data)).to.deep.equal([1, 2, 3]);
  });

  it('reads plain data, and keeps doubles', async () => {
    expect(await readTensor([[1, 2, 3], [4, 5, 6]])).to.deep.include({shape: [2, 3]});
    expect((await readTensor(0.1)).data[0]).to.equal(0.1);
    expect(await readTensor(new Uint8Array(3))).to.deep.include({shape: [3], dtype: 'int32'});
    expect(await readTensor({data: new Float32Array(6), shape: [2, 3]})).to.deep.include({shape: [2, 3], dtype: 'float32'});
    expect(Array.from((await readTensor([[true], [false]])).data)).to.deep.equal([1, 0]);
    const own = new Float32Array(4);
    expect((await readTensor(own)).data).to.equal(own);
  });

  function loop(): unknown[] {
    const array: unknown[] = [1];
    array[0] = array;
    return array;
  }

  const wrong: [string, unknown, string][] = [
    ['a string', 'x', 'badInput'],
    ['null', null, 'badInput'],
    ['an object', {a: 1}, 'badInput'],
    ['a hole in an array', [[1, 2], [3]], 'ragged'],
    ['an empty array before others', [[], [1, 2]], 'ragged'],
    ['a first row much longer than the others', [Array.from({length: 1e6}, () => 0), ...Array.from({length: 1e6}, () => [1])], 'ragged'],
    ['nested data that are ragged', {data: [[1, 2], [3]], shape: [3]}, 'ragged'],
    ['an array that contains itself', loop(), 'tooDeep'],
    ['a number among arrays', [[1], 2], 'ragged'],
    ['a text among numbers', [1, 'two'], 'notNumber'],
    ['too few data', {data: [1, 2], shape: [3]}, 'shapeMismatch'],
    ['a negative shape', {data: [], shape: [-1]}, 'badShape'],
    ['64-bit integers', new BigInt64Array(2), 'bigint'],
  ];
  for (const [name, input, key] of wrong) {
    it(`refuses ${name} in words`, async () => {
      expect(await failure(readTensor(input as TensorInput))).to.include({key});
    });
  }

  it('names the place of what is wrong', async () => {
    const at = async (input: unknown): Promise<string> => (await failure(readTensor(input as TensorInput))).message;
    expect(await at([[[1, 2], [3, 4]], [[5, 6], [7]]])).to.contain('[1, 1]');
    expect(await at([[[1, 2], [3, 4]], [[5, 6], [7, 'x']]])).to.contain('[1, 1, 1]');
    expect(await at({data: [1, 2, 'x'], shape: [3]})).to.contain('[2]');
  });

  it('reads what JSON has for NaN and the infinities', async () => {
    expect(Array.from((await readTensor([[1, null], ['NaN', '-Infinity']] as unknown as TensorInput)).data)).to.deep.equal([1, NaN, NaN, -Infinity]);
    const plain = (dtype?: string): TensorInput => ({data: [1, null, 'Infinity'], shape: [3], dtype}) as unknown as TensorInput;
    expect(Array.from((await readTensor(plain())).data)).to.deep.equal([1, NaN, Infinity]);
    for (const dtype of ['int32', 'bool']) expect(await failure(readTensor(plain(dtype)))).to.include({key: 'notNumber'});
    expect(await failure(readTensor([1, undefined] as unknown as TensorInput))).to.include({key: 'notNumber'});
  });

  it('takes nested data, whose size must fit the shape', async () => {
    const {shape, data} = await readTensor({data: [[1, 2, 3], [4, 5, 6]], shape: [3, 2]} as never);
    expect([shape, Array.from(data)]).to.deep.equal([[3, 2], [1, 2, 3, 4, 5, 6]]);
  });

  it('reads half floats, where JavaScript has them', async function () {
    const Half = (globalThis as unknown as {Float16Array?: new (values: number[]) => Float32Array}).Float16Array;
    if (!Half) return this.skip();
    const half = new Half([0.5, -2.25, NaN]);
    for (const input of [half, {data: half, shape: [3]}]) {
      const values = await readTensor(input);
      expect(values.dtype).to.equal('float32');
      expect(Array.from(values.data)).to.deep.equal([0.5, -2.25, NaN]);
    }
    expect(half[0]).to.equal(0.5);
  });

  /** How often the page got a turn while something ran, on a clock by which each look takes 5 ms. */
  async function turns(run: () => Promise<unknown>): Promise<number> {
    const {now} = performance;
    const {port1, port2} = new MessageChannel();
    let count = 0;
    let time = 0;
    // what ran before has begun this turn by the other clock
    await yieldToPage();
    port1.onmessage = () => {
      count++;
      port2.postMessage(0);
    };
    performance.now = () => (time += 5);
    try {
      const done = run();
      port2.postMessage(0);
      await done;
      return count;
    } finally {
      performance.now = now;
      port1.close();
    }
  }

  const n = 400_000;
  const large: [string, () => Promise<unknown>][] = [
    ['nested numbers', () => readTensor(Array.from({length: n / 4}, () => [1, 2, 3, 4]))],
    ['flat numbers', () => readTensor({data: Array.from({length: n}, () => 1), shape: [n]})],
    ['complex numbers', () => readPart({shape: [n], dtype: 'complex64', data: new Float32Array(2 * n)}, 'phase')],
    ['quantised weights', () => decode({name: 'w', shape: [n], dtype: 'float32', quantization: {dtype: 'uint8', scale: 2}}, new Uint8Array(n))],
  ];
  for (const [name, run] of large) {
    it(`lets the page work while it reads many ${name}`, async () => {
      expect(await turns(run)).to.be.above(1);
    });
  }

  it('reads small data within the call, whatever ran before it', async () => {
    await Promise.all(large.map(([, run]) => run()));
    const array = [[1, 2], [3, 4]];
    const readings = Array.from({length: 20}, () => readTensor(array));
    array[0]![0] = 9;
    for (const reading of readings) expect((await reading).data[0]).to.equal(1);
  });

  it('takes the magnitude of what is tiny, and of what is huge', () => {
    const data = Float32Array.of(3e-42, 4e-42, 1.8e38, 2.4e38, Infinity, 1, NaN, 0);
    const {data: out} = complexPart({shape: [4], dtype: 'complex64', data}, 'magnitude');
    expect(out[0]).to.be.closeTo(5e-42, 3e-45);
    expect(out[1]).to.be.closeTo(3e38, 1e32);
    expect(Array.from(out.subarray(2))).to.deep.equal([Infinity, NaN]);
  });

  it('refuses strings, disposed tensors and proxies in words', async () => {
    const text = tf.tensor(['a', 'b']);
    expect(await failure(readTensor(text as unknown as TensorInput))).to.include({key: 'stringTensor'});
    text.dispose();
    const gone = tf.scalar(1);
    gone.dispose();
    expect(await failure(readTensor(gone))).to.include({key: 'disposed'});
    expect(await failure(readTensor({__v_isReactive: true} as never))).to.include({key: 'proxy'});
    const raw = {data: [1], shape: [1]};
    expect((await readTensor({__v_raw: raw, __v_isReactive: true} as never)).shape).to.deep.equal([1]);
  });
});

describe('toNPY', () => {
  it('writes a header that NumPy reads, aligned to 64 bytes', () => {
    const bytes = toNPY({shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, NaN)});
    const length = bytes[8]! + 256 * bytes[9]!;
    const header = String.fromCharCode(...bytes.subarray(10, 10 + length));
    expect(Array.from(bytes.subarray(0, 8))).to.deep.equal([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
    expect((10 + length) % 64).to.equal(0);
    expect(header).to.match(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/);
    expect(Array.from(new Float32Array(bytes.slice(10 + length).buffer))).to.deep.equal([1, 2, 3, 4, 5, NaN]);
    expect(String.fromCharCode(...toNPY({shape: [2], dtype: 'bool', data: Uint8Array.of(1, 0)}).subarray(10, 70))).to.contain("'|b1'").and.to.contain('(2,)');
    expect(String.fromCharCode(...toNPY({shape: [], dtype: 'float64', data: Float64Array.of(1)}).subarray(10, 70))).to.contain("'<f8'").and.to.contain('()');
  });

  it('writes what its header says, of every kind of array', () => {
    const parse = (values: Parameters<typeof toNPY>[0]): [string, ArrayBuffer] => {
      const bytes = toNPY(values);
      const length = bytes[8]! + 256 * bytes[9]!;
      return [/'descr': '(.*?)'/.exec(String.fromCharCode(...bytes.subarray(10, 10 + length)))![1]!, bytes.slice(10 + length).buffer];
    };
    const [u4, unsigned] = parse({shape: [1], dtype: 'int32', data: Uint32Array.of(3e9)});
    expect([u4, ...new Uint32Array(unsigned)]).to.deep.equal(['<u4', 3e9]);
    const [i4, small] = parse({shape: [2], dtype: 'int32', data: Int8Array.of(-1, 2)});
    expect([i4, ...new Int32Array(small)]).to.deep.equal(['<i4', -1, 2]);
    const [c16, double] = parse({shape: [1], dtype: 'complex64', data: Float64Array.of(0.1, -0.2)});
    expect([c16, ...new Float64Array(double)]).to.deep.equal(['<c16', 0.1, -0.2]);
    const [c8, single] = parse({shape: [1], dtype: 'complex64', data: Float32Array.of(1, -2)});
    expect([c8, ...new Float32Array(single)]).to.deep.equal(['<c8', 1, -2]);
  });
});
