import {existsSync} from 'node:fs';
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

const plugins = [typescript, templates, resolve({browser: true, exportConditions: ['production', 'browser']})];
const entries = Object.fromEntries(['index', 'weight-heatmap', 'elements', 'tensor'].map((name) => [name, `src/${name}.ts`]));

export default [
  {
    input: entries,
    external: [/^lit(\/|$)/, /^d3-/],
    plugins,
    // a file each, so that the manifest and the types can name them
    output: {dir: 'dist', format: 'es', sourcemap: true, preserveModules: true, preserveModulesRoot: 'src'},
  },
  {
    input: {tensorlens: 'src/index.ts'},
    plugins: [...plugins, minify],
    output: {dir: 'dist/cdn', format: 'es', sourcemap: true, entryFileNames: '[name].js', chunkFileNames: 'tensorlens-[name]-[hash].js'},
  },
  {
    // a classic script, which runs from a file opened by double click: all in one
    input: 'src/index.ts',
    plugins: [...plugins, minify],
    output: {file: 'dist/cdn/tensorlens.iife.js', format: 'iife', name: 'tensorlens', sourcemap: true, inlineDynamicImports: true},
  },
];
