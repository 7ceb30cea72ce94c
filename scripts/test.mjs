// All that `npm test` does, one step after another; the last line counts over all of them.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = process.execPath;
const bin = (name) => fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url));
const manifest = new URL('../custom-elements.json', import.meta.url);

const total = {passed: 0, failed: 0, skipped: 0};
/** What failed, said once more at the end: a log this long is often shown by its last lines alone. */
const failures = [];
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs a step; one that prints no count of its own is one test. */
function step(name, args, after = () => null) {
  const start = performance.now();
  console.log(`\n── ${name}`);
  const run = spawnSync(node, args, {cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26});
  const output = `${run.stdout}${run.stderr}`.trim();
  const counts = [...run.stdout.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  const problem = run.error?.message ?? after();
  const [passed, failed, skipped] = counts ? counts.slice(1).map(Number) : [0, 0, 0];
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const bad = run.status !== 0 || problem !== null;
  if (!counts || (bad && !failed)) total[bad ? 'failed' : 'passed']++;
  if (output && (bad || counts)) console.log(output);
  if (problem) console.log(problem);
  if (bad) failures.push(name, ...output.split('\n').filter((line, at, lines) => /^\s*FAILED\s/.test(line) || /^\s*FAILED\s/.test(lines[at - 1] ?? '')));
  console.log(`${bad ? 'FAILED' : 'ok'} (${seconds(start)})`);
  return !bad;
}

const begin = performance.now();
step('type check', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']);
step('type check of tests and stories', [bin('typescript/bin/tsc'), '-p', 'test/tsconfig.json']);
step('lint, with the rules of who imports whom', [bin('oxlint/bin/oxlint')]);
const before = readFileSync(manifest, 'utf8');
step('custom-elements.json is fresh', [bin('@custom-elements-manifest/analyzer/cem.js'), 'analyze', '--quiet', '--config', 'custom-elements-manifest.config.mjs'], () =>
  readFileSync(manifest, 'utf8') === before ? null : 'custom-elements.json was stale; it has been written anew: look at it and commit it.',
);
step('unit and browser tests', [bin('@web/test-runner/dist/bin.js')]);
if (step('build', ['scripts/build.mjs'])) step('the packed package', ['scripts/package-smoke.mjs']);
step('the gallery', ['scripts/stories-smoke.mjs', '--build']);

if (failures.length) console.log(`\nFailed:\n${failures.join('\n')}`);
console.log(`\nAll in ${seconds(begin)}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed ? 1 : 0;
