// Packs the library, installs the tarball into an empty folder, and uses it there as its users do.
import {execFileSync, spawnSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {gzipSync} from 'node:zlib';
import * as esbuild from 'esbuild';
import puppeteer from 'puppeteer-core';
import {args, findBrowser} from './browser.mjs';
import {Checks, expect} from './checks.mjs';
import {serve} from './serve.mjs';

/** Gzipped bytes that the static graph of an entry may have as one minified bundle. */
const BUDGET = {'weight-heatmap': 50 * 1024, 'model-graph': 55 * 1024, 'output-plot': 65 * 1024, 'gradient-map': 65 * 1024};

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tensorlens-'));
const npm = (...words) =>
  process.env.npm_execpath?.endsWith('.js')
    ? execFileSync(process.execPath, [process.env.npm_execpath, ...words], {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']})
    : execFileSync('npm', words, {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});

npm('pack', root, '--ignore-scripts', '--pack-destination', folder);
const tarball = join(folder, readdirSync(folder).find((f) => f.endsWith('.tgz')));
writeFileSync(join(folder, 'package.json'), '{"name": "app", "private": true, "type": "module"}');
npm('install', tarball, '--no-audit', '--no-fund', '--prefer-offline');
const installed = join(folder, 'node_modules/tensorlens');
const entries = Object.keys(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).exports).filter((e) => !e.endsWith('.json'));

const browser = await puppeteer.launch({executablePath: await findBrowser(), args, headless: true});
const checks = new Checks();

/** Opens a page, notes every complaint, and resolves with what a function of the page gives. */
async function visit(url, run) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => ['error', 'warn'].includes(message.type()) && !/favicon/.test(message.location().url ?? '') && complaints.push(message.text()));
  try {
    await page.goto(url);
    const result = await page.evaluate(run);
    expect(!complaints.length, `The page complained: ${complaints.join(' | ')}`);
    return result;
  } finally {
    await page.close();
  }
}

/** How many colours a `<weight-heatmap>` has drawn, on its canvas or its tiles. */
const colors = async () => {
  await Promise.race([customElements.whenDefined('weight-heatmap'), new Promise((_, no) => setTimeout(() => no(new Error('not defined')), 8000))]);
  const el = document.querySelector('weight-heatmap');
  for (let i = 0; i < 40; i++) {
    await el.renderComplete;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const all = new Set();
    for (const canvas of el.shadowRoot.querySelectorAll('canvas')) {
      const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      for (const pixel of new Uint32Array(data.buffer)) all.add(pixel);
    }
    if (all.size > 20) return all.size;
  }
  return 0;
};

await checks.check('holds what it should and no more', () => {
  const names = readdirSync(installed).sort();
  expect(names.join() === 'CHANGELOG.md,LICENSE,README.md,custom-elements.json,dist,package.json', `The package holds ${names.join(', ')}.`);
  const manifest = JSON.parse(readFileSync(join(installed, 'custom-elements.json'), 'utf8'));
  for (const {path} of manifest.modules) expect(existsSync(join(installed, path)), `custom-elements.json names ${path}, which is not in the package.`);
});

for (const entry of entries.filter((e) => e !== './tfjs')) {
  await checks.check(`imports on a server: ${entry}`, () => {
    execFileSync(process.execPath, ['--input-type=module', '-e', `await import('tensorlens${entry.slice(1)}')`], {cwd: folder, stdio: 'pipe'});
  });
}

