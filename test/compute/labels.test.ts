import {expect} from 'chai';
import {readExamples, readExamplesSteps, readTargets, taskOf} from '../../src/compute/labels.js';
import {Problem} from '../../src/words/kinds.js';
import {failure} from '../helpers.js';

const numbers = (data: number[], ...shape: number[]): {data: Float32Array; shape: number[]} => ({data: Float32Array.from(data), shape: shape.length ? shape : [data.length]});

async function key(run: () => unknown): Promise<string> {
  const error = (await failure(run)) as Problem;
  expect(error).to.be.instanceOf(Problem);
  expect(error.message).to.not.match(/\{\w+[}|]/);
  return error.key;
}

describe('labels', () => {
  const three = numbers([0.1, 0.2, 0.7, 0.5, 0.3, 0.2], 2, 3);

  it('reads class numbers, one-hot rows and names alike', () => {
    const names = ['cat', 'dog', 'owl'];
    for (const labels of [numbers([2, 0]), numbers([2, 0], 2, 1), {data: Int32Array.of(2, 0), shape: [2]}, numbers([0, 0, 1, 1, 0, 0], 2, 3), ['owl', 'cat']]) {
      const examples = readExamples({predictions: three, labels, classes: names});
      expect(examples).to.include({n: 2, classes: 3, columns: 3, binary: false});
      expect(Array.from(examples.truth)).to.deep.equal([2, 0]);
      expect(examples.scores).to.equal(three.data);
    }
  });

  it('reads one score an example as that of class 1 of two', () => {
    for (const shape of [[3], [3, 1]]) {
      for (const labels of [numbers([1, 0, 1]), numbers([1, 0, 1], 3, 1), numbers([0, 1, 1, 0, 0, 1], 3, 2), {data: Uint8Array.of(1, 0, 1), shape: [3]}]) {
        const examples = readExamples({predictions: numbers([0.5, 0.25, 1], ...shape), labels});
        expect(examples).to.include({n: 3, classes: 2, columns: 1, binary: true});
        expect(Array.from(examples.truth)).to.deep.equal([1, 0, 1]);
        expect(Array.from(examples.scores)).to.deep.equal([0.5, 0.25, 1]);
      }
    }
    expect(readExamples({predictions: numbers([0.5, 0.5], 1, 2), labels: numbers([1])})).to.include({classes: 2, columns: 2, binary: true});
  });

  it('takes whole numbers as scores too', () => {
    expect(readExamples({predictions: {data: Uint8Array.of(200, 3), shape: [2]}, labels: numbers([1, 0])}).scores).to.deep.equal(Float64Array.of(200, 3));
  });

  it('says what does not fit', async () => {
    const two = numbers([0.5, 0.5]);
    const read = (labels: Parameters<typeof readExamples>[0]['labels'], predictions = three, classes?: string[]) => key(() => readExamples({predictions, labels, classes}));
    expect(await read(numbers([0]))).to.equal('metricsLength');
    expect(await read(['a'], three, ['a', 'b', 'c'])).to.equal('metricsLength');
    expect(await read(numbers([0, 3]))).to.equal('metricsLabelRange');
    expect(await read(numbers([0, -1]))).to.equal('metricsLabelRange');
    expect(await read(numbers([0, 2]), two)).to.equal('metricsLabelBinary');
    expect(await read(numbers([0, 0.5]))).to.equal('metricsLabelInteger');
    expect(await read(numbers([0, NaN]))).to.equal('metricsLabelInteger');
    expect(await read(numbers([0, 0, 1, 1, 1, 0], 2, 3))).to.equal('metricsMultiLabel');
    expect(await read(numbers([0, 0, 1, 0, 0, 0], 2, 3))).to.equal('metricsNoLabel');
    expect(await read(numbers([0, 0, 1, 2, 0, 0], 2, 3))).to.equal('metricsNotOneHot');
    expect(await read(numbers([0, 0.1, 0.9, 1, 0, 0], 2, 3))).to.equal('metricsNotOneHot');
    expect(await read(numbers([0, 0, 1, 1, 0, 0]))).to.equal('metricsFlatOneHot');
    expect(await read(numbers([0, 1, 1, 0], 2, 2))).to.equal('metricsLabelShape');
    expect(await read(numbers([0, 0], 2, 1, 1))).to.equal('metricsLabelShape');
    expect(await read(numbers([], 0), numbers([], 0, 3))).to.equal('metricsEmpty');
    expect(await read(numbers([0, 1]), numbers([1, 2], 1, 2, 1))).to.equal('metricsPredictionShape');
    expect(await read(['a', 'b'])).to.equal('metricsNoClassNames');
    expect(await read(['a', 'x'], three, ['a', 'b', 'c'])).to.equal('metricsClassName');
    expect(await read(['a', 'b'], three, ['a', 'b', 'a'])).to.equal('metricsClassTwice');
    expect(await read(numbers([0, 1]), three, ['a', 'b'])).to.equal('metricsClassCount');
    expect(await key(() => readExamples({predictions: {data: Float32Array.of(1), shape: [2]}, labels: two}))).to.equal('shapeMismatch');
  });

  it('names the label and the example', async () => {
    const error = await failure(() => readExamples({predictions: three, labels: numbers([0, 7])}));
    expect(error.message).to.equal('Label 7 of example 1 is out of range: 3 classes are numbered 0 to 2.');
  });

  it('reads targets of any shape, and leaves NaN in place', async () => {
    expect(readTargets({predictions: numbers([1, NaN], 2, 1), labels: {data: Int32Array.of(1, 2), shape: [2]}})).to.deep.equal({n: 2, truth: Float64Array.of(1, 2), predicted: Float32Array.of(1, NaN)});
    expect(await key(() => readTargets({predictions: numbers([1]), labels: numbers([1, 2])}))).to.equal('metricsLength');
    expect(await key(() => readTargets({predictions: numbers([]), labels: numbers([])}))).to.equal('metricsEmpty');
  });

  it('knows a regression from a classifier', () => {
    expect(taskOf({predictions: numbers([0.5, 0.1]), labels: numbers([0, 1])})).to.equal('binary');
    expect(taskOf({predictions: numbers([0.5, 0.1]), labels: numbers([3, 7])})).to.equal('regression');
    expect(taskOf({predictions: numbers([0.5, 0.1]), labels: numbers([0.5, 1])})).to.equal('regression');
    expect(taskOf({predictions: numbers([0.5, 0.1], 1, 2), labels: numbers([1])})).to.equal('binary');
    expect(taskOf({predictions: three, labels: numbers([0, 0, 1, 1, 0, 0], 2, 3)})).to.equal('multiclass');
    expect(taskOf({predictions: three, labels: numbers([0.2, 0, 1, 1, 0, 0], 2, 3)})).to.equal('regression');
    expect(taskOf({predictions: three, labels: ['a', 'b']})).to.equal('multiclass');
  });

  it('reads a million labels, letting others in', () => {
    const n = 1_000_000;
    const steps = readExamplesSteps({predictions: {data: new Float32Array(n), shape: [n]}, labels: {data: new Uint8Array(n).fill(1), shape: [n]}});
    let yields = 0;
    for (;;) {
      const step = steps.next();
      if (!step.done) yields++;
      else {
        expect(step.value.truth.reduce((a, b) => a + b)).to.equal(n);
        break;
      }
    }
    expect(yields).to.be.at.least(10);
  });
});
