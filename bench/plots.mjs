// Times training curves and a ROC, side by side with what a user would pick instead. Prints tables; asserts nothing.
// Numbers and names after the command choose sizes, tools and parts: npm run bench:plots -- 1000000 ours uplot draw
import {loadavg} from 'node:os';
import {join} from 'node:path';
import {CAP, chosen, headline, here, json, median, ms, note, pause, quantile, rounds, start, table, within} from './shared.mjs';

const asked = process.argv.slice(2);
const SIZES = chosen([10_000, 100_000, 1_000_000]);
const ALL = ['ours', 'plain', 'uplot', 'plotly', 'plotly gl', 'echarts', 'tfjs-vis'];
const TOOLS = ALL.filter((name) => /ours|plain/.test(name) || asked.includes(name) || !ALL.some((other) => asked.includes(other)));
const PARTS = chosen(['draw', 'append', 'gestures', 'roc']);
/** Counted runs, after one that is not. */
const RUNS = 5;
/** A tool gets no more runs once it has taken so many ms at a size, and no larger size once a run has taken `SLOW`. */
const [ENOUGH, SLOW] = [30_000, 15_000];
/** Appends that are timed. */
const APPENDS = 100;
/** Ms that appending, or gestures, may take a tool: a WebGL that only pretends to be one may take seconds for a frame. */
const LIMIT = 60_000;
/** Scores of the ROC. */
const SCORES = 1_000_000;
/** How a tool is zoomed: ours leaves the bare wheel to the page. uPlot and tfjs-vis do not zoom by the wheel. */
const ZOOMED = {ours: 'Control', plotly: null, 'plotly gl': null, echarts: null};
/** What draws lines among what bench/ installs. */
const LINES = Object.fromEntries(Object.entries(json(join(here, 'package.json')).dependencies).filter(([name]) => /echarts|plotly|tfjs-vis|uplot/.test(name)));

const {open: openWith, end} = await start('plots-page.ts', {loader: {'.css': 'text'}});
// canvases drawn by the processor, in the main thread, as where there is no GPU: one that only pretends to be there
// (SwiftShader) takes 0.3 s for a frame of long lines once some 60 have been drawn, and tells no one
const open = (bare = true) => openWith(bare ? ['--disable-accelerated-2d-canvas'] : []);

/** Does something in a browser of its own, and ends it, whatever happens; `null` where that fails or takes longer. */
async function withPage(name, limit, run, bare = true) {
  const tab = await open(bare);
  try {
    return await within(run(tab), limit);
  } catch (error) {
    note(`${name}: ${error.message.split('\n')[0]}`);
    return null;
  } finally {
    tab.kill();
  }
}

/** Runs something while the main thread is followed. @returns its tasks, and when marks were set, in ms */
async function traced({page, cdp}, run) {
  await cdp.send('HeapProfiler.collectGarbage');
  await pause(200);
  await page.tracing.start({categories: ['toplevel', 'blink.user_timing', 'devtools.timeline'], screenshots: false});
  await page.evaluate(() => performance.mark('begin'));
  await run();
  const {traceEvents} = JSON.parse(new TextDecoder().decode(await page.tracing.stop()));
  const begin = traceEvents.find((e) => e.name === 'begin' && e.cat.includes('user_timing'));
  const mine = traceEvents.filter((e) => e.pid === begin.pid && e.tid === begin.tid);
  // what lies in nothing else, whatever it is called: some tasks are told of by their inside alone
  let last = 0;
  const tasks = mine
    .filter((e) => e.ph === 'X' && e.ts > begin.ts)
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur)
    .filter((e) => e.ts >= last && (last = e.ts + e.dur))
    .map((e) => ({at: e.ts / 1000, ms: e.dur / 1000, cpu: (e.tdur ?? e.dur) / 1000}));
  const marks = mine.filter((e) => e.cat.includes('user_timing') && e.name !== 'begin').map((e) => ({name: e.name, at: e.ts / 1000}));
  return {tasks, marks, longest: Math.max(...tasks.map((task) => task.ms)), cpu: Math.max(...tasks.map((task) => task.cpu))};
}

