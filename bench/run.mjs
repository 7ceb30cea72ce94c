// Times drawing a matrix, side by side with what a user would pick instead. Prints tables; asserts nothing.
// Numbers and names after the command choose sizes and tools: npm run bench -- 4096 ours plain
import {join} from 'node:path';
import {chosen, headline, here, json, mb, median, ms, note, quantile, rounds, start, table} from './shared.mjs';

const asked = process.argv.slice(2);
const SIZES = chosen([64, 256, 1024, 4096]);
const TOOLS = ['ours', 'plain', 'plotly', 'echarts', 'plot', 'tfjs-vis'].filter((name, _, all) => /ours|plain/.test(name) || asked.includes(name) || !all.some((other) => asked.includes(other)));
/** Counted runs, after one that is not. */
const RUNS = 5;
/** A tool gets no more runs once it has taken so many ms at a size, and no larger size once a run has taken `SLOW`. */
const [ENOUGH, SLOW] = [30_000, 15_000];
/** What draws heatmaps among what bench/ installs. */
const HEATMAPS = Object.fromEntries(Object.entries(json(join(here, 'package.json')).dependencies).filter(([name]) => !/dagre|backend|umap|pca/.test(name)));
/** VGG-16's fc1. */
const WIDE = [25088, 4096];

const {open, end} = await start('page.ts');

/** Bytes that the page holds, rubbish collected. */
async function heap({cdp}) {
  await cdp.send('HeapProfiler.collectGarbage');
  const {usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0} = await cdp.send('Runtime.getHeapUsage');
  return usedSize + embedderHeapUsedSize + backingStorageSize;
}

/** All tools at one size, in turn, round by round. @returns timings and bytes by tool; `null` for one that gave up */
async function compare(n, names) {
  const pages = {};
  for (const name of names) {
    const tab = (pages[name] = await open());
    await tab.page.evaluate((size) => bench.prepare(size, size), n);
    tab.before = await heap(tab);
  }
  const run = async (name, round) => {
    const timing = await pages[name].page.evaluate((tool) => bench.draw(tool), name);
    return round ? timing : {...timing, bytes: (await heap(pages[name])) - pages[name].before};
  };
  const results = await rounds(names, run, {counted: RUNS, enough: ENOUGH, failed: (name, why) => note(`${name} at ${n}²: ${why}`)});
  for (const tab of Object.values(pages)) tab.kill();
  for (const [name, result] of Object.entries(results)) {
    if (result) results[name] = {...Object.fromEntries(['first', 'exact', 'full'].map((key) => [key, median(result.runs.map((r) => r[key]))])), bytes: result.first.bytes};
  }
  return results;
}

