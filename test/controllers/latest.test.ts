import {expect} from 'chai';
import {Latest} from '../../src/controllers/latest.js';
import {failure} from '../helpers.js';

describe('Latest', () => {
  it('gives the newest task’s result, and waits for no other', async () => {
    const latest = new Latest();
    const never = latest.run(() => new Promise<number>(() => undefined));
    const newest = latest.run(() => Promise.resolve(2));
    expect(await never).to.equal(undefined);
    expect(await newest).to.equal(2);
    expect(latest.running).to.equal(false);
  });

  it('tells failures of the newest alone', async () => {
    const latest = new Latest();
    const old = latest.run(() => Promise.reject(new Error('old')));
    const newest = latest.run(() => Promise.reject(new Error('new')));
    expect(await old).to.equal(undefined);
    expect((await failure(newest)).message).to.equal('new');
  });

  it('ends at once when aborted', async () => {
    const latest = new Latest();
    const run = latest.run(() => new Promise<number>(() => undefined));
    expect(latest.running).to.equal(true);
    latest.abort();
    expect(await run).to.equal(undefined);
  });
});
