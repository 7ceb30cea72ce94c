import {classColor} from '../color/class-colors.js';
import {formatCount, formatShare, formatShort, formatValue} from '../color/format.js';
import {cssColor} from '../color/palette.js';
import {part} from '../compute/slices.js';
import type {Range} from '../compute/stats.js';
import {complexPart} from '../tensor/read-tensor.js';
import {Problem} from '../words/kinds.js';
import type {PlotData, PlotSeries} from './data.js';
import {checkExample, exampleControls} from './example.js';
import type {Kind, PlotSettings} from './kind.js';
import {type Mask, maskOf, masksOf, type Part} from './masks.js';
import {oddWords} from './odd-words.js';
import {imagesOf, lookAt, ODD, pixelsOf, type Tone} from './pixels.js';
import type {Figure, LegendItem, Mark, Note, Panel, Reading} from './types.js';

/** Of a mask over a picture. */
const OPACITY = 0.55;
const CHANNELS = ['', 'R', 'G', 'B', 'A'] as const;

/** One picture of a series, with its mask. */
interface Shot {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** `null` where a mask lies over nothing. */
  readonly ground: ImageData | null;
  /** What the ground was made of, a channel at a pixel. */
  readonly channels: number;
  readonly value: (pixel: number, channel: number) => number;
  readonly dtype: string;
  readonly tone: Tone | null;
  readonly range: Range | null;
  readonly mask: Mask | null;
  /** Whether the mask is of shares. */
  readonly shared: boolean;
  /** Examples, of which this is one. */
  readonly count: number;
}

interface Numbers {
  readonly shots: readonly Shot[];
}

function* shotOf({name, tensor, predictions}: PlotSeries, {pictures, activation}: PlotData, {classes, example}: PlotSettings): Generator<number, Shot> {
  const given = tensor ?? predictions;
  if (!given) throw new Problem('plotNoNumbers', {kind: 'image'});
  const lower = tensor && complexPart(tensor, 'magnitude');
  const under = lower && imagesOf(lower);
  const ground = under?.n ?? pictures?.length ?? 0;
  const masks = predictions ? yield* part(masksOf(predictions, ground, classes?.length ?? 0, activation === 'softmax'), 0, 0.2) : null;
  const plain = {name, channels: 0, value: () => NaN, dtype: 'float32', tone: null, range: null, mask: null, shared: false, ground: null};
  if (masks) {
    checkExample(example, masks.n);
    if (ground > 1 && ground !== masks.n) throw new Problem('plotImageCount', {pictures: ground, masks: masks.n});
  }
  const masked = function* (width: number, height: number): Generator<number, Pick<Shot, 'mask' | 'shared' | 'width' | 'height'>> {
    if (!masks) return {mask: null, shared: false, width, height};
    return {width, height, mask: yield* part(maskOf(masks, masks.n > 1 ? example : 0, width, height), 0.6, 1), shared: masks.kind === 'share'};
  };
  if (masks && !ground) return {...plain, ...(yield* masked(masks.width, masks.height)), count: masks.n};
  if (masks && !under) {
    const picture = pictures![ground > 1 ? example : 0]!;
    const {width, height, data} = picture;
    return {...plain, ground: picture, channels: 3, value: (pixel, c) => data[4 * pixel + c]!, dtype: 'int32', ...(yield* masked(width, height)), count: masks.n};
  }
  const values = lower ?? complexPart(given, 'magnitude');
  const images = under ?? imagesOf(values);
  const {n, width, height, channels, data} = images;
  checkExample(example, n);
  const at = n > 1 ? example : 0;
  const {tone, range} = yield* part(lookAt(images), 0.2, 0.4);
  const first = at * width * height * channels;
  return {
    ...plain,
    ground: yield* part(pixelsOf(images, at, tone), 0.4, 0.6),
    channels,
    value: (pixel, c) => data[first + pixel * channels + c]!,
    dtype: values.dtype,
    tone,
    range,
    ...(yield* masked(width, height)),
    count: masks?.n ?? n,
  };
}