/** Ms of the longest task of the main thread while ours draws, per run. */
async function longestTasks(rows, cols, runs) {
  const tab = await open();
  await tab.page.evaluate((r, c) => bench.prepare(r, c), rows, cols);
  await tab.page.evaluate(() => bench.draw('ours'));
  const longest = [];
  for (let i = 0; i < runs; i++) {
    await heap(tab);
    await tab.page.tracing.start({categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'], screenshots: false});
    await tab.page.evaluate(() => bench.draw('ours'));
    const {traceEvents} = JSON.parse(new TextDecoder().decode(await tab.page.tracing.stop()));
    const main = traceEvents.find((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain' && traceEvents.some((t) => t.pid === e.pid && t.tid === e.tid && t.name === 'FunctionCall'));
    const tasks = traceEvents.filter((e) => e.pid === main?.pid && e.tid === main?.tid && e.ph === 'X' && /RunTask/.test(e.name));
    longest.push(Math.max(...tasks.map((e) => e.dur / 1000)));
  }
  tab.kill();
  return longest;
}

/** Zooms with the wheel and drags, by real input, over a matrix of ours. */
async function gestures(rows, cols) {
  const tab = await open();
  const {page} = tab;
  await page.evaluate((r, c) => bench.prepare(r, c), rows, cols);
  await page.evaluate(() => bench.draw('ours'));
  const results = {};
  for (const kind of ['zoom', 'pan']) {
    await page.evaluate(() => bench.follow());
    await page.mouse.move(400, 400);
    if (kind === 'zoom') {
      await page.keyboard.down('Control');
      for (let i = 0; i < 60; i++) {
        await page.mouse.wheel({deltaY: i < 40 ? -20 : 20});
        await new Promise((resolve) => setTimeout(resolve, 12));
      }
      await page.keyboard.up('Control');
    } else {
      await page.mouse.down();
      for (let i = 0; i < 60; i++) {
        await page.mouse.move(400 + 3 * i, 400 + 2 * i);
        await new Promise((resolve) => setTimeout(resolve, 12));
      }
      await page.mouse.up();
    }
    results[kind] = await page.evaluate(() => bench.rest());
  }
  tab.kill();
  return results;
}

await headline(open, HEATMAPS);

let names = TOOLS;
let last;
for (const n of SIZES) {
  const results = await compare(n, names);
  last = results;
  const base = results.plain.exact;
  const cell = (value) => [ms(value), `${(value / base).toFixed(2)} ×`];
  console.log(`${n} × ${n}\n`);
  table(
    ['', 'painted', 'of plain', 'heap'],
    TOOLS.flatMap((name) => {
      const r = results[name];
      if (!r) return [[name, '—', '—', '—']];
      if (name !== 'ours') return [[name, ...cell(r.exact), mb(r.bytes)]];
      return [['ours, first', ...cell(r.first), ''], ['ours, exact', ...cell(r.exact), ''], ['ours, with all statistics', ...cell(r.full), mb(r.bytes)]];
    }),
  );
  names = names.filter((name) => name === 'ours' || name === 'plain' || (results[name] && results[name].exact < SLOW));
}

const side = SIZES.at(-1);
const tensor = 4 * side * side;
const tasks = await longestTasks(side, side, RUNS);
const moves = await gestures(side, side);
const frames = [...moves.zoom.work, ...moves.pan.work];
const gaps = [...moves.zoom.frames, ...moves.pan.frames];
console.log(`Aims at ${side} × ${side}\n`);
table(
  ['', 'aim', 'measured'],
  [
    ['first paint, of plain', '≤ 0.5 ×', `${(last.ours.first / last.plain.exact).toFixed(2)} ×`],
    ['first paint, faster than Plotly', '≥ 50 ×', last.plotly ? `${(last.plotly.exact / last.ours.first).toFixed(0)} ×` : 'Plotly gave up'],
    ['exact, of plain', '≤ 2 ×', `${(last.ours.exact / last.plain.exact).toFixed(2)} ×`],
    ['extra memory, of the tensor', '≤ 0.5 ×', `${(last.ours.bytes / tensor).toFixed(2)} ×`],
    ['work in a frame during gestures, p95', '≤ 16 ms', ms(quantile(frames, 0.95))],
    ['from frame to frame during gestures, p95', '(16.7 ms at 60 Hz)', ms(quantile(gaps, 0.95))],
    ['exact again after the last input: zoom, pan', '≤ 300 ms', `${ms(moves.zoom.exact)}, ${ms(moves.pan.exact)}`],
    ['longest task, median of the runs (worst)', '≤ 50 ms', `${ms(median(tasks))} (${ms(Math.max(...tasks))})`],
  ],
);

const wide = await open();
await wide.page.evaluate((r, c) => bench.prepare(r, c), ...WIDE);
const before = await heap(wide);
const large = [];
for (let i = 0; i < 3; i++) large.push(await wide.page.evaluate(() => bench.draw('ours')));
const bytes = (await heap(wide)) - before;
wide.kill();
const wideTasks = await longestTasks(...WIDE, 3);
const wideMoves = await gestures(...WIDE);
console.log(`Ours at ${WIDE.join(' × ')}\n`);
table(
  ['first', 'exact', 'with all statistics', 'extra memory, of the tensor', 'longest task', 'work in a frame, p95', 'exact after zoom, pan'],
  [
    [
      ...['first', 'exact', 'full'].map((key) => ms(median(large.map((r) => r[key])))),
      `${(bytes / (4 * WIDE[0] * WIDE[1])).toFixed(2)} ×`,
      ms(median(wideTasks)),
      ms(quantile([...wideMoves.zoom.work, ...wideMoves.pan.work], 0.95)),
      `${ms(wideMoves.zoom.exact)}, ${ms(wideMoves.pan.exact)}`,
    ],
  ],
);

end();