/** All tools at one size, in turn, round by round. @returns timings by tool; `null` for one that gave up */
async function draws(n, names) {
  const tabs = {};
  for (const name of names) {
    tabs[name] = await open();
    await tabs[name].page.evaluate((size) => bench.prepare(size), n);
  }
  const draw = (name) => within(tabs[name].page.evaluate((tool) => bench.draw(tool), name), name === 'tfjs-vis' ? SLOW : CAP);
  const failed = (name, why) => {
    note(`${name}, ${n} points: ${why}`);
    tabs[name].kill();
  };
  const results = await rounds(names, draw, {counted: RUNS, enough: ENOUGH, failed});
  for (const name of names) {
    const result = results[name];
    if (!result) continue;
    result.cpu = [];
    for (let i = 0; i < 3 && result.spent < ENOUGH; i++) {
      const begun = Date.now();
      const {tasks} = await traced(tabs[name], () => tabs[name].page.evaluate((tool) => bench.draw(tool), name));
      result.cpu.push(tasks.reduce((sum, task) => sum + task.cpu, 0));
      result.spent += Date.now() - begun;
    }
  }
  for (const tab of Object.values(tabs)) tab.kill();
  for (const [name, result] of Object.entries(results)) if (result) results[name] = {cpu: result.cpu.length ? median(result.cpu) : NaN, first: median(result.runs.map((r) => r.first)), full: median(result.runs.map((r) => r.full)), least: Math.min(...result.runs.map((r) => r.first))};
  return results;
}

/** Ms and processor's ms of the longest task while ours draws a curve of `n` points, or a ROC; the medians of some runs. */
async function longestTask(n, what) {
  return withPage(`ours, ${what}`, 3 * CAP, async (tab) => {
    await tab.page.evaluate((how, size) => (how === 'roc' ? bench.prepareScores(size) : bench.prepare(size)), what, n);
    const draw = () => tab.page.evaluate((how) => (how === 'roc' ? bench.roc('ours') : bench.draw('ours')), what);
    await draw();
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await traced(tab, draw));
    return {ms: median(runs.map((r) => r.longest)), cpu: median(runs.map((r) => r.cpu)), worst: Math.max(...runs.map((r) => r.longest))};
  });
}

/** Ms of main-thread work for each of many appends, all tasks up to the next one together. */
async function appends(name, n, bare) {
  return withPage(`${name}, appending to ${n}`, LIMIT, async (tab) => {
    await tab.page.evaluate((size) => bench.prepare(size), n);
    await tab.page.evaluate((tool) => bench.draw(tool), name === 'ours' ? 'ours, appended' : name);
    await tab.page.evaluate(() => bench.append(10));
    await pause(200);
    const {tasks, marks} = await traced(tab, () => tab.page.evaluate((times) => bench.append(times), APPENDS));
    const begins = marks.filter(({name: mark}) => mark === 'append').map(({at}) => at);
    const last = marks.find(({name: mark}) => mark === 'appended').at;
    // the task in which an append begins has begun before its mark
    const sums = begins.map((from, i) => tasks.filter(({at, ms: time}) => at + time > from && at + time <= (begins[i + 1] ?? last)).reduce((sum, t) => ({ms: sum.ms + t.ms, cpu: sum.cpu + t.cpu}), {ms: 0, cpu: 0}));
    const of = (key, q) => quantile(sums.map((sum) => sum[key]), q);
    return {median: of('ms', 0.5), p95: of('ms', 0.95), cpu: of('cpu', 0.5), cpu95: of('cpu', 0.95)};
  }, bare);
}

/** Zooms with the wheel and drags, by real input. */
async function gestures(name, n) {
  return withPage(`${name}, gestures`, LIMIT, async (tab) => {
    const {page} = tab;
    await page.evaluate((size) => bench.prepare(size), n);
    await page.evaluate((tool) => bench.draw(tool), name);
    const results = {};
    for (const kind of ['zoom', 'pan']) {
      await page.mouse.move(400, 220);
      await page.evaluate(() => bench.follow());
      if (kind === 'zoom') {
        if (ZOOMED[name]) await page.keyboard.down(ZOOMED[name]);
        for (let i = 0; i < 60; i++) {
          await page.mouse.wheel({deltaY: i < 40 ? -20 : 20});
          await pause(12);
        }
        if (ZOOMED[name]) await page.keyboard.up(ZOOMED[name]);
      } else {
        await page.mouse.down();
        for (let i = 0; i < 60; i++) {
          await page.mouse.move(400 + 3 * i, 220 + i);
          await pause(12);
        }
        await page.mouse.up();
      }
      results[kind] = await page.evaluate(() => bench.rest());
    }
    return results;
  });
}

await headline(open, LINES);
const aims = [];
const count = (n) => n.toLocaleString('en');

