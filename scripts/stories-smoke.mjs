// Opens every story of the built gallery, light and dark: no complaint of the page, nothing fetched from elsewhere,
// nothing that axe finds, and the picture of test/goldens. --build builds the gallery first, --update writes goldens.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import pixelmatch from 'pixelmatch';
import {PNG} from 'pngjs';
import puppeteer from 'puppeteer-core';
import {args, findBrowser} from './browser.mjs';
import {Checks, expect} from './checks.mjs';
import {serve} from './serve.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'storybook-static');
const goldens = join(root, 'test/goldens');
const failures = join(root, 'reports/goldens');
const axe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
const update = process.argv.includes('--update');
if (process.argv.includes('--build')) {
  const options = {cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: {...process.env, STORYBOOK_DISABLE_TELEMETRY: '1'}};
  execFileSync(process.execPath, [join(root, 'node_modules/storybook/dist/bin/dispatcher.js'), 'build', '--quiet', '--disable-telemetry'], options);
}

/** Stories whose pictures are compared: the others train, or differ in what they fetch first; a graph's boxes are as wide as a machine's font. */
const PICTURED = /a-model$|convolution|units-as|hinton|lstm|not-finite|scales|theming|plain|graph/;

/** Texts have no colour and no say in the layout, since fonts differ between machines. */
const TEXTLESS = `
  weight-heatmap { --tensorlens-text: transparent; --tensorlens-muted: transparent; --tensorlens-accent: transparent; height: 360px; width: 600px; margin-bottom: 8px; font-size: 0; }
  weight-heatmap::part(toolbar) { height: 34px; overflow: hidden; visibility: hidden; }
  weight-heatmap::part(legend) { height: 44px; overflow: hidden; flex-wrap: nowrap; }
  .grid { display: block !important; } p { display: none; }
  [slot=caption] { display: none !important; }
`;

/** Our elements. */
const OURS = 'weight-heatmap, model-graph, output-plot, gradient-map';

const {entries} = JSON.parse(readFileSync(join(built, 'index.json'), 'utf8'));
const site = await serve({'/': built});
const browser = await puppeteer.launch({executablePath: await findBrowser(), args: [...args, '--force-color-profile=srgb'], headless: true});
const checks = new Checks();

async function settle(page) {
  await page.evaluate(async (selector) => {
    const elements = [...document.querySelectorAll(selector)];
    for (const el of elements) {
      await el.updateComplete;
      await el.renderComplete;
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
    for (const el of elements) await el.renderComplete;
  }, OURS);
}

/** Compares a picture with its golden: no more than 1 % of the pixels may differ visibly. */
function compare(name, picture) {
  const file = join(goldens, `${name}.png`);
  if (update || !existsSync(file)) {
    expect(update, `There is no golden ${name}.png: look at the story, then run "npm run golden".`);
    mkdirSync(goldens, {recursive: true});
    writeFileSync(file, picture);
    return;
  }
  const [a, b] = [PNG.sync.read(readFileSync(file)), PNG.sync.read(Buffer.from(picture))];
  expect(a.width === b.width && a.height === b.height, `${name} is ${b.width} × ${b.height}, its golden ${a.width} × ${a.height}.`);
  const off = pixelmatch(a.data, b.data, null, a.width, a.height, {threshold: 0.1});
  if (off > 0.01 * a.width * a.height) {
    mkdirSync(failures, {recursive: true});
    writeFileSync(join(failures, `${name}.png`), picture);
    throw new Error(`${off} of ${a.width * a.height} pixels differ from test/goldens/${name}.png; see reports/goldens. If it is meant, run "npm run golden".`);
  }
}

/** Opens a story or a page of docs, and waits until all of it is drawn. */
async function open(id, type) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && !/favicon/.test(message.location().url ?? '') && complaints.push(`${message.text()} ${message.location().url}`));
  page.on('request', (request) => !request.url().startsWith(site.url) && !/^(data|blob):/.test(request.url()) && complaints.push(`fetched ${request.url()}`));
  try {
    await page.setViewport({width: 900, height: 900});
    await page.goto(`${site.url}/iframe.html?id=${id}&viewMode=${type}&globals=scheme:light`, {waitUntil: 'load'});
    const holder = type === 'docs' ? '#storybook-docs' : '#storybook-root';
    await page.waitForFunction((selector) => document.querySelector(selector) || /sb-show-errordisplay/.test(document.body.className), {timeout: 30_000}, `${holder} :is(${OURS})`);
    if (id.endsWith('after-training')) await page.waitForSelector('[data-trained]', {timeout: 120_000});
    await page.waitForFunction(() => !document.querySelector('[data-training]'), {timeout: 120_000});
    // some stories unpack their model first
    await page.waitForFunction((selector) => ![...document.querySelectorAll(selector)].some((e) => e.matches(':state(empty)') && !e.matches(':state(error)')), {timeout: 30_000}, OURS);
    await settle(page);
    const body = await page.evaluate(() => document.body.className);
    expect(!body.includes('errordisplay'), await page.$eval('#error-message', (e) => e.textContent).catch(() => body));
    const undefinedTags = await page.$$eval(`${holder} :not(:defined)`, (all) => all.map((e) => e.localName));
    expect(!undefinedTags.length, `Not defined: ${undefinedTags}`);
    return {page, complaints};
  } catch (error) {
    await page.close();
    throw error;
  }
}

/** What must hold of a story in either scheme. */
async function look(page, id, scheme) {
  const states = await page.$$eval(OURS, (all) => all.map((e) => ['loading', 'error', 'empty'].filter((s) => e.matches(`:state(${s})`)).join()));
  expect(id.endsWith('errors') ? states.every((s) => s.includes('error')) : states.every((s) => s === ''), `States: ${states.join(' | ')}`);
  await page.evaluate(axe);
  const violations = await page.evaluate(() => window.axe.run('#storybook-root', {resultTypes: ['violations']}).then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)));
  expect(!violations.length, violations.join('\n'));
  if (process.env.SHOTS) await page.screenshot({path: join(process.env.SHOTS, `${id}-${scheme}.png`), fullPage: true});
}

async function picture(page, id, scheme) {
  const root = await page.$('#storybook-root');
  compare(`${id.replace('weight-heatmap--', '')}-${scheme}`, await root.screenshot());
}

/** Changes the colours of a story that is drawn: it need not train, or run its model, a second time. */
async function recolour(page, scheme) {
  await page.evaluate((dark) => {
    // as the decorator in .storybook/preview.ts does
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
    document.body.style.background = dark ? '#0c0e12' : '#f2f3f6';
    document.body.style.color = dark ? '#e6e9ee' : '#1d2430';
  }, scheme === 'dark');
  await settle(page);
}

for (const {id, type} of Object.values(entries)) {
  let opened;
  await checks.check(`${id} (${type}, light)`, async () => {
    opened = await open(id, type);
    if (type === 'story') await look(opened.page, id, 'light');
    expect(!opened.complaints.length, opened.complaints.join('\n'));
  });
  if (opened && type === 'story') {
    const {page, complaints} = opened;
    await checks.check(`${id} (${type}, dark)`, async () => {
      await recolour(page, 'dark');
      await look(page, id, 'dark');
      if (id.startsWith('weight-heatmap') && PICTURED.test(id)) {
        await page.addStyleTag({content: TEXTLESS});
        await settle(page);
        if (id.endsWith('a-model')) await picture(page, id, 'dark');
        await recolour(page, 'light');
        await picture(page, id, 'light');
      }
      expect(!complaints.length, complaints.join('\n'));
    });
  }
  await opened?.page.close();
}

await browser.close();
site.close();
checks.end();
