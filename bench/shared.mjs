// What the benchmarks share: opponents, bundle, server, browser, numbers, tables.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {cpus, loadavg, tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import * as esbuild from 'esbuild';
import puppeteer from 'puppeteer-core';
import {args, findBrowser} from '../scripts/browser.mjs';
import {serve} from '../scripts/serve.mjs';

export const here = fileURLToPath(new URL('.', import.meta.url));
export const json = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Ms that one step in a page may take. */
export const CAP = 90_000;

/** Installs the opponents that are not there yet. */
function install() {
  const {dependencies} = json(join(here, 'package.json'));
  const there = ([name, version]) => existsSync(join(here, 'node_modules', name, 'package.json')) && json(join(here, 'node_modules', name, 'package.json')).version === version;
  if (Object.entries(dependencies).every(there)) return;
  console.log('Installing what ours is compared with, into bench/ alone …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {cwd: here, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32'});
}

/**
 * Bundles a page and serves it.
 * @param options for esbuild, beyond what all need
 * @param mounts further folders, by URL prefix
 */
export async function start(page, options = {}, mounts = {}) {
  install();
  const folder = mkdtempSync(join(tmpdir(), 'tensorlens-bench-'));
  await esbuild.build({
    entryPoints: [join(here, page)],
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    define: {'process.env.NODE_ENV': '"production"', global: 'globalThis'},
    logLevel: 'error',
    ...options,
  });
  writeFileSync(join(folder, 'index.html'), `<!doctype html><meta charset="utf-8"><body style="margin:0"><script type="module" src="${basename(page, '.ts')}.js"></script>`);
  const server = await serve({'/': folder, ...mounts});
  const executablePath = await findBrowser();
  return {
    folder,

    /** A browser of its own with one page, so that nobody's garbage or workers weigh on the others. @param more flags */
    async open(more = []) {
      const browser = await puppeteer.launch({executablePath, args: [...args, ...more], headless: true, defaultViewport: {width: 900, height: 900, deviceScaleFactor: 1}, protocolTimeout: 10 * CAP});
      const kill = () => browser.process().kill('SIGKILL');
      try {
        const [tab] = await browser.pages();
        await tab.goto(`${server.url}/`);
        await tab.waitForFunction('globalThis.bench');
        const cdp = await tab.createCDPSession();
        return {browser, page: tab, cdp, kill};
      } catch (error) {
        kill();
        throw error;
      }
    },

    end() {
      server.close();
      rmSync(folder, {recursive: true, force: true});
      process.exit(0);
    },
  };
}

/** Tells what is compared, and on what machine. */
export async function headline(open, versions) {
  const {version} = json(join(here, '../package.json'));
  const probe = await open();
  console.log(`tensorlens ${version}, ${await probe.browser.version()}, ${cpus().length} CPUs (${cpus()[0].model.trim()}), load ${loadavg()[0].toFixed(1)}`);
  console.log(`against ${Object.entries(versions).map(([name, v]) => `${name} ${v}`).join(', ')}\n`);
  probe.kill();
}

/** Which of all were asked for on the command line; all where none was. */
export const chosen = (all, asked = process.argv.slice(2)) => all.filter((one) => asked.includes(String(one)) || !all.some((other) => asked.includes(String(other))));

/** Rejects where it takes longer. */
export const within = (promise, limit) => {
  let timer;
  return Promise.race([promise, new Promise((_, reject) => (timer = setTimeout(() => reject(new Error('too slow')), limit)))]).finally(() => clearTimeout(timer));
};

/**
 * Has tools do something in turn, round by round, in each other round the other way round, so that what slows the machine
 * down slows all of them.
 * @param run has a tool, by name, do it; told the number of the round, and resolves to what is kept of it
 * @param counted rounds after the first, which is kept apart; who is so slow is not warmed up: its first run counts
 * @param enough ms from which on a tool gets no more runs
 * @param limit ms that one run may take
 * @param failed is told who gave up, and why
 * @returns by name, `first`, `runs` and the ms `spent`; `null` for one that gave up
 */
export async function rounds(names, run, {counted, enough, limit = CAP, failed}) {
  const results = Object.fromEntries(names.map((name) => [name, {first: null, runs: [], spent: 0}]));
  for (let round = 0; round <= counted; round++) {
    for (const name of round % 2 ? names.toReversed() : names) {
      const result = results[name];
      if (!result || result.spent > enough) continue;
      try {
        const begun = Date.now();
        const kept = await within(run(name, round), limit);
        result.spent += Date.now() - begun;
        result.first ??= kept;
        if (round > 0 || result.spent > enough) result.runs.push(kept);
      } catch (error) {
        results[name] = null;
        failed(name, error.message.split('\n')[0]);
      }
    }
  }
  return results;
}

export const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

const sorted = (values) => [...values].sort((a, b) => a - b);
export const quantile = (values, q) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * q))];
export const median = (values) => quantile(values, 0.5);

export const note = (text) => process.stderr.write(`${text}\n`);
export const ms = (value) => (value >= 1000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`);
export const mb = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
export const table = (head, lines) => {
  console.log([head, head.map((_, i) => (i ? '--:' : '---')), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n'), '\n');
};
