import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {toNPY} from '../../src/tensor/files.js';
import {complexPart, readTensor} from '../../src/tensor/read-tensor.js';
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

  const wrong: [string, unknown, string][] = [
    ['a string', 'x', 'badInput'],
    ['null', null, 'badInput'],
    ['an object', {a: 1}, 'badInput'],
    ['a hole in an array', [[1, 2], [3]], 'ragged'],
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
});
