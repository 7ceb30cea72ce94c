import {METHODS} from '../attribution/attribution.js';
import {formatCount, formatShare, formatShort} from '../color/format.js';
import {type ColorScale, resolveScale, type ScaleSettings, type SpecialColors} from '../color/scale.js';
import type {WordKey, WordParams} from '../words/gradient.js';
import {curvePanel, featurePanel, HATCHED, imagePanel, picturePanel, planePanel, signalPanel, tokenPanel} from './map-panels.js';
import {greyOf} from './map-pixels.js';
import {type Form, formOf, type KnownMap, type Looked, oddIn, placesIn, placesOf, reachOf, type Shot, strongestPlane} from './map-places.js';
import {oddWords} from './odd-words.js';
import type {Figure, Note, Panel} from './types.js';

export type {Shot} from './map-places.js';

export interface AttributionSettings {
  /** 0 to 1. */
  readonly opacity: number;
  /** Values below 0 are told from those above; else only how large they are. */
  readonly signed: boolean;
  /** Share of all that is attributed which the largest values hold that are drawn alike. */
  readonly clip: number;
  /** How values become colours; the domain `auto` goes by `clip`. By default that, signed about 0. */
  readonly color?: ScaleSettings;
  /** Of values that are not finite; by default those of the default theme. */
  readonly special?: SpecialColors;
  /** What tokens, or features, are called, rather than as the shots have it. */
  readonly tokens?: readonly string[] | null;
  readonly lang: string;
  readonly say: (key: WordKey, params?: WordParams) => string;
}

/** Deletion or insertion: the score as more and more of the input is taken away, or put back. */
export interface Faithfulness {
  readonly share: Float64Array;
  readonly deletion: Float64Array;
  readonly insertion: Float64Array;
  /** Which of several examples they are of. */
  readonly example?: Shot['example'];
}

/** Lines of hatching in a large panel, and in one of many. */
const [LINES, FEW_LINES] = [32, 16] as const;

/** A method's name in words; of one that is not ours its own. */
const METHOD_WORDS: Readonly<Record<(typeof METHODS)[number], WordKey>> = {
  gradient: 'methodGradient', 'gradient-x-input': 'methodTimesInput', smoothgrad: 'methodSmoothgrad', 'integrated-gradients': 'methodIntegrated', 'guided-backprop': 'methodGuided', 'grad-cam': 'methodGradCam', 'grad-cam++': 'methodGradCamPlus', occlusion: 'methodOcclusion',
};
export function methodName(method: string | undefined, say: AttributionSettings['say']): string {
  if (!method) return say('attributionTitle');
  return (METHODS as readonly string[]).includes(method) ? say(METHOD_WORDS[method as 'gradient']) : method;
}

/** Which example it is, where several are drawn; else nothing. */
export const exampleName = (example: Shot['example'], {say, lang}: Pick<AttributionSettings, 'say' | 'lang'>): string => (example ? say('mapExample', {at: formatCount(example.at + 1, lang), of: formatCount(example.of, lang)}) : '');

/** The class that was explained, as far as it is known. @param whole with its probability */
function targetText({target}: KnownMap, {say, lang}: AttributionSettings, whole = true): string {
  if (!target) return '';
  const name = String(target.name ?? (target.index === null ? say('attributionOwn') : (target.index ?? '')));
  const probable = typeof target.probability === 'number' && Number.isFinite(target.probability);
  // a number alone beside a percentage would be hard to tell from it
  return [probable && /^\d+$/.test(name) ? say('mapClass', {name}) : name, probable && whole ? formatShare(target.probability!, lang) : ''].filter(Boolean).join(' ');
}

/** A shot with what is drawn of it. */
export interface Drawn {
  readonly shot: Shot;
  readonly form: Form;
  readonly looked: Looked;
  /** By place; of a volume those of one plane. */
  readonly values: Float32Array;
  readonly reach: number;
  /** Of a volume, which plane, from 0. */
  readonly plane: number;
  /** Values that are summed at each place. */
  readonly per: number;
  /** Lines of hatching. */
  readonly lines: number;
}

