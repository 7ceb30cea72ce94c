// Times maps of attribution side by side with plain loops of tf.grad and predict, and steps of training watched and
// unwatched. Prints tables; asserts nothing.
// Names after the command choose parts, backends, models and methods: npm run bench:gradients -- attribution cpu tinyvgg
import {loadavg} from 'node:os';
import {join} from 'node:path';
import {chosen, headline, here, json, median, ms, note, rounds, start, table, within} from './shared.mjs';

const PARTS = chosen(['attribution', 'watch']);
const BACKENDS = chosen(['cpu', 'wasm', 'webgl']);
const METHODS = chosen(['integrated-gradients', 'smoothgrad', 'occlusion']);
const ALL = [
  {name: 'dense', label: 'Dense 784-128-10', path: null},
  {name: 'tinyvgg', label: 'Tiny VGG, 64 × 64', path: 'cnn-explainer-tinyvgg/model.json'},
  // the cpu backend would take minutes for a map
  {name: 'darknet', label: 'Darknet tiny, 224 × 224', path: 'ml5-darknet-tiny/model.json', not: ['cpu']},
];
const NAMES = chosen(ALL.map(({name}) => name));
const MODELS = ALL.filter(({name}) => NAMES.includes(name));
const OPTIMIZERS = chosen(['sgd', 'adam']);
const NETS = [
  ...[32, 128].map((size) => ({kind: 'dense', label: 'dense 784-128-10', size})),
  {kind: 'conv', label: 'conv 8, pool, conv 16, dense', size: 32},
].filter(({kind}) => chosen(['dense', 'conv']).includes(kind));
/** Counted maps of a tool, after one that is not; a tool gets no more once it has taken so many ms. */
const [MAPS, ENOUGH] = [7, 40_000];
/** Ms that one map may take. */
const LIMIT = 200_000;
/** Turns of each net, their steps and ms; each net trains for so many ms at most. */
const [TURNS, STRETCH, TRAINED] = [60, 250, 12_000];
const TFJS = Object.fromEntries(Object.entries(json(join(here, 'package.json')).dependencies).filter(([name]) => /tfjs(-backend.*)?$/.test(name)));

