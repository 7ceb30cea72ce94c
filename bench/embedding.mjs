// Times PCA and UMAP, side by side with what a user would pick instead. Prints tables; asserts nothing.
// Numbers and names after the command choose sizes, widths, methods and tools: npm run bench:embedding -- 1000 64 umap ours
import {join} from 'node:path';
import * as esbuild from 'esbuild';
import {CAP, chosen, headline, here, json, median, ms, note, rounds, start, table} from './shared.mjs';

const asked = process.argv.slice(2);
const SIZES = chosen([1000, 5000, 10_000]);
const WIDTHS = chosen([64, 784]);
const METHODS = chosen(['pca', 'umap']);
const ALL = {pca: ['ours', 'ml-pca', 'ml-pca nipals'], umap: ['ours', 'ours, its epochs', 'ours unreduced', 'umap-js']};
const NAMES = Object.values(ALL).flat();
const toolsOf = (method, width) => ALL[method].filter((name) => (name === 'ours' || asked.includes(name) || !NAMES.some((other) => asked.includes(other))) && (width > 50 || name !== 'ours unreduced'));
/** Counted runs, after one that is not; a tool gets no more once it has taken so many ms. */
const [RUNS, ENOUGH] = [3, 15_000];
const RIVALS = Object.fromEntries(Object.entries(json(join(here, 'package.json')).dependencies).filter(([name]) => /umap|pca/.test(name)));

const {folder, open, end} = await start('embedding-page.ts');
// the worker lies beside what starts it, as in dist/
await esbuild.build({entryPoints: [join(here, '../src/compute.worker.ts')], outfile: join(folder, 'compute.worker.js'), bundle: true, minify: true, format: 'iife', logLevel: 'error'});
await headline(open, RIVALS);
console.log('Ours includes starting the worker, copies to and from it, and working out the trustworthiness of what it returns.');
console.log('Its epochs: as many as umap-js takes by itself, 500 up to 2,500 examples, 400 up to 5,000, 300 up to 7,500, else 200; ours takes 500 up to 10,000.\n');

/** Tools that took too long at a width get no larger size. */
const given = new Set();
const count = (value) => value.toLocaleString('en');

for (const method of METHODS) {
  for (const width of WIDTHS) {
    for (const size of SIZES) {
      const names = toolsOf(method, width);
      const tabs = {};
      for (const name of names) {
        if (given.has(`${method} ${name} ${width}`)) continue;
        tabs[name] = await open();
        await tabs[name].page.evaluate((n, d) => bench.prepare(n, d), size, width);
      }
      const failed = (name, why) => {
        note(`${name}, ${method} of ${size} × ${width}: ${why}`);
        given.add(`${method} ${name} ${width}`);
        tabs[name].kill();
      };
      const run = (name) => tabs[name].page.evaluate((how, tool) => bench.run(how, tool), method, name);
      const results = await rounds(Object.keys(tabs), run, {counted: RUNS, enough: ENOUGH, failed});
      for (const tab of Object.values(tabs)) tab.kill();
      const base = results.ours && median(results.ours.runs.map((r) => r.ms));
      console.log(`${method === 'pca' ? 'PCA' : 'UMAP'} of ${count(size)} × ${width}\n`);
      table(
        ['', 'median', 'of ours', 'page not free for (worst)', 'runs in', 'trustworthiness', 'runs'],
        names.map((name) => {
          const r = results[name];
          if (!r) return [name, `over ${ms(CAP)}`, base ? `> ${(CAP / base).toFixed(0)} ×` : '—', '—', 'page', '—', '0'];
          const own = median(r.runs.map((one) => one.ms));
          return [name, ms(own), base ? `${(own / base).toFixed(2)} ×` : '—', `${ms(median(r.runs.map((one) => one.longest)))} (${ms(Math.max(...r.runs.map((one) => one.longest)))})`, r.runs[0].place, r.runs[0].trust.toFixed(3), String(r.runs.length)];
        }),
      );
    }
  }
}
end();
