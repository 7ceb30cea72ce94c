import type {ActivationData, LayerActivation} from '../activations/read.js';
import {formatCount, formatShare, formatShort} from '../color/format.js';
import {Problem, useActivationWords} from '../words/activations.js';
import {colorsOf, functionPanel, halved, outputPanel} from './activation-panels.js';
import type {PlotData} from './data.js';
import {checkExample, exampleControls} from './example.js';
import type {Kind, PlotSettings} from './kind.js';
import {oddWords} from './odd-words.js';
import type {Control, Figure, Note, Panel, Table} from './types.js';

interface Numbers {
  readonly data: ActivationData;
  /** Of another example, beside the first. */
  readonly other: ActivationData | null;
  /** What went in, as it went in. */
  readonly pictures: readonly (ImageData | null)[];
}

/** Examples that can be chosen to stand beside. */
const COMPARED = 100;

function* numbers({activations, compared, pictures}: PlotData, {example}: PlotSettings): Generator<number, Numbers> {
  useActivationWords();
  if (!activations) throw new Problem('activationNeeds');
  checkExample(example, activations.examples);
  yield 1;
  const of = (data: ActivationData | null | undefined): ImageData | null => (data ? (pictures?.[data.examples > 1 ? data.example : 0] ?? null) : null);
  return {data: activations, other: compared ?? null, pictures: compared ? [of(activations), of(compared)] : [of(activations)]};
}

/** What all addresses begin with, up to a `/`; empty where that is nothing. */
function prefixOf(places: readonly string[]): string {
  const [first = ''] = places;
  let prefix = places.length > 1 ? first.slice(0, first.lastIndexOf('/') + 1) : '';
  for (const name of places) while (prefix && !name.startsWith(prefix)) prefix = prefix.slice(0, prefix.lastIndexOf('/', prefix.length - 2) + 1);
  return prefix;
}

const shortened = (address: string, prefix: string): string => (address.startsWith(prefix) ? address.slice(prefix.length) : address);

/** Which example it is, as the stepper counts them. */
const exampleText = ({example, examples}: ActivationData, {say, lang}: PlotSettings): string => `${say('plotExample')} ${say('plotExampleOf', {at: formatCount(example + 1, lang), n: formatCount(examples, lang)})}`;

/** What stands above a layer: its address and shape, what it is, and what is wrong with it. */
function titleOf(layer: LayerActivation, examples: number, prefix: string, {say, lang}: PlotSettings): string {
  const address = shortened(layer.address, prefix);
  const { type, shape, steps, silent, dead, form, plane, size} = layer;
  const parts = [`${type ? address : address === say('activationInput') ? address : `${say('activationInput')} · ${address}`}${type && ` · ${type}`} · ${shape.map((n) => formatCount(n, lang)).join(' × ') || '1'}`];
  if (steps) parts.push(say('activationSteps'));
  if (layer.backwards) parts.push(say('activationBackwards'));
  if (plane) parts.push(say('activationPlaneOf', {at: plane.at, of: plane.of}));
  const all = layer.odd.length;
  const units = form === 'vector';
  if (dead?.length) parts.push(say(units ? 'activationDeadUnits' : 'activationDead', {n: formatCount(dead.length, lang), all: formatCount(all, lang), examples: formatCount(examples, lang)}));
  else if (silent.length) parts.push(say(units ? 'activationSilentUnits' : 'activationSilent', {n: formatCount(silent.length, lang), all: formatCount(all, lang)}));
  const odd = layer.nan + layer.positiveInfinity + layer.negativeInfinity;
  if (odd) parts.push(say('activationOdd', {share: formatShare(odd / size, lang)}));
  return parts.join(' · ');
}

function picturePanel(pixels: ImageData, key: string, title: string, beside: boolean): Panel {
  const {width, height} = pixels;
  const axis = (n: number) => ({title: '', type: 'linear', domain: [0, n], bare: true}) as const;
  return {key, title, x: axis(width), y: {...axis(height), down: true}, ratio: width / height, high: 176, zoom: 'none', beside, marks: [{kind: 'image', pixels, crisp: width < 100}]};
}

function layerPanels(layer: LayerActivation, other: LayerActivation | null, last: boolean, {data, other: compared}: Numbers, settings: PlotSettings): Panel[] {
  const {classes} = settings;
  const {address} = layer;
  const colors = colorsOf(other ? [layer, other] : [layer]);
  const names = last && layer.form === 'vector' && classes?.length === layer.size ? classes : null;
  const title = titleOf(layer, data.judged, prefixOf(data.places), settings);
  const room = other ? halved(settings) : settings;
  const panels = [outputPanel(layer, address, title, colors, names, room)];
  if (other) {
    const beside = outputPanel(other, `${address} beside`, exampleText(compared!, settings), colors, names, room);
    // side by side they are one picture at one scale: one bar
    panels.push({...beside, beside: true});
  }
  for (const [i, summary] of layer.functions.entries()) panels.push(functionPanel(summary, `${address} function ${i}`, layer, other?.functions[i] ?? null, settings));
  return panels;
}