function draw(shot: Shot, among: number, {signed, clip, tokens}: AttributionSettings): Drawn {
  const given = tokens === undefined ? shot : {...shot, looked: {...shot.looked, tokens}};
  const {form, over} = formOf(given);
  const looked = over ? given.looked : {...given.looked, values: null, picture: null};
  const map = shot.laid ?? shot.map;
  const places = placesIn(form);
  const all = placesOf(map, places, signed);
  const {at, values} = form.kind === 'plane' && form.planes > 1 ? strongestPlane(all, form.rows * form.cols) : {at: 0, values: all};
  return {shot, form, looked, values, reach: reachOf(values, clip), plane: at, per: Math.max(1, Math.floor(map.data.length / places)), lines: among > 1 ? FEW_LINES : LINES};
}

/** A map's values with their signs taken off, by place: what methods are compared by. */
export function magnitudesOf(shot: Shot): Float32Array {
  return placesOf(shot.laid ?? shot.map, placesIn(formOf(shot).form), false);
}

/** Looks at maps ahead of their first drawing, a step at a time. */
export function* lookSteps(shots: readonly Shot[], settings: Pick<AttributionSettings, 'signed' | 'clip'>): Generator<number, void> {
  for (const [i, shot] of shots.entries()) {
    const {form} = formOf(shot);
    // the other way too: the user may ask for it
    for (const [k, signed] of [settings.signed, !settings.signed].entries()) {
      const values = placesOf(shot.laid ?? shot.map, placesIn(form), signed);
      yield (i + 0.1 + k * 0.4) / shots.length;
      reachOf(values, settings.clip);
      yield (i + 0.3 + k * 0.4) / shots.length;
      oddIn(values);
    }
    if (form.kind === 'picture') greyOf(shot.looked, form.h * form.w);
    yield (i + 1) / shots.length;
  }
}

const scalesMade = new WeakMap<Float32Array, {readonly key: string; readonly maps: readonly Float32Array[]; readonly scale: ColorScale}>();

/** The scale of some maps. @param reach the magnitude that stands for full colour */
function scaleFor(maps: readonly Float32Array[], reach: number, {signed, color}: AttributionSettings): ColorScale {
  const key = JSON.stringify([reach, signed, color]);
  const before = scalesMade.get(maps[0]!);
  if (before?.key === key && before.maps.length === maps.length && before.maps.every((map, i) => map === maps[i])) return before.scale;
  const r = reach || 1;
  const {scheme = null, reverse = false, domain = 'auto', center = 0, transform = 'linear'} = color ?? {};
  let known: Float32Array | null = null;
  const sorted = (): Float32Array => {
    if (known) return known;
    known = new Float32Array(maps.reduce((n, map) => n + map.length, 0));
    let n = 0;
    for (const map of maps) for (let i = 0; i < map.length; i++) if (Number.isFinite(map[i])) known[n++] = map[i]!;
    return (known = known.subarray(0, n).sort());
  };
  const below = (v: number): number => {
    let [lo, hi] = [0, sorted().length];
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (sorted()[mid]! < v) lo = mid + 1;
      else hi = mid;
    }
    return lo / Math.max(1, sorted().length);
  };
  const settings: ScaleSettings = {
    scheme: scheme ?? (signed ? null : 'inferno'), reverse, center: signed ? center : null, transform,
    domain: domain === 'auto' || domain === 'shared' ? (signed ? [-r, r] : [0, r]) : domain,
  };
  const scale = resolveScale(settings, {
    min: signed ? -r : 0, max: r,
    quantile: (q) => sorted()[Math.round(q * (sorted().length - 1))] ?? 0,
    rank: below,
    ...(transform === 'log' && {leastPositive: sorted().find((v) => v > 0)}),
  });
  scalesMade.set(maps[0]!, {key, maps, scale});
  return scale;
}

