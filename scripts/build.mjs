// Builds dist/: ES modules with types and source maps, and the files for a plain page.
import {execFileSync} from 'node:child_process';
import {rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/** Runs a program of a development dependency. */
function run(name, bin, args) {
  const {bin: bins} = require(`${name}/package.json`);
  const file = join(dirname(require.resolve(`${name}/package.json`)), typeof bins === 'string' ? bins : bins[bin]);
  execFileSync(process.execPath, [file, ...args], {cwd: root, stdio: ['ignore', 'inherit', 'inherit']});
}

rmSync(join(root, 'dist'), {recursive: true, force: true});
run('rollup', 'rollup', ['-c', '--silent']);
run('typescript', 'tsc', ['-p', 'tsconfig.json', '--emitDeclarationOnly']);