function figure(numbers: Numbers, settings: PlotSettings): Figure {
  const {data, other, pictures} = numbers;
  const {say, lang} = settings;
  const {layers, opened} = data;
  const panels: Panel[] = [];
  if (!opened) pictures.forEach((pixels, i) => {
    if (pixels) panels.push(picturePanel(pixels, `input ${i}`, [say('activationInput'), ...(pictures.length > 1 ? [exampleText(i ? other! : data, settings)] : []), `${pixels.width} × ${pixels.height}`].join(' · '), i > 0));
  });
  if (!opened) data.inputs.forEach((input, i) => panels.push(...layerPanels(input, other?.inputs[i] ?? null, false, numbers, settings)));
  for (const [i, layer] of layers.entries()) panels.push(...layerPanels(layer, other?.layers.find(({address}) => address === layer.address) ?? null, i === layers.length - 1, numbers, settings));
  return {
    label: say('activationTitle'),
    facts: opened ? `${opened} · ${layers[0]?.shape.join(' × ') ?? ''}` : say('activationFacts', {n: formatCount(data.large ? data.places.length : layers.length, lang)}),
    panels: opened ? panels.map((panel) => (panel.wide !== undefined ? {...panel, ratio: 1.25, weight: 0.42} : panel)) : panels,
    // opened it takes the room that there is, where panels fit beside each other
    strip: !opened || settings.width < 520,
    place: opened ?? '',
    tall: !!opened,
    legend: [],
    controls: [...layerControls(data, settings), ...exampleControls(settings, data.examples), ...compareControls(data, settings)],
    notes: notesOf(numbers, panels, settings),
    table: opened && layers[0] ? valuesTable(layers[0], settings) : layersTable(layers, settings),
    metrics: {
      layers: layers.map(metricsOf),
      firstNonFinite: data.first,
      judged: data.judged,
      ...(data.large && {bytes: data.large.bytes}),
    },
  };
}

/** The numbers of a layer, as `metrics` gives them. */
const metricsOf = ({address, type, shape, min, max, mean, std, zeros, size, nan, positiveInfinity, negativeInfinity, silent, dead, functions}: LayerActivation): Record<string, unknown> => ({
  layer: address, type, shape, min, max, mean, std, zeros: zeros / size, nan, positiveInfinity, negativeInfinity, silent, dead,
  functions: functions.filter(({name}) => name).map(({name, below, above}) => ({name, below, above})),
});

/** One layer, or all of them. */
function layerControls({opened, places, large, layers}: ActivationData, {say, change}: PlotSettings): Control[] {
  return [
    ...(opened && !large ? [{type: 'button', label: say('activationBack'), run: () => change({layer: null})} as const] : []),
    {
      type: 'choice', label: say('activationLayer'), value: opened ?? '',
      options: [['', say(large ? 'activationChoose' : 'activationAll')], ...places.map((name) => [name, shortened(name, prefixOf(places))] as const)],
      set: (name) => change({layer: name || null}),
    },
    ...(opened && layers[0]?.plane ? [{type: 'slider', label: say('activationPlaneAxis'), value: layers[0].plane.at, min: 0, max: layers[0].plane.of - 1, step: 1, set: (plane: number) => change({plane})} as const] : []),
  ];
}

function compareControls({examples, example}: ActivationData, {say, lang, change, compareExample}: PlotSettings): Control[] {
  if (examples < 2) return [];
  const first = Array.from({length: Math.min(examples, COMPARED)}, (_, i) => i);
  const others = [...first, ...(compareExample !== null && compareExample >= first.length ? [compareExample] : [])].filter((i) => i !== example);
  return [{type: 'choice', label: say('activationCompare'), value: compareExample === null ? '' : String(compareExample), options: [['', say('activationNone')], ...others.map((i) => [String(i), say('plotExampleOf', {at: formatCount(i + 1, lang), n: formatCount(examples, lang)})] as const)], set: (i) => change({compareExample: i ? Number(i) : null})}];
}