/**
 * Draws maps over what they are of: pictures, signals, features, tokens. Maps of one method share the magnitude of full
 * colour, so that several inputs can be compared; those of different methods have other units, and each its own.
 */
export function attributionFigure(shots: readonly Shot[], curves: Faithfulness | null, settings: AttributionSettings): Figure {
  const {say, signed} = settings;
  const all = shots.map((shot) => draw(shot, shots.length, settings));
  const scales = new Map<string, ColorScale>();
  // maps of one method share a scale; `shared` is one for all
  const shared = settings.color?.domain === 'shared';
  const keyOf = ({map}: Shot): string => (shared ? '' : (map.method ?? ''));
  const scaleOf = (i: number): ColorScale => {
    const key = keyOf(shots[i]!);
    let scale = scales.get(key);
    if (!scale) {
      const own = all.filter(({shot}) => keyOf(shot) === key);
      const reaches = own.map(({reach}) => reach).filter(Number.isFinite);
      scales.set(key, (scale = scaleFor(own.map(({values}) => values), Math.max(0, ...reaches), settings)));
    }
    return scale;
  };
  // those of several methods have a colour bar each
  const several = !shared && new Set(shots.map(keyOf)).size > 1;
  const panels: Panel[] = [];
  const notes: Note[] = [];
  let [hatched, underlined] = [false, false];
  all.forEach((drawn, i) => {
    const {shot, form, looked, values} = drawn;
    const titled = {key: `map ${i}`, title: titleOf(drawn, settings)};
    // examples beside each other have a picture each, methods the same
    if (form.kind === 'picture' && looked.picture && (i === 0 || shot.example || (shot.input && shots.findIndex((s) => s.input === shot.input) === i))) panels.push({...picturePanel(`input ${i}`, looked.picture), title: exampleName(shot.example, settings) || say('mapInput')});
    const colored = {colored: true, ...(several && {bar: () => scaleOf(i)})};
    if (form.kind === 'features') panels.push({...titled, ...featurePanel(drawn, settings)});
    else {
      const least = signed ? -(form.kind === 'tokens' ? 0 : HATCHED) * scaleOf(i).domain[1] : -Infinity;
      const against = values.some((v) => v < least);
      if (against && form.kind === 'tokens') underlined = true;
      else if (against && !(form.kind === 'signal' && !looked.values)) hatched = true;
      const panel = form.kind === 'picture' ? imagePanel : form.kind === 'tokens' ? tokenPanel : form.kind === 'signal' ? signalPanel : planePanel;
      panels.push({...titled, ...panel(drawn, scaleOf(i), settings), ...(form.kind === 'signal' && !looked.values ? {} : colored)});
    }
    // of several inputs a method is told of once
    if (!shot.input || shots.findIndex((s) => s.map.method === shot.map.method && s.example?.at === shot.example?.at) === i) notes.push(...notesOf(drawn, settings));
  });
  if (hatched) notes.push({text: say('attributionHatched')});
  if (underlined) notes.push({text: say('attributionUnderlined')});
  if (curves) panels.push(curvePanel(curves, [exampleName(curves.example, settings), say('attributionCurves')].filter(Boolean).join(' · '), settings));
  const once = new Map(notes.map((note) => [note.text, note]));
  return {
    label: say('attributionTitle'),
    facts: factsOf(shots, settings),
    panels,
    legend: [],
    notes: [...once.values()],
    ...(panels.some(({colored}) => colored) && {bar: () => scaleOf(all.findIndex(({form}) => form.kind !== 'features'))}),
    table: {
      columns: ['place', ...shots.map(({map, example}) => [map.method ?? 'attribution', ...(example ? [example.at + 1] : [])].join(' '))],
      rows: Math.max(0, ...all.map(({values}) => values.length)),
      cell: (row, column) => (column ? (all[column - 1]!.values[row] ?? '') : (all[0]!.looked.tokens?.[row] ?? row)),
    },
    metrics: {maps: shots.map(({map}) => map), ...(curves && {deletion: curves.deletion, insertion: curves.insertion})},
  };
}