if (PARTS.includes('draw')) {
  let names = TOOLS;
  for (const n of SIZES) {
    const results = await draws(n, names);
    const base = results.plain.first;
    console.log(`First draw of ${count(n)} points\n`);
    const cell = (value) => [ms(value), `${(value / base).toFixed(2)} ×`];
    table(
      ['', 'painted, median', 'of plain', 'least', "main thread, processor's ms"],
      TOOLS.flatMap((name) => {
        const r = results[name];
        if (!r) return [[name, '—', '—', '—', '—']];
        const cpu = Number.isNaN(r.cpu) ? '—' : ms(r.cpu);
        if (name !== 'ours') return [[name, ...cell(r.first), ms(r.least), cpu]];
        return [['ours', ...cell(r.first), ms(r.least), ''], ['ours, with all around it', ...cell(r.full), '', cpu]];
      }),
    );
    if (n === 10_000 && results['tfjs-vis']) aims.push([`${count(n)} points, faster than tfjs-vis`, '≥ 20 ×', `${(results['tfjs-vis'].first / results.ours.first).toFixed(1)} ×`]);
    if (n === SIZES.at(-1) && n >= 1e6 && results.uplot) aims.push([`first draw of ${count(n)}, of uPlot`, '≤ 1 ×', `${(results.ours.first / results.uplot.first).toFixed(2)} ×`]);
    names = names.filter((name) => name === 'ours' || name === 'plain' || (results[name] && results[name].first < SLOW));
  }
  const n = SIZES.at(-1);
  const task = await longestTask(n, 'draw');
  if (task) aims.push([`longest task, first draw of ${count(n)} (processor's; worst)`, '≤ 50 ms', `${ms(task.ms)} (${ms(task.cpu)}; ${ms(task.worst)})`]);
}

if (PARTS.includes('append')) {
  const late = new Set();
  for (const n of SIZES) {
    const largest = n === SIZES.at(-1);
    const lines = [];
    for (const name of TOOLS.filter((tool) => tool !== 'tfjs-vis')) {
      // without the drawing of pixels too, which a GPU takes off the main thread
      for (const bare of largest && /ours|plain|uplot/.test(name) ? [true, false] : [true]) {
        const r = late.has(name) ? null : await appends(name, n, bare);
        if (!r && name !== 'ours') late.add(name);
        const label = bare ? name : `${name}, pixels left to a GPU`;
        lines.push([label, ...(r ? [ms(r.median), ms(r.p95), ms(r.cpu), ms(r.cpu95)] : Array(4).fill('—'))]);
        if (r && name === 'ours' && largest) aims.push([`append to ${count(n)}${bare ? '' : ', pixels left to a GPU'}: median, p95 (processor's)`, '≤ 8 ms', `${ms(r.median)}, ${ms(r.p95)} (${ms(r.cpu)}, ${ms(r.cpu95)})`]);
      }
    }
    console.log(`${APPENDS} appends of 10 points each to ${count(n)}: main-thread work for each\n`);
    table(['', 'median', 'p95', "processor's, median", "processor's, p95"], lines);
  }
}

if (PARTS.includes('gestures')) {
  const n = SIZES.at(-1);
  const lines = [];
  for (const name of TOOLS.filter((tool) => tool in ZOOMED)) {
    const moves = await gestures(name, n);
    for (const kind of ['zoom', 'pan']) {
      const {work, frames} = moves?.[kind] ?? {work: [], frames: []};
      lines.push([`${name}, ${kind}`, ...(work.length ? [ms(median(work)), ms(quantile(work, 0.95)), ms(median(frames)), ms(quantile(frames, 0.95))] : Array(4).fill('—'))]);
    }
  }
  console.log(`Zoom and pan by real input, ${count(n)} points\n`);
  table(['', 'work in a frame, median', 'p95', 'frame to frame, median', 'p95'], lines);
}

if (PARTS.includes('roc')) {
  const results = await Promise.all(['ours', 'plain'].map(async (name) => [name, await open()]));
  const runs = {ours: [], plain: []};
  for (const [, {page}] of results) await page.evaluate((n) => bench.prepareScores(n), SCORES);
  for (let round = 0; round <= RUNS; round++) {
    for (const [name, {page}] of results) {
      const timing = await within(page.evaluate((tool) => bench.roc(tool), name), CAP);
      if (round) runs[name].push(timing);
    }
  }
  for (const [, tab] of results) tab.kill();
  const of = (name, key) => median(runs[name].map((r) => r[key]));
  const base = of('plain', 'first');
  const line = (label, value) => [label, ms(value), `${(value / base).toFixed(2)} ×`];
  console.log(`ROC of ${count(SCORES)} scores\n`);
  table(['', 'painted', 'of plain'], [line('ours', of('ours', 'first')), line('ours, with all around it', of('ours', 'full')), line('plain', base)]);
  const task = await longestTask(SCORES, 'roc');
  if (task) aims.push([`longest task, ROC of ${count(SCORES)} (processor's; worst)`, '≤ 50 ms', `${ms(task.ms)} (${ms(task.cpu)}; ${ms(task.worst)})`]);
}

console.log('Aims\n');
table(['', 'aim', 'measured'], aims);
console.log(`Load at the end: ${loadavg()[0].toFixed(1)}`);
end();