await checks.check('imports TensorFlow.js in one entry alone, which says what it lacks', () => {
  const files = readdirSync(join(installed, 'dist'), {recursive: true}).filter((f) => /(^|\/)[\w.-]+\.(js|d\.ts)$/.test(f));
  const named = files.filter((f) => /['"]@tensorflow\//.test(readFileSync(join(installed, 'dist', f), 'utf8')));
  expect(named.join() === 'tfjs.js', `These files import it: ${named.join(', ')}`);
  const {status, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', "await import('tensorlens/tfjs')"], {cwd: folder, encoding: 'utf8'});
  expect(status !== 0 && stderr.includes("Cannot find package '@tensorflow/tfjs'"), `It said: ${stderr}`);
});

await checks.check('type-checks in an app without TensorFlow.js', () => {
  writeFileSync(
    join(folder, 'app.ts'),
    `import {useTf} from 'tensorlens';
import {openSource} from 'tensorlens/tensor';
import {type GraphSpec, readGraph} from 'tensorlens/graph';
const el = document.createElement('weight-heatmap');
el.tensor = {data: new Float32Array(4), shape: [2, 2]};
el.addEventListener('cell-select', (event) => { const index: readonly number[] | null = event.index; void index; });
el.addEventListener('error', (event) => { const text: string = event.message; void text; });
const stats: number | undefined = el.stats?.l2;
void stats;
const graph = document.createElement('model-graph');
graph.addEventListener('node-select', (event) => { const id: string | null = event.id; void id; });
const spec: GraphSpec | null = graph.graph;
void spec;
void readGraph('x');
void openSource('x');
useTf({tensor: () => undefined});
`,
  );
  for (const [module, moduleResolution] of [['esnext', 'bundler'], ['nodenext', 'nodenext']]) {
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', '--types', '', '--module', module, '--moduleResolution', moduleResolution, 'app.ts'];
    const {status, stdout} = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options], {cwd: folder, encoding: 'utf8'});
    expect(status === 0, `${moduleResolution}: ${stdout}`);
  }
});

const app = "import 'tensorlens/weight-heatmap';\nimport {setLayoutWorker} from 'tensorlens/model-graph';\nglobalThis.setLayoutWorker = setLayoutWorker;\n";
const data = JSON.stringify(Array.from({length: 12}, (_, i) => Array.from({length: 12}, (_, j) => Math.sin(i * 12 + j))));
writeFileSync(join(folder, 'app.js'), app);
const spec = JSON.stringify({nodes: ['a', 'b', 'c', 'd'].map((id) => ({id, type: 'Dense'})), edges: [['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd']].map(([from, to]) => ({from, to})), groups: []});
const html = (script) => `<!doctype html><meta charset="utf-8"><title>x</title>${script}<weight-heatmap>${data}</weight-heatmap><model-graph>${spec}</model-graph>`;

/** How a `<model-graph>` came out: `elk` with the better layout, `preview` with the quick one, else what is wrong. */
const layout = async () => {
  await Promise.race([customElements.whenDefined('model-graph'), new Promise((_, no) => setTimeout(() => no(new Error('not defined')), 8000))]);
  const el = document.querySelector('model-graph');
  await el.updateComplete;
  await el.renderComplete;
  if (!el.nodeRect('d')) return el.shadowRoot.textContent;
  return el.matches(':state(preview)') ? 'preview' : 'elk';
};

const bundlers = {
  async vite(out) {
    const {build} = await import('vite');
    writeFileSync(join(folder, 'index.html'), html('<script type="module" src="/app.js"></script>'));
    await build({root: folder, logLevel: 'error', configFile: false, build: {outDir: out}});
  },
  async webpack(out) {
    const {default: webpack} = await import('webpack');
    const stats = await new Promise((resolve, reject) => webpack({mode: 'production', optimization: {minimize: false}, context: folder, entry: './app.js', output: {path: out}}, (error, result) => (error ? reject(error) : resolve(result))));
    expect(!stats.hasErrors(), stats.toString({all: false, errors: true}));
    writeFileSync(join(out, 'index.html'), html('<script src="main.js"></script>'));
  },
  async esbuild(out) {
    await esbuild.build({absWorkingDir: folder, entryPoints: ['app.js'], bundle: true, splitting: true, format: 'esm', outdir: out, logLevel: 'error'});
    writeFileSync(join(out, 'index.html'), html('<script type="module" src="app.js"></script>'));
  },
};
for (const [name, bundle] of Object.entries(bundlers)) {
  await checks.check(`builds with ${name}, and draws`, async () => {
    const out = join(folder, `out-${name}`);
    await bundle(out);
    const site = await serve({'/': out});
    try {
      expect((await visit(site.url, colors)) > 20, 'Nothing was drawn.');
      // esbuild emits no worker: what the README says of that
      if (name === 'esbuild') {
        expect((await visit(site.url, layout)) === 'preview', 'Without its worker the graph should keep the quick layout.');
        cpSync(join(installed, 'dist/graph/elk-worker.js'), join(out, 'my-layout.js'));
        const own = await visit(site.url, new Function(`setLayoutWorker(() => new Worker('my-layout.js')); const el = document.createElement('model-graph'); el.textContent = document.querySelector('model-graph').textContent; document.querySelector('model-graph').replaceWith(el); return (${layout})();`));
        expect(own === 'elk', `With a worker of one's own: ${own}`);
        cpSync(join(installed, 'dist/graph/elk-worker.js'), join(out, 'elk-worker.js'));
      }
      const came = await visit(site.url, layout);
      expect(came === 'elk', `The graph came out as: ${came}`);
    } finally {
      site.close();
    }
  });
}

await checks.check('runs in the development server of vite', async () => {
  const {createServer} = await import('vite');
  writeFileSync(join(folder, 'index.html'), html('<script type="module" src="/app.js"></script>'));
  // its page opens a socket to the port that was asked for
  const free = await serve({});
  free.close();
  const dev = await createServer({root: folder, logLevel: 'error', configFile: false, server: {port: Number(new URL(free.url).port), host: '127.0.0.1'}});
  await dev.listen();
  try {
    const url = `http://127.0.0.1:${dev.httpServer.address().port}`;
    // it reloads the page when it has found what to prepare
    await visit(url, () => new Promise((resolve) => setTimeout(resolve, 3000))).catch(() => undefined);
    expect((await visit(url, colors)) > 20, 'Nothing was drawn.');
    const came = await visit(url, layout);
    expect(came === 'elk', `The graph came out as: ${came}`);
  } finally {
    await dev.close();
  }
});

const site = join(folder, 'site');
cpSync(join(installed, 'dist/cdn'), join(site, 'lib/v1'), {recursive: true});
cpSync(join(root, 'test/fixtures/models/tfjs-gru-embedding'), join(site, 'models'), {recursive: true});
mkdirSync(join(site, 'a/b'), {recursive: true});
writeFileSync(join(site, 'a/b/page.html'), '<!doctype html><meta charset="utf-8"><title>x</title><script type="module" src="../../lib/v1/tensorlens.js"></script><weight-heatmap src="../../models/model.json"></weight-heatmap>');

await checks.check("works on a plain page, from another folder, under Content-Security-Policy: default-src 'self'", async () => {
  const plain = await serve({'/': site}, {'content-security-policy': "default-src 'self'"});
  try {
    expect((await visit(`${plain.url}/a/b/page.html`, colors)) > 20, 'Nothing was drawn.');
    const saved = await visit(`${plain.url}/a/b/page.html`, async () => {
      const el = document.querySelector('weight-heatmap');
      await customElements.whenDefined('weight-heatmap');
      el.layer = 'gru_GRU1';
      await el.updateComplete;
      await el.renderComplete;
      return {png: (await el.toBlob()).size, csv: (await el.toCSV()).length, npy: (await el.toNPY()).length};
    });
    expect(saved.png > 1000 && saved.csv > 1000 && saved.npy > 900, `Saving gave ${JSON.stringify(saved)}.`);
    expect(!plain.requests.some((path) => path.includes('tfjs')), 'TensorFlow.js was fetched, though nothing was run.');
    const version = await visit(`${plain.url}/a/b/page.html`, async () => {
      const tf = await import('/lib/v1/tensorlens-tfjs.js');
      await tf.ready();
      return tf.version_core;
    });
    expect(version.startsWith('4.'), `TensorFlow.js beside it says: ${version}`);
  } finally {
    plain.close();
  }
});

await checks.check('has the worker of slow computations, which a policy lets start', async () => {
  const [own, plain] = ['dist/controllers', 'dist/cdn'].map((at) => readFileSync(join(installed, at, 'compute.worker.js'), 'utf8'));
  expect(own === plain, 'The two copies of compute.worker.js differ.');
  const strict = await serve({'/': site}, {'content-security-policy': "default-src 'self'"});
  try {
    const values = await visit(`${strict.url}/a/b/page.html`, () => new Promise((resolve, reject) => {
      const worker = new Worker('/lib/v1/compute.worker.js');
      worker.onerror = () => reject(new Error('The worker did not start.'));
      worker.onmessage = ({data: {result, error}}) => (result || error) && (worker.terminate(), resolve(error?.message ?? [...result.values].join()));
      worker.postMessage({name: 'spectrum', args: [Float32Array.of(3, 0, 0, -4), 2, 2]});
    }));
    expect(values === '4,3', `It answered: ${values}`);
  } finally {
    strict.close();
  }
});

await checks.check('lays graphs out under strict policies, and from another origin', async () => {
  writeFileSync(join(site, 'a/b/graph.html'), `<!doctype html><meta charset="utf-8"><title>x</title><script type="module" src="../../lib/v1/tensorlens.js"></script><model-graph>${spec}</model-graph>`);
  for (const [policy, wanted] of [["default-src 'self'", 'elk'], ["default-src 'self'; worker-src 'none'", 'preview']]) {
    const strict = await serve({'/': site}, {'content-security-policy': policy});
    const page = await browser.newPage();
    await page.goto(`${strict.url}/a/b/graph.html`);
    const came = await page.evaluate(layout);
    const said = await page.$eval('model-graph', (el) => el.shadowRoot.textContent);
    await page.close();
    strict.close();
    expect(came === wanted, `Under ${policy} the graph came out as: ${came}`);
    expect(said.includes('Simple layout') === (wanted === 'preview'), `Under ${policy} it says: ${said}`);
  }
  const cdn = await serve({'/': join(site, 'lib/v1')}, {'access-control-allow-origin': '*'});
  const home = await serve({'/': join(site, 'home')});
  mkdirSync(join(site, 'home'), {recursive: true});
  writeFileSync(join(site, 'home/index.html'), `<!doctype html><meta charset="utf-8"><title>x</title><script type="module" src="${cdn.url}/tensorlens.js"></script><model-graph>${spec}</model-graph>`);
  try {
    const came = await visit(`${home.url}/index.html`, layout);
    expect(came === 'elk', `From another origin the graph came out as: ${came}`);
  } finally {
    cdn.close();
    home.close();
  }
});

await checks.check('runs as a classic script from a file, and says there how to serve a folder', async () => {
  writeFileSync(join(site, 'a/file.html'), html('<script src="../lib/v1/tensorlens.iife.js"></script>'));
  expect((await visit(pathToFileURL(join(site, 'a/file.html')).href, colors)) > 20, 'Nothing was drawn.');
  writeFileSync(join(site, 'a/fetch.html'), '<!doctype html><title>x</title><script src="../lib/v1/tensorlens.iife.js"></script><weight-heatmap></weight-heatmap>');
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(site, 'a/fetch.html')).href);
  const words = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const el = document.querySelector('weight-heatmap');
        el.addEventListener('error', (event) => resolve(event.message));
        el.src = '../models/model.json';
      }),
  );
  await page.close();
  expect(words.includes('npx serve'), `It said: ${words}`);
});

