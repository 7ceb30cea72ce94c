import {expect} from 'chai';
import {classNames, fetchClasses} from '../../src/tensor/classes.js';
import {failure, fixture} from '../helpers.js';

const three = ['cat', 'dog', 'red fox'];

describe('classNames', () => {
  it('reads lists, records and texts', () => {
    for (const given of [three, {labels: three}, {0: 'cat', 2: 'red fox', 1: 'dog'}, {cat: 0, dog: 1, 'red fox': 2}, {0: ['n1', 'cat'], 1: ['n2', 'dog'], 2: ['n3', 'red fox']}, 'cat\ndog\r\nred fox\n', '\uFEFFcat\n dog \nred fox', JSON.stringify(three), JSON.stringify({labels: three, version: 1}), '{"0": "cat", "1": "dog", "2": "red fox"}']) {
      expect(classNames(given, 3), JSON.stringify(given)).to.deep.equal(three);
    }
    expect(classNames([0, 1], 2)).to.deep.equal(['0', '1']);
  });

  it('lets an index stand for a name that is missing', () => {
    expect(classNames({1: 'dog'}, 3)).to.deep.equal(['0', 'dog', '2']);
  });

  it('refuses a number that does not match the output', async () => {
    const error = await failure(() => classNames(three, 4));
    expect(error).to.include({key: 'classesCount'});
    expect(error.message).to.equal('The output has 4 classes; 3 names were given.');
    expect(await failure(() => classNames('cat\ndog', 3))).to.include({key: 'classesCount'});
    expect((await failure(() => classNames({3: 'x'}, 3))).message).to.contain('class 3').and.contain('last is 2');
  });

  it('says what else is wrong', async () => {
    for (const [given, key] of [[5, 'classesBad'], [{}, 'classesBad'], [{a: 'b'}, 'classesBad'], [[{}], 'classesName'], ['', 'classesEmpty'], ['<!doctype html>', 'classesHtml'], ['["a"', 'classesJson']] as const) {
      expect(await failure(() => classNames(given as string, 1)), JSON.stringify(given)).to.include({key});
    }
  });

  it('fetches a file of them', async () => {
    const {signal} = new AbortController();
    const names = classNames(await fetchClasses(fixture('models/ml5-darknet-tiny/labels.json'), {}, signal), 1000);
    expect(names).to.include('tabby');
    const error = await failure(fetchClasses(fixture('none.txt'), {}, signal));
    expect(error).to.include({key: 'srcStatus'});
  });
});
