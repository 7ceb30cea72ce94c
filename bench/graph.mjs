// Times drawing the structure of models, side by side with flat layouts by elkjs and dagre. Prints tables; asserts nothing.
// Names after the command choose graphs and tools, and "profile" tells where ours spends its time:
// npm run bench:graph -- maxim ours profile
import {copyFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {chosen, headline, here, json, median, ms, pause, quantile, start, table, within} from './shared.mjs';

const asked = process.argv.slice(2);
const ALL = [
  {name: 'antispoof', label: 'Anti-spoof', path: 'human-antispoof-f16/antispoof.json', real: true},
  {name: 'darknet', label: 'Darknet tiny', path: 'ml5-darknet-tiny/model.json', real: true},
  {name: 'resnet50', label: 'ResNet-50', path: 'tensorspace-resnet50-topology/model.json', real: true},
  {name: 'facemesh', label: 'FaceMesh with attention', path: 'human-facemesh-attention/model.json.gz', real: true},
  {name: 'efficientdet', label: 'EfficientDet', path: 'efficientdet-5146-topology/model.json.gz', real: true},
  {name: 'maxim', label: 'MAXIM', path: 'maxim-27809-topology/model.json.gz', real: true},
  {name: 'dense', label: 'dense block', path: 'dense'},
  {name: 'chain', label: 'chain', path: 'chain'},
  {name: 'layers', label: 'random, in layers', path: 'layers'},
  {name: 'skips', label: 'chain with skips', path: 'skips'},
];
const picked = (names) => {
  const some = chosen(names);
  return ({name}) => some.includes(name);
};
const CASES = ALL.filter(picked([...ALL.map(({name}) => name), 'frames', 'cancel']));
const TOOLS = chosen(['ours', 'elk', 'dagre']);
/** Whether a part that is no graph was asked for, or nothing in particular. */
const parts = chosen([...ALL.map(({name}) => name), 'frames', 'cancel']);
const RUNS = 3;
/** Ms that an opponent may take, and from which on one run of it is enough. */
const [LIMIT, ENOUGH] = [60_000, 5000];
/** Ms that one drawing of ours may take. */
const OURS = 30_000;
/** Once the whole has taken so many ms, no opponent begins. */
const BUDGET = 330_000;
/** Once the whole has taken so many ms, gestures are done over one graph alone. */
const LATEST = 400_000;
/** Ms that one stretch of gestures may take. */
const STRETCH = 6000;
/** Ms from which on a task is looked into. */
const LONG = 50;

// with the names of functions, to tell which took long; ELK's worker lies beside what starts it, as in dist/
const {folder, open, end} = await start('graph-page.ts', {minify: false, minifySyntax: true, minifyWhitespace: true}, {'/models/': join(here, '../test/fixtures/models')});
copyFileSync(createRequire(import.meta.url).resolve('elkjs/lib/elk-worker.min.js'), join(folder, 'elk-worker.js'));
const begun = Date.now();
const note = (text) => process.stderr.write(`${((Date.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);

// canvases drawn by the processor, as where there is no GPU: one that only pretends to be there (SwiftShader) takes up to
// 20 s for a single frame of 20,000 lines, and tells no one
const openBare = () => open(['--disable-accelerated-2d-canvas']);

/** Opens a browser with a graph at hand, does something, and ends it, whatever happens. */
async function withPage(path, limit, run) {
  const tab = await openBare();
  try {
    await tab.page.emulateMediaFeatures([{name: 'prefers-reduced-motion', value: 'reduce'}]);
    await within(tab.page.evaluate((p) => bench.prepare(p), path), OURS);
    return await within(run(tab), limit);
  } finally {
    tab.kill();
  }
}

const drawn = ({page}, tool, expand) => page.evaluate((name, how) => bench.draw(name, how), tool, expand);

/** Runs something while the main thread is followed. @returns its tasks, in ms from the mark `from` on, and the samples of its functions */
async function traced({page, cdp}, from, run, {functions = false} = {}) {
  if (functions) {
    await cdp.send('Profiler.enable');
    await cdp.send('Profiler.setSamplingInterval', {interval: 250});
    await cdp.send('Profiler.start');
  }
  await page.tracing.start({categories: ['toplevel', 'v8', 'blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline'], screenshots: false});
  const result = await run();
  const {profile} = functions ? await cdp.send('Profiler.stop') : {};
  const {traceEvents} = JSON.parse(new TextDecoder().decode(await page.tracing.stop()));
  const mark = traceEvents.find((e) => e.name === from && e.ts);
  const last = traceEvents.find((e) => e.name === 'bench-end' && e.ts)?.ts ?? Infinity;
  if (!mark) throw new Error('the trace lacks its mark');
  // both kinds of RunTask: each lacks some
  const mine = traceEvents.filter((e) => e.pid === mark.pid && e.tid === mark.tid && e.ph === 'X');
  const at = (ts) => (ts - mark.ts) / 1000;
  const tasks = mine
    .filter((e) => e.name.endsWith('RunTask') && e.ts + e.dur > mark.ts && e.ts < last)
    .map((e) => ({from: at(e.ts), to: at(e.ts + e.dur), ms: e.dur / 1000, cpu: (e.tdur ?? e.dur) / 1000}))
    .filter((task, i, all) => !all.some((other, k) => other !== task && other.from <= task.from && other.to >= task.to && (other.ms > task.ms || k < i)));
  const rubbish = mine.filter((e) => /^(V8\.GC_|MajorGC|MinorGC)/.test(e.name)).map((e) => ({from: at(e.ts), to: at(e.ts + e.dur)}));
  return {result, tasks, rubbish, samples: profile ? samplesOf(profile, at) : []};
}

/** Samples with the names on the stack, the innermost first. */
function samplesOf({nodes, samples, timeDeltas, startTime}, at) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node.id);
  const stacks = new Map();
  const stackOf = (id) => {
    if (!stacks.has(id)) {
      const names = [];
      for (let k = id; k !== undefined; k = parents.get(k)) {
        const {functionName, url} = byId.get(k).callFrame;
        if (functionName !== '(root)') names.push(functionName || (url ? '(unnamed)' : '(native)'));
      }
      stacks.set(id, names);
    }
    return stacks.get(id);
  };
  let ts = startTime;
  return samples.map((id, i) => {
    ts += timeDeltas[i];
    return {at: at(ts), ms: Math.max(0, timeDeltas[i + 1] ?? 0) / 1000, stack: stackOf(id)};
  });
}

/** Ms by function within a stretch: alone, and with all it calls. */
function functionsIn(samples, from, to) {
  const alone = new Map();
  const whole = new Map();
  for (const {at, ms: time, stack} of samples) {
    if (at < from || at >= to || !stack.length) continue;
    alone.set(stack[0], (alone.get(stack[0]) ?? 0) + time);
    for (const name of new Set(stack)) whole.set(name, (whole.get(name) ?? 0) + time);
  }
  const most = (map) => [...map].sort((a, b) => b[1] - a[1]);
  return {alone: most(alone), whole: most(whole)};
}

/** Functions that merely carry others. */
const CARRIERS = /^(\(.*\)|next|runSliced|share|step|run|draw|ours|port1\.onmessage|channel\.port1\.onmessage|evaluate|__puppeteer.*|get)$/;

/** What a task was: who took most of it, outermost first, and which functions did the work. */
function nameOf(samples, {from, to, ms: time}) {
  const {alone, whole} = functionsIn(samples, from, to);
  const chain = whole.filter(([name, t]) => !CARRIERS.test(name) && t > 0.4 * time).slice(0, 5).map(([name]) => name);
  const own = alone.filter(([, t]) => t > 0.08 * time).slice(0, 4).map(([name, t]) => `${name} ${t.toFixed(0)}`);
  return `${chain.join(' › ') || 'no function of ours'} (alone: ${own.join(', ')} ms), ${ms(time)} at ${ms(from)}`;
}

const longestOf = (tasks) => tasks.reduce((a, b) => (b.ms > a.ms ? b : a), {from: 0, to: 0, ms: 0, cpu: 0});
/** Of the longest by the clock and by the processor, which no other program delays. */
const times = (tasks) => ({ms: longestOf(tasks).ms, cpu: Math.max(0, ...tasks.map(({cpu}) => cpu))});

/** Ours: three drawings, each in a browser that has seen nothing yet; then one or two that are traced. */
async function measureOurs({path, label}) {
  const runs = [];
  for (let i = 0; i < RUNS; i++) runs.push(await withPage(path, OURS, (tab) => drawn(tab, 'ours')));
  const by = (key) => median(runs.map((r) => r[key]));
  const longest = [];
  for (let i = 0; i < 2; i++) longest.push(times((await withPage(path, 2 * OURS, (tab) => traced(tab, 'bench-begin', () => drawn(tab, 'ours')))).tasks));
  let what = '';
  const least = (key) => Math.min(...longest.map((one) => one[key]));
  if (least('ms') > LONG || asked.includes('profile')) {
    const {tasks, samples, result} = await withPage(path, 2 * OURS, (tab) => traced(tab, 'bench-begin', () => drawn(tab, 'ours'), {functions: true}));
    what = nameOf(samples, longestOf(tasks));
    if (asked.includes('profile')) report(label, tasks, samples, result);
  }
  return {nodes: runs[0].nodes, edges: runs[0].edges, read: by('read'), first: by('first'), settled: by('settled'), task: least('ms'), cpu: least('cpu'), worst: Math.max(...longest.map((one) => one.ms)), what};
}

/** Where ours spends its time, up to the first picture and after it. */
function report(label, tasks, samples, {read, first, settled, worker: {asked: called, ready, layouts}}) {
  console.log(`${label}, profiled: read ${ms(read)}, preview ${ms(first)}, settled ${ms(settled)}`);
  console.log(called > 0 ? `ELK's worker: asked for at ${ms(called)}, answered first at ${ms(ready)}, then ${layouts.length} layouts in ${ms(layouts.reduce((a, b) => a + b, 0))}: ${layouts.map((t) => t.toFixed(0)).join(', ')}\n` : 'No worker was asked for\n');
  const lines = [['reading', 0, read], ['to the preview', read, first], ['to the end', first, settled]].map(([name, from, to]) => {
    const {alone, whole} = functionsIn(samples, from, to);
    const list = (all, n) => all.slice(0, n).map(([f, t]) => `${f} ${t.toFixed(0)}`).join(', ');
    return [name, ms(to - from), list(whole.filter(([f]) => !CARRIERS.test(f)), 14), list(alone, 8)];
  });
  table(['stretch', 'took', 'ms with all it calls', 'ms alone'], lines);
  table(['longest tasks'], tasks.toSorted((a, b) => b.ms - a.ms).slice(0, 6).map((task) => [nameOf(samples, task)]));
}

/** One opponent. @returns its ms, or why there are none */
async function measure(tool, {path}) {
  const runs = [];
  try {
    while (runs.length < RUNS && !(runs[0] > ENOUGH)) {
      runs.push(
        await withPage(path, LIMIT + OURS, async (tab) => {
          await within(tab.page.evaluate(() => bench.flatten()), OURS);
          return (await within(drawn(tab, tool), LIMIT)).settled;
        }),
      );
    }
    return {ms: median(runs)};
  } catch (error) {
    const [text] = error.message.split('\n');
    return {why: text === 'too slow' ? `over ${LIMIT / 1000} s` : /call stack|recursion/i.test(text) ? 'stack overflow' : 'fails', text};
  }
}

/** Ms within which a worker should be gone: Chromium lets one that is at work go on for 2 s. */
const GONE = 2500;

/** From taking an element away until its worker is told to end, is gone, and the main thread has nothing left to do. */
async function cancelled({path}, since, after) {
  return withPage(path, OURS, async (tab) => {
    let workers = 0;
    let gone = Infinity;
    tab.page.on('workercreated', () => workers++);
    tab.page.on('workerdestroyed', () => {
      workers--;
      gone = performance.timeOrigin + performance.now();
    });
    const {result, tasks, rubbish} = await traced(tab, 'bench-removed', async () => {
      const how = await tab.page.evaluate((...given) => bench.cancel(...given), since, after);
      await pause(700);
      return how;
    });
    for (let i = 0; workers && i < GONE / 50; i++) await pause(50);
    // tasks shorter than that are the browser's own; collecting rubbish can wait for any other work
    const busy = tasks.filter((task) => task.ms >= 2 && rubbish.reduce((sum, r) => sum + Math.max(0, Math.min(r.to, task.to) - Math.max(r.from, task.from)), 0) < 0.7 * task.ms);
    // what JSON cannot carry: the worker was never told
    const told = result.told ?? NaN;
    return {working: result.working, told, gone: Number.isNaN(told) ? NaN : workers ? Infinity : Math.max(0, gone - result.removed), idle: busy.reduce((at, task) => Math.max(at, task.to), 0)};
  });
}

/** Zooms and drags by real input over a graph of which all is open. */
async function gestures(path) {
  return withPage(path, OURS + 14 * STRETCH, async (tab) => {
    const {page} = tab;
    const {settled, nodes} = await within(drawn(tab, 'ours', 'all'), OURS);
    note(`${path}: settled in ${ms(settled)}`);
    await within(page.evaluate(() => bench.fit()), 2 * STRETCH);
    const results = {};
    let late = false;
    // slow frames make fewer of them
    const repeat = async (steps, step) => {
      const until = Date.now() + STRETCH;
      for (let i = 0; i < steps && Date.now() < until; i++) {
        await step(i);
        await pause(12);
      }
    };
    const wheel = async (steps, delta) => {
      await page.mouse.move(420, 300);
      await page.keyboard.down('Control');
      await repeat(steps, () => page.mouse.wheel({deltaY: delta}));
      await page.keyboard.up('Control');
    };
    const drag = async () => {
      await page.mouse.move(420, 300);
      await page.mouse.down();
      await repeat(60, (i) => page.mouse.move(420 + 3 * Math.min(i, 60 - i), 300 - 2 * i));
      await page.mouse.up();
    };
    const stretch = async (name, run) => {
      if (late) return;
      await page.evaluate(() => bench.follow());
      try {
        await within(run(), 2 * STRETCH);
      } catch {
        late = true; // input waits for frames: what there is of them counts
      }
      try {
        results[name] = await within(page.evaluate(() => bench.rest()), 2 * STRETCH);
      } catch {
        late = true;
        note(`${path}, ${name}: no end of it within ${ms(2 * STRETCH)}`);
      }
    };
    await stretch('zoom in from all', () => wheel(30, -20));
    await stretch('pan, near', drag);
    if (!late) {
      await page.evaluate(() => bench.fit());
      await wheel(6, -20);
    }
    await stretch('pan, a tenth in view', drag);
    await stretch('zoom out to all', () => wheel(20, 20));
    return {settled, nodes, results};
  });
}

const versions = {elkjs: json(join(here, '../node_modules/elkjs/package.json')).version, '@dagrejs/dagre': json(join(here, 'package.json')).dependencies['@dagrejs/dagre']};
await headline(openBare, versions);

const results = [];
const failures = {};
for (const entry of CASES) {
  const row = {...entry};
  if (TOOLS.includes('ours')) {
    try {
      row.ours = await measureOurs(entry);
      note(`${entry.label}: ours ${ms(row.ours.first)}, ${ms(row.ours.settled)}`);
    } catch (error) {
      note(`${entry.label}: ours fails: ${error.message.split('\n')[0]}`);
    }
  }
  const size = row.ours?.nodes ?? 0;
  for (const tool of TOOLS.filter((t) => t !== 'ours')) {
    // what was cut off at a graph is not tried with larger ones
    if (failures[tool] < size) row[tool] = {why: 'not tried'};
    else if (Date.now() - begun > BUDGET) row[tool] = {why: 'no time left'};
    else row[tool] = await measure(tool, entry);
    if (row[tool].why?.startsWith('over')) failures[tool] = Math.min(failures[tool] ?? Infinity, size);
    note(`${entry.label}: ${tool} ${row[tool].why ?? ms(row[tool].ms)} ${row[tool].text ?? ''}`);
  }
  results.push(row);
}

if (results.length) {
  console.log('From the parsed model to the painted picture; of the opponents, from a list of nodes with their sizes\n');
  const cell = (r) => (!r ? '' : r.why ? `— (${r.why})` : ms(r.ms));
  table(
    ['', 'nodes', 'edges', 'ours: read', 'preview', 'settled', 'flat elkjs', 'flat dagre', 'elkjs ÷ settled'],
    results.map(({label, ours, elk, dagre}) => [
      label,
      ...(ours ? [ours.nodes.toLocaleString('en'), ours.edges.toLocaleString('en'), ms(ours.read), ms(ours.first), ms(ours.settled)] : ['', '', '—', '—', '—']),
      cell(elk),
      cell(dagre),
      ours && elk?.ms ? `${(elk.ms / ours.settled).toFixed(1)} ×` : '',
    ]),
  );
}
const done = results.filter(({ours}) => ours);
if (done.length) {
  console.log('Longest task of the main thread while ours draws\n');
  table(['', 'better of two', 'worse', 'processor time', 'what it was, profiled'], done.map(({label, ours}) => [label, ms(ours.task), ms(ours.worst), ms(ours.cpu), ours.what]));
}

const cancels = [];
if (parts.includes('cancel') && TOOLS.includes('ours')) {
  const graph = (name) => ALL.find((c) => c.name === name);
  const tries = [
    ['dense block, as its preview stands', graph('dense'), 'first', 0],
    ['dense block, as it has been read', graph('dense'), 'load', 0],
    ['80 nodes and 882 edges, while ELK works', {path: 'denseSmall'}, 'first', 120],
    ['MAXIM, while it is read', graph('maxim'), 'begin', 100],
    ['MAXIM, as its preview stands', graph('maxim'), 'first', 0],
  ];
  for (const [label, entry, since, after] of tries) {
    const found = [];
    for (let i = 0; i < RUNS; i++) {
      try {
        found.push(await cancelled(entry, since, after));
      } catch (error) {
        note(`cancel, ${label}: ${error.message.split('\n')[0]}`);
      }
    }
    if (!found.length) continue;
    // where the worker is not there yet, there is none to end
    const of = (key) => {
      const values = found.map((one) => one[key]).filter((x) => !Number.isNaN(x));
      return values.length ? median(values) : NaN;
    };
    cancels.push({label, told: of('told'), gone: of('gone'), idle: of('idle'), working: found.filter(({working}) => working).length});
    note(`cancel, ${label}: ${found.map((one) => `${one.told.toFixed(1)} ${one.gone.toFixed(0)} ${one.idle.toFixed(0)}`).join(', ')}`);
  }
  const cell = (x) => (Number.isNaN(x) ? '(none)' : Number.isFinite(x) ? ms(x) : `over ${ms(GONE)}`);
  console.log(`From taking the element away; of ${RUNS} times each. A worker that is told to end while it is at work is let go on by Chromium for up to 2 s\n`);
  table(
    ['', 'ELK was at work', 'until its worker is told to end', 'until the worker is gone', 'until the main thread is idle'],
    cancels.map(({label, working, told: by, gone, idle}) => [label, `${working} times`, cell(by), cell(gone), ms(idle)]),
  );
}

const moves = [];
if (parts.includes('frames') && TOOLS.includes('ours')) {
  for (const [label, path] of [['chain with skips', 'skips20'], ['random, in layers', 'layers20']]) {
    if (moves.length && Date.now() - begun > LATEST) continue;
    try {
      const found = await gestures(path);
      for (const [name, {work, frames}] of Object.entries(found.results)) moves.push({label: `${label}, ${found.nodes.toLocaleString('en')} nodes: ${name}`, work, frames});
    } catch (error) {
      note(`gestures, ${label}: ${error.message.split('\n')[0]}`);
    }
  }
  console.log('Gestures with all groups open\n');
  table(
    ['', 'frames', 'work in a frame, median', 'p95', 'from frame to frame, median', 'p95'],
    moves.map(({label, work, frames}) => [label, frames.length, ms(median(work)), ms(quantile(work, 0.95)), ms(median(frames)), ms(quantile(frames, 0.95))]),
  );
}

const aims = [];
const worst = (list, value) => list.reduce((a, b) => (value(b) > value(a) ? b : a));
const told = (entry, text) => `${text} (${entry.label})`;
if (done.length) {
  const first = worst(done, ({ours}) => ours.first);
  aims.push(['preview, at worst', '≤ 200 ms', told(first, ms(first.ours.first))]);
}
const real = done.filter((entry) => entry.real);
if (real.length) {
  const last = worst(real, ({ours}) => ours.settled);
  aims.push(['settled, real models, at worst', '≤ 1 s', told(last, ms(last.ours.settled))]);
}
const large = done.find(({name, elk}) => name === 'efficientdet' && elk);
if (large) aims.push(['faster than flat ELK at 2,500 ops', '≥ 10 ×', large.elk.ms ? `${(large.elk.ms / large.ours.settled).toFixed(1)} ×` : large.elk.why]);
if (done.length) {
  const task = worst(done, ({ours}) => ours.task);
  aims.push(['longest task, at worst', '≤ 50 ms', told(task, `${ms(task.ours.task)}, of the processor ${ms(task.ours.cpu)}`)]);
}
if (cancels.length) {
  const until = ({told: by, idle}) => Math.max(by || 0, idle);
  const slowest = worst(cancels, until);
  aims.push(['cancel: worker told to end, main thread idle, at worst', '≤ 100 ms', told(slowest, ms(until(slowest)))]);
  const longest = worst(cancels, ({gone}) => gone || 0);
  aims.push(['cancel: worker gone, at worst', '≤ 100 ms', told(longest, Number.isFinite(longest.gone) ? ms(longest.gone || 0) : `over ${ms(GONE)}`)]);
}
if (moves.length) {
  const slowest = worst(moves, ({work}) => quantile(work, 0.95));
  aims.push(['work in a frame during gestures, p95, at worst', '≤ 16 ms', told(slowest, ms(quantile(slowest.work, 0.95)))]);
  const longest = worst(moves, ({frames}) => quantile(frames, 0.95));
  aims.push(['from frame to frame during gestures, p95, at worst', '(16.7 ms at 60 Hz)', told(longest, ms(quantile(longest.frames, 0.95)))]);
}
if (aims.length) {
  console.log('Aims\n');
  table(['', 'aim', 'measured'], aims);
}
note('done');

end();