function* numbers(data: PlotData, settings: PlotSettings): Generator<number, Numbers> {
  const shots: Shot[] = [];
  const {series} = data;
  for (const [i, one] of series.entries()) shots.push(yield* part(shotOf(one, data, settings), i / series.length, (i + 1) / series.length));
  return {shots};
}

/** Names and colours of what a mask consists of. */
function describe({id}: Pick<Part, 'id'>, shared: boolean, {say, classes}: PlotSettings): {name: string; color: string; series: string} {
  if (id === null) return {name: say('nan'), color: cssColor(ODD), series: 'mask NaN'};
  if (id === 'rest') return {name: say('plotImageRest'), color: 'muted', series: 'mask rest'};
  const named = shared ? (classes?.length === 1 ? classes[0] : classes?.[1]) ?? say('plotMask') : classes?.[id] ?? String(id);
  return {name: named, color: classColor(id), series: `mask ${id}`};
}

function readingOf(shot: Shot, settings: PlotSettings): (i: number) => Reading {
  const {say, classes, example} = settings;
  const {width, channels, value, dtype, mask, shared, count, name} = shot;
  return (i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const values = Array.from({length: channels}, (_, c) => value(i, c));
    const colors = values.map((v, c) => (channels > 1 ? `${CHANNELS[c + 1]} ` : '') + formatValue(v, dtype)).join(' · ');
    const place = [name, say('plotPixel', {x, y})];
    const datum: Record<string, unknown> = {x, y, ...(channels && {values})};
    let text = colors;
    if (mask) {
      const {id, score} = mask.at(x, y);
      const of = id === id ? describe({id}, shared, settings).name : say('nan');
      text = shared ? `${of} ${score === null ? '' : formatValue(score)}`.trim() : of;
      if (score !== null && !shared) place.push(say('plotScoreOf', {score: formatValue(score)}));
      if (colors) place.push(colors);
      Object.assign(datum, {...(!shared && {class: id, name: id === id ? classes?.[id] : undefined}), ...(score !== null && {score})});
    }
    return {value: text, place: place.filter(Boolean).join(' · '), indices: count > 1 || mask ? [count > 1 ? example : 0] : null, series: name, datum};
  };
}

/** Whether the classes of masks are one layer, to be hidden together. */
const areJoint = (shots: readonly Shot[]): boolean => shots.some(({mask}) => mask && mask.layers.length < mask.parts.length);

function figure({shots}: Numbers, settings: PlotSettings): Figure {
  const {say, lang, example} = settings;
  const legend = new Map<string, LegendItem>();
  const joint = areJoint(shots);
  const panels = shots.map((shot, i): Panel => {
    const {name, width, height, ground, mask, count, shared} = shot;
    const title = [name, count > 1 ? say('plotExampleOf', {at: formatCount(example + 1, lang), n: formatCount(count, lang)}) : ''].filter(Boolean).join(' · ');
    const read = readingOf(shot, settings);
    const marks: Mark[] = ground ? [{kind: 'image', pixels: ground, crisp: true, read}] : [];
    for (const [at, one] of mask?.parts.entries() ?? []) {
      const {name: of, color, series: own} = describe(one, shared, settings);
      const series = joint ? 'mask' : own;
      const share = formatShare(one.count / mask!.size, lang);
      const label = shared && one.id !== null ? say('plotMaskShare', {name: of, share}) : `${of} ${share}`;
      legend.set(own, {series, label: shots.length > 1 ? of : label, ink: color});
      const pixels = mask!.layers[at];
      // without a picture below, the first that is drawn is pointed at: it knows all the others
      if (pixels) marks.push({kind: 'image', series, pixels, crisp: true, alpha: ground ? OPACITY : 1, ...(!joint && {color}), ...(!ground && {read})});
    }
    const [x, y] = [{title: '', type: 'linear', bare: true, domain: [0, width]}, {title: '', type: 'linear', bare: true, down: true, domain: [0, height]}] as const;
    return {key: `image ${i}`, ...(title && {title}), x, y, ratio: width / height, marks};
  });
  const {width, height, channels, mask} = shots[0]!;
  const size = `${formatCount(width, lang)} × ${formatCount(height, lang)}`;
  return {
    label: say(mask ? 'plotMaskOf' : 'plotImageOf', {size}),
    facts: say('plotImageFacts', {size, n: Math.max(1, channels)}),
    panels,
    legend: [...legend.values()],
    controls: exampleControls(settings, Math.max(...shots.map((shot) => shot.count))),
    notes: notesOf(shots, settings),
    table: tableOf(shots, settings),
    metrics: mask ? {classes: classesOf(shots, settings)} : {},
  };
}

