import type {PlotData} from '../plot/data.js';
import {download} from '../tensor/download.js';
import {dataOf, openSource, type OpenOptions, parseJson} from '../tensor/read-source.js';
import {Problem} from '../words/kinds.js';
import {type LabelsInput, readLabels, readRun, readSeries, type SeriesInput} from './plot-reading.js';

// Fetched when there is a file, or data inside the tag.

/** Fetches a file as text. */
async function fetchText(src: string, {fetch: own, credentials, signal, onProgress}: OpenOptions): Promise<string> {
  if (!URL.canParse(src, document.baseURI)) throw new Problem('srcUrl', {url: src});
  const url = new URL(src, document.baseURI).href;
  const decoder = new TextDecoder();
  let text = '';
  const words = {unreachable: url.startsWith('file:') ? 'srcFile' : 'srcUnreachable', status: 'srcStatus'} as const;
  await download({url, fetch: own, credentials, signal: signal!, revalidate: false, words, tell: onProgress ?? (() => undefined)}, (chunk) => (text += decoder.decode(chunk, {stream: true})));
  return text + decoder.decode();
}

/** Reads the history that an address names: JSON, or a Keras CSVLogger file. */
export const readHistoryUrl = async (src: string, options: OpenOptions): Promise<object> => readRun(await fetchText(src, options));

/** Reads what stands inside a tag. */
export const readPlotText = async (text: string): Promise<PlotData> => plotDataOf(parseJson(text, 'The data inside the tag'), document.baseURI);

/** Reads what an address names; `null` for a model, which has to be run. */
export async function readPlotUrl(src: string, options: OpenOptions): Promise<PlotData | null> {
  try {
    const data = await openSource(src, options);
    if ('graph' in data) throw new Problem('plotGraph');
    return 'model' in data ? null : {series: [{name: '', tensor: data.tensor}], classes: null};
  } catch (error) {
    // none of what all elements know: predictions, series, a history, a list of logs
    if (!/^(jsonUnknown|notNumber)$/.test((error as Problem).key)) throw error;
    return plotDataOf(parseJson(await fetchText(src, options), src), src);
  }
}

const KEYS = ['tensor', 'predictions', 'history'] as const;

/** What JSON holds for a plot: the keys that the element has as properties, a history, or a tensor. */
async function plotDataOf(json: unknown, url: string): Promise<PlotData> {
  const given = (typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {}) as SeriesInput & {readonly series?: unknown; readonly classes?: unknown; readonly labels?: LabelsInput};
  const classes = Array.isArray(given.classes) ? given.classes.map(String) : null;
  if (Array.isArray(given.series)) {
    const labels = given.labels === undefined ? undefined : await readLabels(given.labels);
    const series = await Promise.all(given.series.map((one: SeriesInput, i) => readSeries(one, i)));
    return {series: labels ? series.map((one) => ({labels, ...one})) : series, classes};
  }
  if (KEYS.some((key) => given[key] !== undefined)) return {series: [await readSeries(given, 0)], classes};
  const logs = Array.isArray(json) && typeof json[0] === 'object' && json[0] !== null && !Array.isArray(json[0]);
  const columns = Object.values(given).some((v) => Array.isArray(v)) && !('shape' in given) && !('nodes' in given) && !('modelTopology' in given);
  if (logs || columns) return {series: [{name: '', history: await readRun(json)}], classes};
  const data = await dataOf(json, url);
  if ('tensor' in data) return {series: [{name: '', tensor: data.tensor}], classes};
  throw new Problem('graph' in data ? 'plotGraph' : 'plotModelAlone');
}
