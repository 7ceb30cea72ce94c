import {relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {esbuildPlugin} from '@web/dev-server-esbuild';
import {chromeLauncher, defaultReporter} from '@web/test-runner';
import {args, findBrowser} from './scripts/browser.mjs';

/** Packages whose own entry no browser can load. */
const READY = {
  '@tensorflow/tfjs': '/node_modules/@tensorflow/tfjs/dist/tf.fesm.min.js',
  '@tensorflow/tfjs-backend-wasm': '/node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.min.js',
  // a backend has to register with the core that the tests use, which lies in the bundle
  '@tensorflow/tfjs-core': '/node_modules/@tensorflow/tfjs/dist/tf.fesm.min.js',
};
/** What the WebAssembly backend asks of Node, and of no browser. */
const NODE = /^(fs|path|os|perf_hooks|worker_threads)$/;

/** Prints one line that `npm test` adds up, and after it each failure, so that the end of a long log names it. */
const counts = {
  onTestRunFinished({sessions}) {
    const n = {passed: 0, failed: 0, skipped: 0};
    const failures = [];
    const count = (suite, file, names) => {
      for (const test of suite?.tests ?? []) {
        n[test.skipped ? 'skipped' : test.passed ? 'passed' : 'failed']++;
        if (!test.skipped && !test.passed) failures.push(`${file}: ${[...names, test.name].join(' › ')}\n    ${test.error?.message ?? 'no message'}`);
      }
      for (const inner of suite?.suites ?? []) count(inner, file, [...names, inner.name]);
    };
    for (const session of sessions) {
      const file = relative(process.cwd(), session.testFile ?? '');
      count(session.testResults, file, []);
      // a file that could not even be loaded has no tests to fail
      if (!session.passed && !session.testResults?.tests.length && !session.testResults?.suites.length) {
        n.failed++;
        failures.push(`${file}: ${session.errors?.map(({message}) => message).join('; ') || 'did not run to its end'}`);
      }
    }
    console.log(`\n${n.passed} passed, ${n.failed} failed, ${n.skipped} skipped`);
    for (const failure of failures) console.log(`FAILED  ${failure}`);
  },
};

export default {
  files: 'test/**/*.test.ts',
  nodeResolve: {exportConditions: ['production', 'browser']},
  concurrency: 2,
  browsers: [
    chromeLauncher({
      launchOptions: {executablePath: await findBrowser(), args, headless: true},
      // a window each: a tab behind another is hidden and gets no animation frames
      createPage: ({context}) => context.newPage({type: 'window'}),
    }),
  ],
  plugins: [
    {name: 'ready', resolveImport: ({source}) => READY[source]},
    {
      name: 'node',
      resolveImport: ({source, context}) => (NODE.test(source) && context.path.includes('/tfjs-backend-wasm/') ? '/__no-node.js' : undefined),
      serve: ({path}) => (path === '/__no-node.js' ? 'export default {};' : undefined),
    },
    // an older kind of module
    {name: 'elk', transform: ({path, body}) => (path.endsWith('elkjs/lib/elk-api.js') ? `const module = {exports: {}}, exports = module.exports;\n${body}\nexport default module.exports.default ?? module.exports;` : undefined)},
    esbuildPlugin({ts: true, target: 'es2022', tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url))}),
  ],
  coverageConfig: {include: ['src/**/*.ts'], threshold: {statements: 80, branches: 70, functions: 80, lines: 80}},
  reporters: [defaultReporter({reportTestProgress: !process.env.CI}), counts],
  // generous: a loaded machine is no failure
  testFramework: {config: {timeout: 180000}},
  testsFinishTimeout: 300000,
};
