import {expect} from 'chai';
import {badges} from '../../src/compute/badges.js';
import {cluster} from '../../src/compute/cluster.js';
import {spectrum} from '../../src/compute/spectrum.js';
import {compute} from '../../src/controllers/compute-worker.js';
import {setComputeWorker} from '../../src/controllers/worker-factory.js';
import {failure, noise} from '../helpers.js';

const script = (): Worker => new Worker(new URL('../../src/controllers/compute.worker.js', import.meta.url), {type: 'module'});

/** Counts the workers that are started and ended. */
function counted(make: () => Worker = script): {started: number; ended: number} {
  const count = {started: 0, ended: 0};
  setComputeWorker(() => {
    const worker = make();
    count.started++;
    const end = worker.terminate.bind(worker);
    worker.terminate = () => {
      count.ended++;
      end();
    };
    return worker;
  });
  return count;
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + 30_000; !holds(); ) {
    if (performance.now() > end) throw new Error(`${what} did not come.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('compute', () => {
  afterEach(() => setComputeWorker(null));

  it('answers what the functions answer, by the worker beside it', async () => {
    const x = noise(60 * 20);
    expect(await compute('cluster', [x, 60, 20, 'cosine'])).to.deep.equal(cluster(x, 60, 20, 'cosine'));
    expect(await compute('spectrum', [x, 60, 20])).to.deep.equal(spectrum(x, 60, 20));
    expect(await compute('badges', [x, {outer: 20, units: 60, inner: 1}, {cosine: 0.5}])).to.deep.equal(badges(x, {outer: 20, units: 60, inner: 1}, {cosine: 0.5}));
  });

  it('leaves the arrays to their owner, and takes no more of a buffer than is seen', async () => {
    const count = counted();
    const sent: number[] = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: {args: unknown[]}, ...rest: unknown[]) {
      sent.push((message.args[0] as Float32Array).buffer.byteLength);
      return (post as (...args: unknown[]) => void).call(this, message, ...rest);
    } as typeof post;
    try {
      const buffer = new ArrayBuffer(1 << 16);
      const x = new Float32Array(buffer, 64, 12);
      x.set(noise(12));
      const before = x.slice();
      const found = await compute('spectrum', [x, 3, 4]);
      expect(found).to.deep.equal(spectrum(before, 3, 4));
      expect(x).to.deep.equal(before);
      expect(buffer.byteLength).to.equal(1 << 16);
      expect(sent).to.deep.equal([48]);
      expect(count.started).to.equal(1);
    } finally {
      Worker.prototype.postMessage = post;
    }
  });

  it('copies large arrays in slices, and no more where they are no longer wanted', async () => {
    counted();
    const x = new Float32Array(24 << 20);
    const sent: number[] = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: {args: unknown[]}, ...rest: unknown[]) {
      sent.push((message.args[0] as Float32Array).length);
      return (post as (...args: unknown[]) => void).call(this, message, ...rest);
    } as typeof post;
    try {
      const stop = new AbortController();
      const given = failure(compute('cluster', [x, 3, 8 << 20], {signal: stop.signal}));
      // what is copied at once is sent in this turn
      await Promise.resolve();
      expect(sent).to.deep.equal([]);
      stop.abort();
      expect((await given).name).to.equal('AbortError');
      const next = compute('spectrum', [Float32Array.of(2), 1, 1]);
      expect([...(await next).values]).to.deep.equal([2]);
      expect(sent).to.deep.equal([1]);
      x[x.length - 1] = 1;
      await failure(compute('cluster', [x, 2, 2]));
      expect(sent).to.deep.equal([1, 24 << 20]);
      expect(x.at(-1)).to.equal(1);
    } finally {
      Worker.prototype.postMessage = post;
    }
  });

  it('takes several in turn, with one worker, and ends it when there is nothing to do', async () => {
    const count = counted();
    const order: string[] = [];
    await Promise.all([
      compute('spectrum', [noise(300 * 300), 300, 300]).then(() => order.push('first')),
      compute('cluster', [noise(20), 10, 2]).then(() => order.push('second')),
      compute('spectrum', [noise(4), 2, 2]).then(() => order.push('third')),
    ]);
    expect(order).to.deep.equal(['first', 'second', 'third']);
    expect(count).to.deep.equal({started: 1, ended: 0});
    await until(() => count.ended === 1, 'the end of the worker');
    await compute('spectrum', [noise(4), 2, 2]);
    expect(count.started).to.equal(2);
  });

  it('tells how far it is', async () => {
    counted();
    const shares: number[] = [];
    await compute('spectrum', [noise(700 * 700), 700, 700], {onProgress: (share) => shares.push(share)});
    expect(shares.length).to.be.above(1);
    expect(shares.every((v, i) => v >= (shares[i - 1] ?? 0) && v <= 1)).to.equal(true);
  });

  it('stops at once when it is no longer wanted, and goes on with the next', async () => {
    const count = counted();
    const stop = new AbortController();
    const long = failure(compute('spectrum', [noise(1024 * 1024), 1024, 1024], {signal: stop.signal, onProgress: () => stop.abort()}));
    const waits = new AbortController();
    const waiting = failure(compute('spectrum', [noise(4), 2, 2], {signal: waits.signal}));
    const next = compute('spectrum', [Float32Array.of(2), 1, 1]);
    waits.abort();
    expect((await waiting).name).to.equal('AbortError');
    expect((await long).name).to.equal('AbortError');
    expect([...(await next).values]).to.deep.equal([2]);
    expect(count).to.deep.equal({started: 2, ended: 1});
    expect((await failure(compute('spectrum', [noise(4), 2, 2], {signal: stop.signal}))).name).to.equal('AbortError');
  });

  it('rejects with what the function throws, and with what cannot be sent', async () => {
    const count = counted();
    const error = await failure(compute('cluster', [noise(5), 2, 2]));
    expect(error).to.be.instanceOf(RangeError);
    expect(error.message).to.include('got 5');
    expect((await failure(compute('badges', [noise(4), {outer: 2, units: 2, inner: 1}, (() => 0) as object]))).name).to.equal('DataCloneError');
    expect([...(await compute('spectrum', [Float32Array.of(2), 1, 1])).values]).to.deep.equal([2]);
    expect(count.started).to.equal(1);
  });

  const page = async (): Promise<void> => {
    const x = noise(90);
    expect(await compute('cluster', [x, 30, 3])).to.deep.equal(cluster(x, 30, 3));
    expect(await failure(compute('cluster', [x, 2, 2]))).to.be.instanceOf(RangeError);
    const stop = new AbortController();
    const long = failure(compute('spectrum', [noise(400 * 400), 400, 400], {signal: stop.signal, onProgress: () => stop.abort()}));
    const next = compute('spectrum', [Float32Array.of(2), 1, 1]);
    expect((await long).name).to.equal('AbortError');
    expect([...(await next).values]).to.deep.equal([2]);
  };

  it('computes in the page where no worker can be made', async () => {
    setComputeWorker(() => {
      throw new Error('no');
    });
    await page();
  });

  it('computes in the page where a worker does not start', async () => {
    const count = counted(() => new Worker('/nowhere.js', {type: 'module'}));
    await page();
    expect(count).to.deep.equal({started: 1, ended: 1});
  });

  it('computes in the page where a worker says nothing', async () => {
    const count = counted(() => new Worker(URL.createObjectURL(new Blob([''], {type: 'text/javascript'}))));
    const start = performance.now();
    await page();
    expect(performance.now() - start).to.be.above(9000);
    expect(count.ended).to.equal(1);
  });

  it('tells when a worker breaks down', async () => {
    const count = counted(() => new Worker(URL.createObjectURL(new Blob(['postMessage({ready: true}); onmessage = () => { throw new Error("broken"); };'], {type: 'text/javascript'}))));
    expect((await failure(compute('spectrum', [noise(4), 2, 2]))).message).to.include('broken');
    expect(count).to.deep.equal({started: 1, ended: 1});
  });

  it('begins anew with another worker', async () => {
    const silent = counted(() => new Worker(URL.createObjectURL(new Blob(['postMessage({ready: true})'], {type: 'text/javascript'}))));
    const found = compute('spectrum', [Float32Array.of(3), 1, 1]);
    await until(() => silent.started === 1, 'the first worker');
    const count = counted();
    expect([...(await found).values]).to.deep.equal([3]);
    expect([silent.ended, count.started]).to.deep.equal([1, 1]);
  });
});
