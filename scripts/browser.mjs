// Finds a Chromium to test with, or provides one: environment, installed, other tools' caches, npm package.
import {execFileSync} from 'node:child_process';
import {accessSync, constants, existsSync, mkdirSync, readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {arch, homedir, platform} from 'node:os';
import {delimiter, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

/** The last of its versions that runs on Node 20; Linux x64 only. */
const PACKAGED = '@sparticuz/chromium@143.0.4';
const CACHE = fileURLToPath(new URL('../node_modules/.cache/chromium', import.meta.url));

/** Flags for all browsers: no first-run work, and the same software WebGL everywhere. */
export const args = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--font-render-hinting=none',
];

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function fromEnvironment() {
  for (const name of ['CHROME_PATH', 'CHROME_BIN', 'PUPPETEER_EXECUTABLE_PATH']) {
    const file = process.env[name];
    if (!file) continue;
    if (!isProgram(file)) throw new Error(`${name} names ${file}, which is no program. Correct it or unset it.`);
    return file;
  }
  return null;
}

function installed() {
  if (platform() === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`).find(existsSync);
  }
  if (platform() === 'win32') {
    const bases = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map((name) => process.env[name]).filter(Boolean);
    const files = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
    return bases.flatMap((base) => files.map((file) => join(base, file))).find(existsSync);
  }
  const names = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'microsoft-edge-stable', 'microsoft-edge'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/** Browsers that Playwright or Puppeteer have fetched for other projects. */
function cached() {
  const home = homedir();
  const folders = [
    process.env.PLAYWRIGHT_BROWSERS_PATH,
    process.env.PUPPETEER_CACHE_DIR,
    ...['.cache/ms-playwright', 'Library/Caches/ms-playwright', 'AppData/Local/ms-playwright', '.cache/puppeteer'].map((folder) => join(home, folder)),
  ];
  const program = /^(chrome|chromium|headless_shell|chrome-headless-shell|Chromium|Google Chrome for Testing|chrome\.exe|chrome-headless-shell\.exe)$/;
  const search = (folder, depth) => {
    const entries = readdirSync(folder, {withFileTypes: true}).sort((a, b) => b.name.localeCompare(a.name, 'en', {numeric: true}));
    for (const entry of entries) {
      const file = join(folder, entry.name);
      if (entry.isFile() && program.test(entry.name) && isProgram(file)) return file;
      const deeper = entry.isDirectory() && depth > 0 && !/firefox|webkit|ffmpeg/.test(entry.name) && search(file, depth - 1);
      if (deeper) return deeper;
    }
    return null;
  };
  for (const folder of folders) {
    const file = folder && existsSync(folder) && search(folder, 5);
    if (file) return file;
  }
  return null;
}

async function packaged() {
  if (platform() !== 'linux' || arch() !== 'x64') return null;
  const find = () => createRequire(join(CACHE, 'package.json')).resolve('@sparticuz/chromium');
  let entry;
  try {
    entry = find();
  } catch {
    mkdirSync(CACHE, {recursive: true});
    console.error(`No browser is installed: fetching ${PACKAGED} into node_modules/.cache …`);
    try {
      // through node, since PATH may not name npm's own folder
      const npm = process.env.npm_execpath;
      const args = ['install', '--prefix', CACHE, '--no-save', '--no-audit', '--no-fund', PACKAGED];
      if (npm?.endsWith('.js')) execFileSync(process.execPath, [npm, ...args], {stdio: ['ignore', 'ignore', 'inherit']});
      else execFileSync('npm', args, {stdio: ['ignore', 'ignore', 'inherit']});
      entry = find();
    } catch (error) {
      console.error(`It could not be fetched: ${error.message}`);
      return null;
    }
  }
  // makes the package unpack NSS libraries of its own, which a bare machine lacks
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs20.x';
  const module = await import(pathToFileURL(entry).href);
  return (module.default?.default ?? module.default).executablePath();
}

let found;

/** The path of a browser. Rejects with one sentence that says what to install. */
export async function findBrowser() {
  found ??= fromEnvironment() ?? installed() ?? cached() ?? (await packaged());
  if (!found) throw new Error('No Chrome, Chromium or Edge was found: install one, run "npx playwright install chromium", or name one in CHROME_PATH.');
  return found;
}