for (const [entry, budget] of Object.entries(BUDGET)) {
  await checks.check(`size of ${entry}`, async () => {
    const contents = `export * from 'tensorlens/${entry}'`;
    const {outputFiles, metafile} = await esbuild.build({stdin: {contents, resolveDir: folder}, bundle: true, splitting: true, minify: true, format: 'esm', outdir: join(folder, 'size'), write: false, metafile: true, conditions: ['production'], absWorkingDir: folder, logLevel: 'error'});
    const bytesOf = (path) => outputFiles.find((f) => f.path.endsWith(path.split('/').at(-1))).contents;
    const size = (path) => gzipSync(bytesOf(path), {level: 9}).length;
    const outputs = metafile.outputs;
    const start = Object.keys(outputs).find((path) => outputs[path].entryPoint === '<stdin>');
    const eager = new Set([start]);
    for (const path of eager) for (const {path: next, kind} of outputs[path].imports) if (kind === 'import-statement') eager.add(next);
    // the static graph as one file; what it shares with the lazy chunks is cut out of it only here
    const bytes = gzipSync(Buffer.concat([...eager].map(bytesOf)), {level: 9}).length;
    const lazy = Object.keys(outputs).filter((path) => !eager.has(path));
    const kb = (n) => `${(n / 1024).toFixed(1)} KB`;
    console.log(`          ${kb(bytes)} gzipped of ${kb(budget)}; fetched when needed: ${lazy.map((path) => `${path.split('/').at(-1).replace(/-\w+\.js$/, '')} ${kb(size(path))}`).join(', ')}`);
    expect(bytes <= budget, `${entry} has grown to ${kb(bytes)}, beyond its ${kb(budget)}. Make it smaller, fetch what is rarely used by import(), or, if it is worth it, raise BUDGET in scripts/package-smoke.mjs and say why in CHANGELOG.md.`);
  });
}

await checks.check('publint finds nothing', async () => {
  const {publint} = await import('publint');
  const {messages} = await publint({pkgDir: installed, strict: true});
  expect(!messages.length, messages.map((m) => `${m.code} ${JSON.stringify(m.args)}`).join('\n'));
});

await checks.check('are-the-types-wrong finds nothing', () => {
  const {status, stdout, stderr} = spawnSync(process.execPath, [join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'), tarball, '--profile', 'esm-only', '--exclude-entrypoints', './custom-elements.json', './package.json'], {encoding: 'utf8'});
  expect(status === 0, stdout + stderr);
});

await browser.close();
rmSync(folder, {recursive: true, force: true});
checks.end();
