import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {findTf, presentTf, setTfLoader, useTf} from '../../src/tensor/tf.js';
import {failure} from '../helpers.js';

const globals = globalThis as {tf?: unknown};
/** Another copy, told apart by its name. */
const copy = (name: string): typeof tf & {copy: string} => ({...tf, copy: name});

describe('TensorFlow.js', () => {
  before(() => tf.setBackend('cpu'));
  afterEach(() => {
    useTf(null);
    setTfLoader(null);
    delete globals.tf;
  });

  it('is what useTf was given, before globalThis.tf, before what the build brings along', async () => {
    let fetched = 0;
    const loaded = copy('loaded');
    setTfLoader(() => Promise.resolve((fetched++, loaded)));
    globals.tf = copy('global');
    const given = copy('given');
    useTf(given);
    expect(await findTf()).to.equal(given);
    expect(presentTf()).to.equal(given);
    useTf(null);
    expect(await findTf()).to.equal(globals.tf);
    delete globals.tf;
    expect(presentTf()).to.equal(null);
    expect(fetched).to.equal(0);
    expect(await Promise.all([findTf(), findTf()])).to.deep.equal([loaded, loaded]);
    expect(fetched).to.equal(1);
  });

  it('is not an element that the page calls tf', async () => {
    const div = document.createElement('div');
    div.id = 'tf';
    document.body.append(div);
    try {
      expect(globals.tf).to.equal(div);
      expect(await failure(findTf())).to.include({key: 'tfMissing'});
    } finally {
      div.remove();
    }
  });

  it('is asked for in words that name the ways to give it', async () => {
    const {message} = await failure(findTf());
    expect(message).to.contain('useTf(tf)').and.contain('import "tensorlens/tfjs"').and.contain('globalThis.tf');
    expect(await failure(() => useTf({tensor: 1}))).to.include({key: 'tfBad'});
  });

  it('is fetched again after a failure', async () => {
    let fail = true;
    setTfLoader(() => (fail ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve(tf)));
    const error = await failure(findTf());
    expect(error).to.include({key: 'tfFile'});
    expect(error.message).to.contain('Failed to fetch').and.contain('tensorlens-tfjs.js');
    fail = false;
    expect(await findTf()).to.equal(tf);
  });

  it('may come as a default export', () => {
    useTf({default: tf});
    expect(presentTf()).to.equal(tf);
  });

  it('is given by importing tensorlens/tfjs', async () => {
    await import('../../src/tfjs.js');
    expect((await findTf()).getBackend()).to.equal('cpu');
  });
});