const mounts = {'/wasm/': 'node_modules/@tensorflow/tfjs-backend-wasm/dist', '/models/': '../test/fixtures/models', '/images/': '../test/fixtures/images'};
const {open, end} = await start('gradients-page.ts', {}, Object.fromEntries(Object.entries(mounts).map(([prefix, folder]) => [prefix, join(here, folder)])));
const times = (value) => `${value.toFixed(2)} ×`;
const percent = (value) => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)} %`;

/** A page on a backend. */
async function opened(backend) {
  const tab = await open();
  const {on, why} = await within(tab.page.evaluate((name) => bench.use(name), backend), 60_000);
  if (on) return {...tab, on};
  tab.kill();
  throw new Error(why);
}

/** One method, by ours and by the loops, in pages of their own. @returns by tool ms of the first map, of the others' median, and of the least; `null` for one that gave up */
async function maps(backend, path, method) {
  const tabs = {};
  let passes = 0;
  try {
    for (const name of method === 'occlusion' ? ['ours', 'plain'] : ['ours', 'plain', 'lean']) {
      tabs[name] = await opened(backend);
      await within(tabs[name].page.evaluate((p) => bench.load(p), path), LIMIT);
    }
    const run = async (name) => {
      const made = await tabs[name].page.evaluate((...given) => bench.map(...given), name, method, passes);
      passes = made.passes;
      return made.ms;
    };
    const failed = (name, why) => {
      note(`${name}, ${method} on ${backend}: ${why}`);
      tabs[name].kill();
    };
    const results = await rounds(Object.keys(tabs), run, {counted: MAPS, enough: ENOUGH, limit: LIMIT, failed});
    return {passes, ...Object.fromEntries(Object.entries(results).map(([name, r]) => [name, r && {first: r.first, ms: median(r.runs), least: Math.min(...r.runs)}]))};
  } finally {
    for (const tab of Object.values(tabs)) tab.kill();
  }
}

/** Steps of training of a net that is watched and of two that are not, in turn, in one page. */
async function steps(backend, kind, optimizer, size) {
  const tab = await opened(backend);
  try {
    const train = (name, count) => tab.page.evaluate((...given) => bench.train(...given), name, count);
    await tab.page.evaluate((...given) => bench.prepareTraining(...given), kind, optimizer, size);
    const [, ...warm] = await within(train('unwatched', 6), LIMIT);
    const count = Math.max(1, Math.round(STRETCH / median(warm)));
    const errors = [];
    const results = await rounds(['unwatched', 'watched', 'again'], (name) => train(name, count), {counted: TURNS, enough: TRAINED, failed: (name, why) => errors.push(why)});
    if (errors.length) throw new Error(errors[0]);
    const {cost, measured} = await tab.page.evaluate(() => bench.watchedRun());
    const step = (name) => median(results[name].runs.flat());
    const turn = (name) => results[name].runs.map((list) => list.reduce((a, b) => a + b, 0));
    // each turn beside its neighbour of the same round
    const over = (name) => median(turn(name).map((all, i) => all / (turn('unwatched')[i] ?? NaN)).filter((ratio) => ratio > 0)) - 1;
    return {step: step('unwatched'), watched: step('watched'), again: step('again'), over: over('watched'), overAgain: over('again'), count: results.watched.runs.flat().length, cost, measured};
  } finally {
    tab.kill();
  }
}

await headline(open, TFJS);
const aims = [];

for (const backend of BACKENDS) {
  let on;
  try {
    const tab = await opened(backend);
    on = tab.on;
    tab.kill();
  } catch (error) {
    console.log(`${backend} is left out: ${error.message}\n`);
    continue;
  }
  if (PARTS.includes('attribution')) {
    for (const {label, path, not = []} of MODELS) {
      if (not.includes(backend)) continue;
      const lines = [];
      for (const method of METHODS) {
        const {passes, ours, plain, lean} = await maps(backend, path, method);
        const of = (other, key = 'ms') => (ours && other ? times(ours[key] / other[key]) : '—');
        lines.push([method, passes, ...[ours, plain].map((r) => (r ? ms(r.ms) : 'fails')), of(plain), of(plain, 'least'), of(lean), of(lean, 'least'), ours ? ms(ours.first) : '—', of(plain, 'first')]);
        aims.push([`${label}, ${backend}, ${method}: of the plain loop; the least of each`, '≤ 1.1 ×', plain ? `${of(plain)}; ${of(plain, 'least')}` : `${of(lean)}; ${of(lean, 'least')} (of the lean loop, since the plain one fails)`]);
      }
      console.log(`Maps of ${label}, on ${on}; the lean loop skips the gradients of filters, which tfjs works out for linear convolutions\n`);
      table(['', 'passes', 'ours', 'plain loop', 'of plain', 'by the least', 'of lean', 'by the least', 'ours, first', 'first, of plain'], lines);
    }
  }
  if (PARTS.includes('watch')) {
    const lines = [];
    for (const {kind, label, size} of NETS) {
      for (const optimizer of OPTIMIZERS) {
        const name = `${label}, batch ${size}, ${optimizer}`;
        try {
          const r = await steps(backend, kind, optimizer, size);
          lines.push([name, r.count, ms(r.step), percent(r.watched / r.step - 1), percent(r.over), percent(r.again / r.step - 1), percent(r.overAgain), percent(r.cost), percent(r.measured)]);
          aims.push([`watched, ${backend}, ${name}: a step; all of them`, '< 5 %', `${percent(r.watched / r.step - 1)}; ${percent(r.over)}`]);
        } catch (error) {
          note(`${name} on ${backend}: ${error.message.split('\n')[0]}`);
          lines.push([name, 'does not train', ...Array(7).fill('—')]);
        }
      }
    }
    console.log(`Steps of training, on ${on}: medians of each step, and of whole turns, in which some steps are measured\n`);
    table(['', 'steps', 'unwatched', 'watched, a step', 'watched, in all', 'a net alike, a step', 'a net alike, in all', 'cost as the watch tells', 'steps measured'], lines);
  }
}

console.log('Aims\n');
table(['', 'aim', 'measured'], aims);
console.log(`Load at the end: ${loadavg()[0].toFixed(1)}`);
end();