/** The target with its probability and score; of several examples each one's target. */
function factsOf(shots: readonly Shot[], settings: AttributionSettings): string {
  const {say} = settings;
  const [first] = shots;
  if (!first) return '';
  if (shots.length > 1 && first.example) return shots.map(({map, example}) => `${example!.at + 1}: ${targetText(map, settings)}`).join(', ');
  const {score} = first.map;
  return [targetText(first.map, settings, false), probabilityText(first.map, settings), typeof score === 'number' && Number.isFinite(score) ? say('attributionScore', {score: formatShort(score, 4)}) : ''].filter(Boolean).join(' · ');
}

function probabilityText({target}: KnownMap, {say, lang}: AttributionSettings): string {
  const probability = target?.probability;
  return typeof probability === 'number' && Number.isFinite(probability) ? say('attributionProbability', {share: formatShare(probability, lang)}) : '';
}

function titleOf({shot: {map, example, input = ''}, form, plane}: Drawn, settings: AttributionSettings): string {
  const {say, lang} = settings;
  const volume = form.kind === 'plane' && form.planes > 1 ? say('mapPlane', {at: formatCount(plane + 1, lang), of: formatCount(form.planes, lang)}) : '';
  const named = [methodName(map.method, say), targetText(map, settings)].filter(Boolean).join(': ');
  return [exampleName(example, settings), named, input, volume].filter(Boolean).join(' · ');
}

/** What there is to say of one map. */
function notesOf({shot, form, values, reach, plane, per}: Drawn, settings: AttributionSettings): Note[] {
  const {say, lang} = settings;
  const {map, laid, example} = shot;
  const method = [exampleName(example, settings), methodName(map.method, say)].filter(Boolean).join(' · ');
  const notes: Note[] = [];
  const {completenessGap: gap, baselineScore, score, steps} = map;
  if (typeof gap === 'number') {
    if (typeof baselineScore === 'number' && typeof score === 'number' && Number.isFinite(score) && steps !== undefined) {
      const change = score - baselineScore;
      notes.push({
        text: say('attributionGap', {method, gap: formatShort(gap), share: change ? formatShare(Math.abs(gap / change), lang) : '–', change: formatShort(change, 4), steps: formatCount(steps, lang)}),
        alert: Math.abs(gap) > 0.05 * Math.abs(change),
      });
    } else notes.push({text: say('attributionGapAlone', {method, gap: formatShort(gap)})});
  }
  const odd = oddWords(oddIn(values), settings);
  if (Number.isNaN(reach)) notes.push({text: say('attributionNoFinite', {method}), alert: true});
  else if (reach === 0) notes.push({text: say(odd ? 'attributionZeroOdd' : 'attributionZero', {method}), alert: true});
  if (odd) notes.push({text: say(form.kind === 'features' ? 'attributionOddBars' : 'attributionOdd', {method, what: odd}), alert: true});
  if (form.kind === 'plane' && form.planes > 1) notes.push({text: say('mapPlaneOf', {at: formatCount(plane + 1, lang), of: formatCount(form.planes, lang)})});
  if (form.kind === 'plane' && per > 1) notes.push({text: say('mapChannels', {n: formatCount(per, lang)})});
  if (laid?.enlarged) notes.push({text: say('mapEnlarged', {from: map.shape.join(' × '), to: laid.shape.join(' × ')})});
  if (laid?.cropped) notes.push({text: say('mapCropped')});
  if (map.camLayer !== undefined) notes.push({text: say('mapLayer', {layer: map.camLayer})});
  return notes;
}