/** Which range the values were taken to have. */
function toneText({lo, hi, taken}: Tone, count: number, {say}: PlotSettings): string {
  const keys = {unit: 'plotToneUnit', signed: 'plotToneSigned', bytes: 'plotToneBytes', span: count > 1 ? 'plotToneSpanAll' : 'plotToneSpan'} as const;
  return say(keys[taken], {min: formatShort(lo, 4), max: formatShort(hi, 4)});
}

function notesOf(shots: readonly Shot[], settings: PlotSettings): Note[] {
  const texts = shots.flatMap(({name, tone, range, count}) => {
    const odd = range ? oddWords(range, settings) : '';
    return [...(tone ? [toneText(tone, count, settings)] : []), ...(odd ? [settings.say('plotImageOdd', {what: odd})] : [])].map((text) => ({name, text}));
  });
  const joint = areJoint(shots) ? [{text: settings.say('plotMaskJoint')}] : [];
  const distinct = new Set(texts.map(({text}) => text));
  // said once where it holds for all
  if (texts.length === distinct.size * shots.length) return [...[...distinct].map((text) => ({text})), ...joint];
  return [...texts.map(({name, text}) => ({text: name ? `${name}: ${text}` : text})), ...joint];
}

/** Classes of masks, each with its share. */
const classesOf = (shots: readonly Shot[], settings: PlotSettings): {series: string; name: string; pixels: number; share: number}[] =>
  shots.flatMap(({name: series, mask, shared}) => (mask?.parts ?? []).map((one) => ({series, name: describe(one, shared, settings).name, pixels: one.count, share: one.count / mask!.size})));

/** Of masks, the classes; of pictures, the pixels. */
function tableOf(shots: readonly Shot[], settings: PlotSettings): Figure['table'] {
  const {say} = settings;
  const classes = classesOf(shots, settings);
  if (classes.length) return {columns: [say('plotSeriesColumn'), say('plotClass'), say('plotPixels'), say('plotShare')], rows: classes.length, cell: (row, column) => Object.values(classes[row]!)[column]!};
  const most = Math.max(...shots.map((shot) => shot.channels));
  const ends = shots.map((_, i) => shots.slice(0, i + 1).reduce((n, s) => n + s.width * s.height, 0));
  return {
    columns: [say('plotSeriesColumn'), 'x', 'y', ...(most > 1 ? CHANNELS.slice(1, most + 1) : [say('plotValue')])],
    rows: ends.at(-1)!,
    cell: (row, column) => {
      const i = ends.findIndex((end) => row < end);
      const {name, width, channels, value} = shots[i]!;
      const pixel = row - (ends[i - 1] ?? 0);
      if (column < 3) return column === 0 ? name : column === 1 ? pixel % width : Math.floor(pixel / width);
      return column - 3 < channels ? value(pixel, column - 3) : '';
    },
  };
}

/**
 * Pictures: [h, w], [h, w, c] with 1, 3 or 4 channels, or one of [n, h, w, c]; and segmentations: [n, h, w] classes or
 * [n, h, w, k] scores over the pictures that the model was run on, or over `.tensor`.
 */
export const image: Kind<Numbers> = {name: 'image', stamp: ({example, classes}) => `${example} ${classes?.length}`, numbers, figure};
