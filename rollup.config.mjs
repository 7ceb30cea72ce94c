import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import resolve from '@rollup/plugin-node-resolve';
import {transform} from 'esbuild';

/** TypeScript through esbuild; tsc checks it and writes the types. */
const typescript = {
  name: 'typescript',
  resolveId(id, importer) {
    if (!importer?.endsWith('.ts') || !id.startsWith('.') || !id.endsWith('.js')) return null;
    const file = fileURLToPath(new URL(id.replace(/\.js$/, '.ts'), `file://${importer}`));
    return existsSync(file) ? file : null;
  },
  async transform(code, id) {
    if (!id.endsWith('.ts')) return null;
    const tsconfigRaw = {compilerOptions: {experimentalDecorators: true, useDefineForClassFields: false, verbatimModuleSyntax: true}};
    const {code: js, map} = await transform(code, {loader: 'ts', target: 'es2022', sourcemap: true, sourcefile: id, tsconfigRaw});
    return {code: js, map};
  },
};

/** Takes comments, blanks and line breaks out of lit's css templates: tools minify no template. */
const templates = {
  name: 'templates',
  transform(code, id) {
    if (!id.endsWith('styles.ts')) return null;
    return {code: code.replace(/css`[^`]*`/g, (css) => css.replace(/\/\*[^]*?\*\//g, '').replace(/\s+/g, ' ').replace(/ ?([{};,]) ?/g, '$1')), map: null};
  },
};

const minify = {
  name: 'minify',
  async renderChunk(code, _chunk, {format}) {
    const {code: js, map} = await transform(code, {minify: true, target: 'es2022', format: format === 'es' ? 'esm' : undefined, sourcemap: true, legalComments: 'inline'});
    return {code: js, map};
  },
};

/** ELK's client comes as an older kind of module; here it becomes one of ours, so that no bundler has to guess. */
const elk = {
  name: 'elk',
  resolveId: (id) => (id === 'elkjs/lib/elk-api.js' ? fileURLToPath(new URL('src/graph/elk-api.js', import.meta.url)) : null),
  load: (id) => (id.endsWith('src/graph/elk-api.js') ? `const module = {exports: {}}, exports = module.exports;\n${readFileSync(new URL('node_modules/elkjs/lib/elk-api.js', import.meta.url), 'utf8')}\nexport default module.exports.default ?? module.exports;` : null),
};

/** The layout worker is ELK's own script, a file by itself beside what starts it, with its licence. */
const worker = {
  name: 'worker',
  generateBundle({dir, file}) {
    const to = dir === 'dist' ? 'graph/' : '';
    if (file) return;
    this.emitFile({type: 'asset', fileName: `${to}elk-worker.js`, source: readFileSync(new URL('node_modules/elkjs/lib/elk-worker.min.js', import.meta.url))});
    this.emitFile({type: 'asset', fileName: `${to}elk-worker.LICENSE.md`, source: readFileSync(new URL('node_modules/elkjs/LICENSE.md', import.meta.url))});
  },
};

/** TensorFlow.js as it is shipped, a file by itself beside what fetches it: a page that runs no model does without. */
const TFJS = './tensorlens-tfjs.js';

/** What a plain page gets: everything, and where to fetch TensorFlow.js when a model is to be run. */
const cdn = {
  name: 'cdn',
  resolveId(id) {
    if (id === 'cdn') return fileURLToPath(new URL('src/cdn.ts', import.meta.url));
    return id === TFJS ? {id, external: true} : null;
  },
  load: (id) => (id.endsWith('src/cdn.ts') ? `import {setTfLoader} from './tensor/tf.js';\nexport * from './index.js';\nsetTfLoader(() => import('${TFJS}'));` : null),
  generateBundle({file}) {
    if (file) return;
    const source = readFileSync(new URL('node_modules/@tensorflow/tfjs/dist/tf.fesm.min.js', import.meta.url), 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, '');
    this.emitFile({type: 'asset', fileName: TFJS.slice(2), source});
  },
};

const plugins = [elk, worker, typescript, templates, resolve({browser: true, exportConditions: ['production', 'browser']})];
const entries = Object.fromEntries(['index', 'weight-heatmap', 'model-graph', 'output-plot', 'gradient-map', 'elements', 'tensor', 'graph', 'metrics', 'attribution', 'training', 'tfjs'].map((name) => [name, `src/${name}.ts`]));

export default [
  {
    input: entries,
    external: [/^lit(\/|$)/, /^d3-/, /^@tensorflow\//],
    plugins,
    // a file each, so that the manifest and the types can name them
    output: {dir: 'dist', format: 'es', sourcemap: true, preserveModules: true, preserveModulesRoot: 'src'},
  },
  {
    input: {tensorlens: 'cdn'},
    plugins: [cdn, ...plugins, minify],
    output: {dir: 'dist/cdn', format: 'es', sourcemap: true, entryFileNames: '[name].js', chunkFileNames: 'tensorlens-[name]-[hash].js'},
  },
  {
    // a classic script, which runs from a file opened by double click: all in one
    input: 'cdn',
    plugins: [cdn, ...plugins, minify],
    output: {file: 'dist/cdn/tensorlens.iife.js', format: 'iife', name: 'tensorlens', sourcemap: true, inlineDynamicImports: true},
  },
  {
    // the worker of slow computations, a file beside what starts it; classic, so that a page of another origin can load it
    input: 'src/compute.worker.ts',
    plugins: [typescript, minify],
    output: ['controllers', 'cdn'].map((folder) => ({file: `dist/${folder}/compute.worker.js`, format: 'iife', sourcemap: true})),
  },
];
