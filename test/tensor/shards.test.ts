import {expect} from 'chai';
import {decode} from '../../src/tensor/bytes.js';
import {openSource} from '../../src/tensor/read-source.js';
import type {ModelWeights, WeightInfo} from '../../src/tensor/types.js';
import {until} from '../elements/page.js';
import {failure, fixture, json, modelUrl} from '../helpers.js';

async function model(url: string, own?: typeof fetch): Promise<ModelWeights> {
  const data = await openSource(url, own && {fetch: own});
  if (!('model' in data)) throw new Error('no model');
  return data.model;
}

/** A server of one folder: answers from a table, noting what was asked for. */
function server(files: Record<string, () => Response | Promise<Response>>): {fetch: typeof fetch; asked: string[]} {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (input) => {
      const name = String(input as string).split('/').pop()!;
      asked.push(name);
      return files[name.split('?')[0]!]?.() ?? new Response('not here', {status: 404});
    },
  };
}

const MB4 = 4 * 2 ** 20;

describe('shards', () => {
  it('fetches only what holds the weight, of a 500 MB model in 4 MiB shards', async () => {
    const rows = 5000;
    const weights = Array.from({length: 25}, (_, i) => ({name: `l${i}/kernel`, shape: [rows, 1000 + (i % 3)], dtype: 'float32'}));
    const total = weights.reduce((n, w) => n + 4 * w.shape[0]! * w.shape[1]!, 0);
    const n = Math.ceil(total / MB4);
    const paths = Array.from({length: n}, (_, i) => `s${i}.bin`);
    const shard = (i: number): Response => {
      const floats = new Float32Array(Math.min(MB4, total - i * MB4) / 4);
      for (let k = 0; k < floats.length; k++) floats[k] = (i * MB4) / 4 + k; // each float tells its place
      return new Response(floats);
    };
    const s = server({'model.json': () => Response.json([{paths, weights}]), ...Object.fromEntries(paths.map((p, i) => [p, () => shard(i)]))});
    const {weights: infos} = await model('https://models.test/big/model.json', s.fetch);
    expect(s.asked).to.deep.equal(['model.json']);
    expect(total).to.be.above(490e6);
    let start = 0;
    for (const [i, w] of weights.entries()) {
      const bytes = 4 * w.shape[0]! * w.shape[1]!;
      if (i === 17) {
        const values = await infos[i]!.read();
        const needed = Math.floor((start + bytes - 1) / MB4) - Math.floor(start / MB4) + 1;
        expect(s.asked.length - 1).to.be.at.most(needed + 2);
        expect(values.data[0]).to.equal(Math.fround(start / 4));
        expect(values.data.at(-1)).to.equal(Math.fround(start / 4 + bytes / 4 - 1));
      }
      start += bytes;
    }
  });

  it('finds its way where shards are of another size', async () => {
    const values = Float32Array.from({length: 30}, (_, i) => i);
    const cut = (from: number, to: number) => (): Response => new Response(values.slice(from, to));
    const weights = [{name: 'a/x', shape: [7], dtype: 'float32'}, {name: 'b/x', shape: [18], dtype: 'float32'}, {name: 'c/x', shape: [5], dtype: 'float32'}];
    const s = server({'model.json': () => Response.json([{paths: ['1', '2', '3'], weights}]), 1: cut(0, 11), 2: cut(11, 12), 3: cut(12, 30)});
    const {weights: infos} = await model('https://models.test/odd/model.json', s.fetch);
    expect(Array.from((await infos.find((w) => w.layer === 'c')!.read()).data)).to.deep.equal([25, 26, 27, 28, 29]);
    expect(Array.from((await infos.find((w) => w.layer === 'b')!.read()).data)).to.deep.equal(Array.from(values.subarray(7, 25)));
  });

  it('asks for ranges of a shard over 16 MB, and takes a 200 as the whole', async () => {
    for (const ranged of [true, false]) {
      const big = new Float32Array(6e6).fill(1);
      big[5_999_999] = 9;
      const ranges: (string | null)[] = [];
      const own: typeof fetch = async (input, init) => {
        if (String(input as string).endsWith('.json')) return Response.json([{paths: ['all.bin'], weights: [{name: 'x', shape: [5_999_000], dtype: 'float32'}, {name: 'y', shape: [1000], dtype: 'float32'}]}]);
        const range = new Headers(init?.headers).get('range');
        ranges.push(range);
        const [, a, b] = /bytes=(\d+)-(\d+)/.exec(range ?? '') ?? [];
        return ranged && range ? new Response(big.buffer.slice(Number(a), Number(b) + 1), {status: 206}) : new Response(big);
      };
      const {weights} = await model(`https://models.test/range${ranged}/model.json`, own);
      const y = await weights.find((w) => w.weight === 'y')!.read();
      expect(y.data.length).to.equal(1000);
      expect(y.data[999]).to.equal(9);
      expect(ranges).to.deep.equal(['bytes=23996000-23999999']);
    }
  });

  /** Floats that tell their own place, laid into shards of the given sizes. */
  const shardsOf = (sizes: readonly number[]): Record<string, () => Response> => {
    let start = 0;
    return Object.fromEntries(
      sizes.map((size, i) => {
        const from = start / 4;
        start += size;
        return [`s${i}`, () => new Response(Float32Array.from({length: size / 4}, (_, k) => from + k))];
      }),
    );
  };
  /** A manifest of one group over such shards, of weights with so many values. */
  const sharded = async (folder: string, sizes: readonly number[], counts: Record<string, number>): Promise<{weights: Record<string, WeightInfo>; asked: string[]}> => {
    const manifest = [{paths: sizes.map((_, i) => `s${i}`), weights: Object.entries(counts).map(([name, n]) => ({name, shape: [n], dtype: 'float32'}))}];
    const s = server({'model.json': () => Response.json(manifest), ...shardsOf(sizes)});
    const {weights} = await model(`https://models.test/${folder}/model.json`, s.fetch);
    return {weights: Object.fromEntries(weights.map((w) => [w.address, w])), asked: s.asked};
  };
  const first = async (w: WeightInfo): Promise<number> => (await w.read()).data[0]!;

  it('of a size that only seems to be the usual one are read rightly, side by side and alone', async () => {
    // 11 MB are three shards of 4 MB, and would be three of 4 MiB
    const sizes = [4e6, 4e6, 3e6];
    const counts = {a: 500_000, b: 800_000, c: 1_450_000};
    for (const names of [['a', 'b', 'c'], ['b', 'a'], ['c', 'b', 'a'], ['b', 'c'], ['a'], ['b'], ['c']]) {
      const {weights} = await sharded(`seeming-${names.join('')}`, sizes, counts);
      const got = await Promise.all(names.map((name) => first(weights[name]!)));
      expect(got, names.join()).to.deep.equal(names.map((name) => ({a: 0, b: 500_000, c: 1_300_000})[name]));
    }
  });

  it('are read rightly where the last of them is the first to come, and shorter than usual', async () => {
    const {weights} = await sharded('last', [4_300_000, 4_080_000], {a: 1_090_000, b: 1_005_000});
    expect(await first(weights.b!)).to.equal(1_090_000);
    expect(await first(weights.a!)).to.equal(0);
  });

  it('that were cut off give no shifted values', async () => {
    const files = shardsOf([MB4, MB4, MB4]);
    files.s1 = () => new Response(Float32Array.from({length: MB4 / 4 - 100}, (_, k) => MB4 / 4 + k));
    const counts = {a: 1_000_000, b: 1_000_000, c: 1_000_000, d: 145_728};
    const manifest = [{paths: ['s0', 's1', 's2'], weights: Object.entries(counts).map(([name, n]) => ({name, shape: [n], dtype: 'float32'}))}];
    const {weights} = await model('https://models.test/cut/model.json', server({'model.json': () => Response.json(manifest), ...files}).fetch);
    const by = Object.fromEntries(weights.map((w) => [w.address, w]));
    expect(await first(by.a!)).to.equal(0);
    expect(await first(by.b!)).to.equal(1_000_000);
    for (const name of ['c', 'd']) {
      const error = await failure(by[name]!.read());
      expect(error, name).to.include({key: 'shardShort'});
      expect(error.message).to.contain('s1');
    }
  });

  it('are fetched once by two who read from one, where the server knows no ranges', async () => {
    for (const ranged of [false, true]) {
      const big = Float32Array.from({length: 6e6}, (_, i) => i);
      const asked: (string | null)[] = [];
      const own: typeof fetch = async (input, init) => {
        if (String(input as string).endsWith('.json')) return Response.json([{paths: ['all.bin'], weights: ['x', 'y', 'z'].map((name) => ({name, shape: [2e6], dtype: 'float32'}))}]);
        const range = new Headers(init?.headers).get('range');
        asked.push(range);
        await new Promise((resolve) => setTimeout(resolve, 10));
        const [, a, b] = /bytes=(\d+)-(\d+)/.exec(range ?? '') ?? [];
        return ranged ? new Response(big.buffer.slice(Number(a), Number(b) + 1), {status: 206}) : new Response(big);
      };
      const {weights} = await model(`https://models.test/once${ranged}/model.json`, own);
      expect(await Promise.all(weights.map(first))).to.deep.equal([0, 2e6, 4e6]);
      expect(asked.length, String(ranged)).to.equal(ranged ? 3 : 1);
    }
  });

  it('that are too big to keep push no others out of the store', async () => {
    const s = server({
      'model.json': () => Response.json([
        {paths: ['small'], weights: [{name: 'a', shape: [4], dtype: 'float32'}]},
        {paths: ['big'], weights: [{name: 'b', shape: [17e6], dtype: 'float32'}]},
      ]),
      small: () => new Response(new Float32Array(4)),
      big: () => new Response(new Float32Array(17e6)),
    });
    const {weights} = await model('https://models.test/keep/model.json', s.fetch);
    const by = Object.fromEntries(weights.map((w) => [w.address, w]));
    await by.a!.read();
    await by.b!.read();
    await by.a!.read();
    expect(s.asked).to.deep.equal(['model.json', 'small', 'big']);
  });

  it('leave nothing on the signal', async () => {
    const {signal} = new AbortController();
    let listening = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => (listening++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listening--, remove(...args));
    const s = server({'model.json': () => Response.json([{paths: ['w'], weights: [{name: 'a', shape: [4], dtype: 'float32'}]}]), w: () => new Response(new Float32Array(4))});
    const data = await openSource('https://models.test/signal/model.json', {fetch: s.fetch, signal});
    if (!('model' in data)) throw new Error('no model');
    await data.model.weights[0]!.read(signal);
    expect(listening).to.equal(0);
  });

  it('tell how far they are while they are fetched', async () => {
    const s = await sharded('progress', [MB4, MB4, 400_000], {a: 1000, b: 2_000_000, c: 196_152});
    for (const [name, total] of [['b', 2 * MB4], ['c', MB4 + 400_000]] as const) {
      const told: number[][] = [];
      await s.weights[name]!.read(undefined, (...step) => told.push(step));
      expect(told.length, name).to.be.above(0);
      expect(told.at(-1), name).to.deep.equal([total, total]);
      expect(told.every(([loaded], i) => loaded! > (told[i - 1]?.[0] ?? 0)), name).to.equal(true);
    }
  });

  it('are asked of the server anew once the model is, with its JSON', async () => {
    const asked: string[] = [];
    let value = 1;
    const own: typeof fetch = async (input, init) => {
      asked.push(`${String(input as string).split('/').pop()} ${init?.cache}`);
      return String(input as string).endsWith('.json')
        ? Response.json([{paths: ['../elsewhere/w'], weights: [{name: 'a', shape: [1], dtype: 'float32'}]}])
        : new Response(Float32Array.of(value));
    };
    const read = async (fresh: boolean): Promise<number> => {
      const data = await openSource('https://models.test/anew/model.json', {fetch: own, fresh});
      return 'model' in data ? first(data.model.weights[0]!) : NaN;
    };
    expect(await read(false)).to.equal(1);
    value = 2;
    expect(await read(false)).to.equal(1);
    expect(await read(true)).to.equal(2);
    expect(await read(false)).to.equal(2);
    expect(asked).to.deep.equal(['model.json undefined', 'w undefined', 'model.json no-cache', 'w no-cache']);
  });

  it('reads every float16 as NumPy does', async () => {
    const wanted = new Float32Array(await (await fetch(fixture('refs/float16_all_65536_as_float32le.bin'))).arrayBuffer());
    const bytes = new Uint8Array(Uint16Array.from({length: 65536}, (_, i) => i).buffer);
    const {data} = await decode({name: 'h', shape: [65536], dtype: 'float32', quantization: {dtype: 'float16', original_dtype: 'float32'}}, bytes);
    for (let i = 0; i < 65536; i++) if (!Object.is(data[i], wanted[i]) && !(Number.isNaN(data[i]) && Number.isNaN(wanted[i]))) expect.fail(`${i}: ${data[i]} is not ${wanted[i]}`);
  });

  it('dequantises: q · scale + min, rounded for int32', async () => {
    const q = Uint8Array.of(0, 10, 255);
    expect(Array.from((await decode({name: 'w', shape: [3], dtype: 'float32', quantization: {dtype: 'uint8', scale: 0.5, min: -1}}, q)).data)).to.deep.equal([-1, 4, 126.5]);
    expect(Array.from((await decode({name: 'w', shape: [3], dtype: 'int32', quantization: {dtype: 'uint8', scale: 0.3, min: 0}}, q)).data)).to.deep.equal([0, 3, 77]);
    const odd = new Uint8Array(7);
    odd.set(new Uint8Array(Uint16Array.of(1, 65535).buffer), 1);
    expect(Array.from((await decode({name: 'w', shape: [2], dtype: 'float32', quantization: {dtype: 'uint16', scale: 2, min: 1}}, odd.subarray(1, 5))).data)).to.deep.equal([3, 131071]);
  });

  it('reads a manifest of all dtypes, strings among them', async () => {
    const values = await json<{f32: unknown[]; i32: number[]; bool: boolean[]; scalar: number}>('models/dtype-pack/values.json');
    const {weights, format} = await model(fixture('models/dtype-pack/model.json'));
    const by = (name: string): WeightInfo => weights.find((w) => w.address === name)!;
    expect(format).to.equal('manifest');
    expect(Array.from((await by('f32').read()).data)).to.deep.equal(values.f32.map((v) => Math.fround(Number(v))));
    expect(Array.from((await by('i32').read()).data)).to.deep.equal(values.i32);
    expect(Array.from((await by('bool').read()).data)).to.deep.equal(values.bool.map(Number));
    expect(await failure(by('str').read())).to.include({key: 'stringTensor'});
    // these lie behind the strings
    expect(Array.from((await by('scalar').read()).data)).to.deep.equal([values.scalar]);
    expect(Array.from((await by('rank6').read()).data)).to.deep.equal(Array.from({length: 64}, (_, i) => i));
    expect((await by('zero_b').read()).data.length).to.equal(0);
    expect(Array.from((await by('c64').read()).data)).to.deep.equal([1, 3, 2, -4, NaN, 0]);
  });

  /** An answer whose connection breaks after some bytes. */
  const brokenOff = (): Response =>
    new Response(new ReadableStream({start: (c) => c.enqueue(new Uint8Array(8)), pull: (c) => c.error(new TypeError('network error'))}));

  const broken: [string, () => Response | Promise<Response>, string][] = [
    ['is missing', () => new Response('', {status: 404}), 'shardStatus'],
    ['is cut off', () => new Response(new Uint8Array(7)), 'shardShort'],
    ['is an HTML page', () => new Response('<!doctype html><title>App</title>'), 'shardHtml'],
    ['cannot be reached', () => Promise.reject(new TypeError('Failed to fetch')), 'shardUnreachable'],
    ['breaks off', brokenOff, 'shardUnreachable'],
  ];
  for (const [name, answer, key] of broken) {
    it(`tells when a shard ${name}`, async () => {
      const s = server({'model.json': () => Response.json([{paths: ['w.bin'], weights: [{name: 'a/k', shape: [4], dtype: 'float32'}]}]), 'w.bin': answer});
      const {weights} = await model(`https://models.test/${name.replaceAll(' ', '-')}/model.json`, s.fetch);
      const error = await failure(weights[0]!.read());
      expect(error).to.include({key});
      expect(error.message).to.contain('w.bin');
    });
  }

  const sources: [string, () => Response | Promise<Response>, string][] = [
    ['404', () => new Response('', {status: 404}), 'srcStatus'],
    ['HTML', () => new Response('<!DOCTYPE html>'), 'jsonHtml'],
    ['nothing', () => new Response(''), 'jsonEmpty'],
    ['cut JSON', () => new Response('{"modelTopology": {'), 'jsonBroken'],
    ['other JSON', () => Response.json({a: 1}), 'jsonUnknown'],
    ['a list of words', () => Response.json(['a']), 'notNumber'],
    ['a bad manifest', () => Response.json({modelTopology: {}, weightsManifest: [{}]}), 'badManifest'],
    ['no answer', () => Promise.reject(new TypeError('Failed to fetch')), 'srcUnreachable'],
    ['half an answer', brokenOff, 'srcUnreachable'],
  ];
  for (const [name, answer, key] of sources) {
    it(`tells when a source holds ${name}`, async () => {
      const error = await failure(openSource('https://models.test/x.json', {fetch: server({'x.json': answer}).fetch}));
      expect(error).to.include({key});
      if (key.startsWith('src')) expect(error.message).to.contain('x.json');
    });
  }

  it('sends stores of the browser to .model, and takes a byte order mark', async () => {
    expect(await failure(openSource('indexeddb://my-model'))).to.include({key: 'srcStore'});
    const s = server({'x.json': () => new Response('\uFEFF[[1, 2]]')});
    expect(await openSource('https://models.test/x.json', {fetch: s.fetch})).to.have.nested.property('tensor.shape').deep.equal([1, 2]);
  });

  it('gives shards the query of the model, and resolves them against its folder', async () => {
    const asked: string[] = [];
    const own: typeof fetch = async (input) => {
      asked.push(String(input as string));
      return String(input as string).includes('model.json') ? Response.json([{paths: ['sub/w.bin'], weights: [{name: 'k', shape: [1], dtype: 'float32'}]}]) : new Response(new Float32Array(1));
    };
    const {weights} = await model('https://models.test/a/b/model.json?sig=1', own);
    await weights[0]!.read();
    expect(asked).to.deep.equal(['https://models.test/a/b/model.json?sig=1', 'https://models.test/a/b/sub/w.bin?sig=1']);
  });

  it('shares one fetch among those who ask, and aborts it when the last gives up', async () => {
    let aborted = 0;
    let calls = 0;
    const own: typeof fetch = (_, init) =>
      new Promise((resolve, reject) => {
        calls++;
        init!.signal!.addEventListener('abort', () => {
          aborted++;
          reject(init!.signal!.reason as Error);
        });
        setTimeout(() => resolve(Response.json([[1]])), 50);
      });
    const [a, b] = [new AbortController(), new AbortController()];
    const first = failure(openSource('https://models.test/slow.json', {fetch: own, signal: a.signal}));
    const second = openSource('https://models.test/slow.json', {fetch: own, signal: b.signal});
    a.abort();
    await first;
    expect(await second).to.have.property('tensor');
    expect([calls, aborted]).to.deep.equal([1, 0]);
    const c = new AbortController();
    const third = failure(openSource('https://models.test/slow2.json', {fetch: own, signal: c.signal}));
    c.abort();
    expect((await third).name).to.equal('AbortError');
    await until(() => aborted === 1, 'the fetch is given up');
  });

  it('reads real models whose weights come in 31 groups, quantised, or as float16', async () => {
    for (const [name, count] of [['ml5-darknet-tiny', 77], ['faceapi-tiny-detector-uint8', 0], ['human-gender', 0], ['tensorspace-lenet', 10]] as const) {
      const {weights} = await model(modelUrl(name));
      if (count) expect(weights.length, name).to.equal(count);
      for (const w of weights) {
        if (w.dtype === 'string') continue;
        const values = await w.read();
        expect(values.data.length, w.address).to.equal(w.size);
        if (values.data.length > 100 && !w.constant) expect(values.data.every(Number.isFinite), w.address).to.equal(true);
      }
    }
  });
});