function notesOf({data, other}: Numbers, panels: readonly Panel[], settings: PlotSettings): Note[] {
  const {say, lang} = settings;
  const {layers, passing, unseen, judged, first, large, opened} = data;
  const bytes = (n: number): string => (n < 2 ** 30 ? `${formatShort(n / 2 ** 20)} MiB` : `${formatShort(n / 2 ** 30)} GiB`);
  const notes: Note[] = [];
  const named = layers.flatMap(({functions}) => functions);
  if (large && !opened) notes.push({text: say('activationLarge', {bytes: bytes(large.bytes), layer: large.most.address, most: bytes(large.most.bytes)}), alert: true});
  if (first) {
    const {address, type, channel, channelShare, share, inputFinite} = first;
    notes.push({text: `${say('activationFirst', {layer: address, type, channel, channelShare: formatShare(channelShare, lang), share: formatShare(share, lang), what: oddWords(first, settings)})} ${say(inputFinite ? 'activationFirstWeights' : 'activationFirstInput')}`, alert: true});
  }
  if (opened) notes.push({text: say('activationOpened', {layer: opened})});
  if (large) notes.push({text: say('activationNotLooked')});
  if (other) notes.push({text: say('activationDashed', {example: exampleText(other, settings)})});
  const within = (at: number | null | undefined, {min, max}: {min: number; max: number}): boolean => at != null && at > min && at < max;
  if (named.some(({of, range}) => within(of?.flatBelow, range) || within(of?.flatAbove, range))) notes.push({text: say('activationFlat')});
  if (panels.some(({marks}) => marks.some((mark) => mark.kind === 'points' && mark.shape === 'cross'))) notes.push({text: say(judged ? 'activationCrossesAll' : 'activationCrosses', {n: formatCount(judged, lang)})});
  if (panels.some(({bar, beyond}) => bar && beyond && (beyond.under || beyond.over))) notes.push({text: say('activationCut')});
  if (passing.length && !opened && !large) notes.push({text: say('activationPassing', {names: passing.join(', ')})});
  if (layers.some(({maps}) => maps.pooled > 1)) notes.push({text: say('activationPooled')});
  if (unseen && !large) notes.push({text: say('activationUnseen', {n: formatCount(unseen, lang)})});
  return notes;
}

function layersTable(layers: readonly LayerActivation[], {say}: PlotSettings): Table {
  const columns: readonly (readonly [string, (layer: LayerActivation) => string | number])[] = [
    [say('activationLayer'), ({address}) => address],
    [say('activationType'), ({type}) => type],
    [say('activationShape'), ({shape}) => shape.join('×')],
    [say('activationMin'), ({min}) => min],
    [say('activationMax'), ({max}) => max],
    [say('activationMean'), ({mean}) => mean],
    [say('activationStd'), ({std}) => std],
    [say('activationZeros'), ({zeros, size}) => zeros / size],
    [say('nan'), ({nan}) => nan],
    [say('positiveInfinity'), ({positiveInfinity}) => positiveInfinity],
    [say('negativeInfinity'), ({negativeInfinity}) => negativeInfinity],
    [say('activationSilentColumn'), ({silent}) => silent.length],
    [say('activationFunction'), ({functions}) => functions.map(({name}) => name).join(' ')],
    [say('activationLowColumn'), ({functions}) => functions.filter(({name}) => name).map(({below}) => below).join(' ')],
    [say('activationHighColumn'), ({functions}) => functions.filter(({name}) => name).map(({above}) => above).join(' ')],
  ];
  return {columns: columns.map(([name]) => name), rows: layers.length, cell: (row, column) => columns[column]![1](layers[row]!)};
}

/** The values of a layer that is opened. */
function valuesTable({maps, form, plane}: LayerActivation, {say}: PlotSettings): Table {
  const {data, rows, cols, pooled} = maps;
  const names = plane ? [say('plotChannel'), say('activationPlaneColumn'), say('plotRow'), say('plotColumn')] : form === 'vector' ? [say('activationUnit')] : form === 'sequence' ? [say('activationUnit'), say('activationStep')] : [say('plotChannel'), say('plotRow'), say('plotColumn')];
  const place = (i: number): number[] => {
    const [row, col] = [Math.floor(i / cols) % rows, i % cols];
    return form === 'vector' ? [col * pooled] : form === 'sequence' ? [row * pooled, col * pooled] : [Math.floor(i / (rows * cols)), ...(plane ? [plane.at] : []), row * pooled, col * pooled];
  };
  return {columns: [...names, say('plotValue')], rows: data.length, cell: (row, column) => (column === names.length ? data[row]! : place(row)[column]!)};
}

/** What every layer of a model puts out for one example, from its input to its output; or one layer in full. */
export const activations: Kind<Numbers> = {name: 'activations', stamp: ({example}) => String(example), numbers, figure};
