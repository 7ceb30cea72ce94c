import {formatCount, formatShare, formatShort} from '../color/format.js';
import {type Columns, columnsSteps, standardizedSteps} from '../compute/columns.js';
import type {Embedded} from '../compute/embed.js';
import {finiteRowsSteps} from '../compute/rows.js';
import {drain, runSliced} from '../compute/slices.js';
import {readPart, shapeText, sizeOf} from '../tensor/read-tensor.js';
import type {TensorValues, Values} from '../tensor/types.js';
import {Problem, useEmbedWords, type WordKey} from '../words/embed.js';
import type {PlotData, PlotSeries} from './data.js';
import {checkParameters, COMPONENTS, componentsOf, draftProblem, embeddingControls, type Method, METHOD_WORDS, methodOf, METRIC_WORDS, parametersOf, suited} from './embedding-controls.js';
import {type Grouping, groupingSteps, loadColors, MOST_CLASSES} from './embedding-groups.js';
import {type Places, placesSteps, predictedSteps} from './embedding-places.js';
import {DEFAULTS, type EmbeddingSettings, type Kind, type PlotSettings, type WorkTools} from './kind.js';
import {nearestSteps} from './nearest.js';
import {pictureOf} from './picture-of.js';
import type {Axis, Figure, LegendItem, Mark, Note, Picture, Reading} from './types.js';

/** From this share of all variance on that a tenth of the columns has, distances are all but theirs. */
const DOMINANT = 0.9;
/** Neighbours of a point that are shown. */
const NEAREST = 10;
/** Dimensions that PCA reduces to before the others. */
const REDUCED = 50;
/** CSS px of a picture, at most. */
const SPRITE = 30;
/** Examples up to which each that stands out has a ring. */
const RINGED = 60;
/** Values made floats of between two yields. */
const CHUNK = 1 << 19;

interface Numbers {
  /** What was asked for when they were made. */
  readonly asked: EmbeddingSettings;
  /** The same as it was set, before it was made to suit the examples. */
  readonly given: EmbeddingSettings;
  readonly method: Method;
  readonly series: PlotSeries;
  /** How many series there are. */
  readonly count: number;
  readonly vectorsOf: PlotData['vectorsOf'];
  /** Row-major, n × d. */
  readonly tensor: TensorValues;
  /** The same as they were embedded. */
  readonly vectors: Float32Array | Float64Array;
  readonly columns: Columns;
  readonly n: number;
  readonly d: number;
  /** Examples that hold finite numbers alone. */
  readonly finite: number;
  readonly made: Embedded;
  /** What has been worked out of them for a figure, and what that depends on. */
  drawn: {readonly key: string; readonly prepared: Prepared} | null;
  readonly predicted: Int32Array | null;
  readonly pictures: Map<number, ImageData | null>;
}

/** All that a figure needs of every example. */
interface Prepared {
  readonly grouping: Grouping;
  readonly components: readonly [number, number];
  readonly places: Places;
}

/** Vectors as floats: integers of 32 bits are doubles. @yields share done */
function* floatsOf(data: Values): Generator<number, Float32Array | Float64Array> {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  const out = data instanceof Int32Array || data instanceof Uint32Array ? new Float64Array(data.length) : new Float32Array(data.length);
  for (let at = 0; at < data.length; at += CHUNK) {
    out.set(data.subarray(at, at + CHUNK), at);
    yield at / data.length;
  }
  return out;
}

async function work(data: PlotData, settings: PlotSettings, {compute, signal, onProgress}: WorkTools): Promise<Numbers> {
  useEmbedWords();
  const [series] = data.series as readonly [PlotSeries];
  const given = series.tensor ?? series.predictions;
  if (!given) throw new Problem('plotNoNumbers', {kind: 'embedding'});
  const {shape} = given;
  const n = shape[0] ?? 0;
  const d = sizeOf(shape.slice(1));
  if (shape.length < 2 || n < 3 || d < 2) throw new Problem('embedShape', {shape: shapeText(shape)});
  const tensor = await readPart(given, 'magnitude', signal);
  await loadColors(series.labels, n);
  // labels that do not fit are told of before hours have been spent
  const grouping = await runSliced(groupingSteps(series.labels, n, settings.classes), {signal});
  const plain = await runSliced(floatsOf(tensor.data), {signal});
  const whole = await runSliced(finiteRowsSteps(plain, n, d), {signal});
  const finite = whole.length;
  if (finite < 3) throw new Problem('embedFew', {n: finite, all: n});
  const asked = suited(settings.embedding ?? DEFAULTS, finite);
  checkParameters(asked, finite);
  const columns = await runSliced(columnsSteps(plain, n, d, whole), {signal});
  const vectors = asked.standardize ? await runSliced(standardizedSteps(plain, n, d, columns), {signal}) : plain;
  const method = methodOf(asked);
  const most = method === 'pca' ? Math.min(COMPONENTS, d, finite - 1) : 2;
  const components = drawnComponents(asked, method, most);
  const made = await compute('embed', [vectors, n, d, {metric: asked.metric, seed: asked.seed, perplexity: asked.perplexity, neighbors: asked.neighbors, minDist: asked.minDist, method, iterations: null, reduce: d > REDUCED ? REDUCED : null, most: null, components: most}], {signal, onProgress});
  const places = await runSliced(placesSteps(made, n, components, grouping), {signal});
  const predicted = await runSliced(predictedSteps(series, n), {signal});
  return {asked, given: settings.embedding ?? DEFAULTS, method, series, count: data.series.length, vectorsOf: data.vectorsOf, tensor, vectors, columns, n, d, finite, made, drawn: {key: keyOf(components, settings), prepared: {grouping, components, places}}, predicted, pictures: new Map()};
}

/** Which two coordinates are drawn. @throws Problem for components that there are not */
const drawnComponents = ({components}: EmbeddingSettings, method: Method, width: number): readonly [number, number] => (method === 'pca' ? componentsOf(components, width) : [0, 1]);

const keyOf = (components: readonly number[], {classes}: PlotSettings): string => JSON.stringify([components, classes]);

/** What is drawn of all examples: as it has been made, or made anew where other components are asked for, or names of classes have come. */
function preparedOf(numbers: Numbers, settings: PlotSettings): Prepared {
  const {method, made, series, n} = numbers;
  const components = drawnComponents(settings.embedding ?? DEFAULTS, method, made.width);
  const key = keyOf(components, settings);
  if (numbers.drawn?.key !== key) {
    const grouping = drain(groupingSteps(series.labels, n, settings.classes));
    numbers.drawn = {key, prepared: {grouping, components, places: drain(placesSteps(made, n, components, grouping))}};
  }
  return numbers.drawn.prepared;
}

function figure(numbers: Numbers, settings: PlotSettings): Figure {
  useEmbedWords();
  const {method, series, made, n, d, finite, asked, predicted} = numbers;
  const {say, lang, classes, change, near} = settings;
  const embedding = suited(settings.embedding ?? DEFAULTS, finite);
  const {rows, width} = made;
  const pca = method === 'pca';
  const {grouping, components, places: {x, y, at, middle, reach, members}} = preparedOf(numbers, settings);
  const percent = (share: number): string => formatShare(share, lang);
  const nameOf = (value: number): string => grouping.names?.[value] ?? classes?.[value] ?? formatShort(value, 6);
  const labelOf = (row: number): string => (grouping.values ? nameOf(grouping.values[row]!) : '');
  const groupName = (g: number): string => (grouping.groups[g]!.class < 0 ? (grouping.groups.length > 1 ? say('plotOther') : series.name) : nameOf(grouping.groups[g]!.class));

  const own = (row: number): Picture => {
    if (!numbers.pictures.has(row)) numbers.pictures.set(row, pictureOf(numbers.tensor, row));
    return numbers.pictures.get(row);
  };
  const picture = (row: number): Picture => settings.picture?.(row) ?? own(row);
  const first = picture(rows[0]!);
  const pictured = first !== null && typeof first === 'object';
  const sprites = pictured && embedding.pictures;

  const radius = sprites ? 1.5 : rows.length > 5000 ? 1.5 : rows.length > 1500 ? 2 : rows.length > 300 ? 2.8 : 3.5;
  const readAt = (row: number): Reading => {
    const [px, py] = [x[at[row]!]!, y[at[row]!]!];
    const example = say('plotPoint', {n: formatCount(row, lang)});
    const label = labelOf(row);
    const said = predicted && say('embedPredicted', {name: nameOf(predicted[row]!)});
    return {
      value: label || example,
      place: [label && example, said, pca && say('embedAt', {x: formatShort(px, 3), y: formatShort(py, 3)})].filter(Boolean).join(' · '),
      indices: [row],
      series: groupName(grouping.groups.length > 1 ? grouping.of[row]! : 0),
      datum: {example: row, x: px, y: py, ...(label && {label}), ...(predicted && {predicted: predicted[row]!})},
    };
  };
  const lit = new Uint8Array(n);
  const highlighted: number[] = [];
  const ringed = grouping.groups.map((): number[] => []);
  for (const row of settings.highlighted) {
    if (!((at[row] ?? -1) >= 0) || lit[row]) continue;
    lit[row] = 1;
    highlighted.push(row);
    ringed[ringed.length > 1 ? grouping.of[row]! : 0]!.push(row);
  }
  const marks: Mark[] = grouping.groups.map(({ink, shape}, g): Mark => ({
    kind: 'points',
    series: groupName(g),
    color: ink,
    shape,
    radius,
    alpha: highlighted.length ? 0.45 : 0.85,
    points: {x: members[g]!.x, y: members[g]!.y},
    examples: members[g]!.examples,
    read: (i) => readAt(members[g]!.examples[i]!),
    ...(grouping.scale && {groups: members[g]!.shades, colors: grouping.colors}),
  }));
  const by = `${asked.metric} ${asked.standardize}`;
  const nearby = near && near.by === by && (at[near.of] ?? -1) >= 0 ? near : null;
  const lines: Mark[] = (nearby?.examples ?? []).filter((row) => (at[row] ?? -1) >= 0).map((row) => {
    const [a, b] = [at[nearby!.of]!, at[row]!];
    return {kind: 'rule', from: [x[a]!, y[a]!], to: [x[b]!, y[b]!], dash: [], color: 'text', alpha: 0.7};
  });
  const center: Mark[] = nearby
    ? [{kind: 'points', series: groupName(grouping.groups.length > 1 ? grouping.of[nearby.of]! : 0), color: 'text', radius: Math.max(2, radius) + 4.5, points: {x: Float64Array.of(x[at[nearby.of]!]!), y: Float64Array.of(y[at[nearby.of]!]!)}}]
    : [];
  const rings: Mark[] = grouping.groups.flatMap(({ink, shape}, g): Mark[] => {
    const these = ringed[g]!;
    if (!these.length) return [];
    return [{
      kind: 'points',
      series: groupName(g),
      color: ink,
      shape,
      // many stand out by being all that is not pale
      ...(highlighted.length > RINGED ? {radius} : {radius: Math.max(2, radius) + 1.5, outline: 'text'}),
      points: {x: Float64Array.from(these, (row) => x[at[row]!]!), y: Float64Array.from(these, (row) => y[at[row]!]!)},
      ...(grouping.scale && {groups: Uint8Array.from(these, (row) => grouping.of[row]!), colors: grouping.colors}),
    }];
  });
  const pictures: Mark[] = [];
  if (sprites) {
    // those that stand out have their pictures before all others
    const order = new Int32Array(rows.length);
    order.set(highlighted);
    for (let i = 0, to = highlighted.length; i < rows.length; i++) if (!lit[rows[i]!]) order[to++] = rows[i]!;
    const of = (values: Float64Array): Float64Array => values.map((_, i) => values[at[order[i]!]!]!);
    pictures.push({
      kind: 'sprites',
      points: {x: of(x), y: of(y)},
      pictureOf: (i) => picture(order[i]!),
      examples: order,
      groups: new Uint8Array(order.length).map((_, i) => grouping.of[order[i]!]!),
      colors: grouping.colors,
      names: grouping.scale ? grouping.colors.map(() => groupName(0)) : grouping.groups.map((_, g) => groupName(g)),
      size: SPRITE,
      marked: highlighted.length,
    });
  }

  const axis = (side: 0 | 1): Axis => ({
    title: pca ? say('embedAxisPca', {at: components[side] + 1, share: percent(made.ratios[components[side]]!)}) : say('embedAxis', {method: say(METHOD_WORDS[method]), at: side + 1}),
    type: 'linear',
    fixed: true,
    // pictures stand around their points
    domain: [middle[side] - reach * (sprites ? 1.08 : 1), middle[side] + reach * (sprites ? 1.08 : 1)],
    ...(!pca && {plain: true}),
  });
  const legend: LegendItem[] = grouping.groups.length > 1 || grouping.groups[0]!.class >= 0 ? grouping.groups.map(({ink, shape}, g) => ({series: groupName(g), label: groupName(g), ink, shape})) : [];
  const labelled = grouping.values !== null;
  return {
    label: say('embedTitle'),
    facts: say('embedFacts', {method: [say(METHOD_WORDS[method]), ...(method === 'tsne' ? [say('embedPerplexityFact', {n: asked.perplexity})] : method === 'umap' ? [say('embedNeighborsFact', {n: asked.neighbors})] : []), ...(pca ? [] : [say('embedSeedFact', {n: asked.seed})])].join(' · '), n: formatCount(rows.length, lang), d: formatCount(d, lang)}),
    panels: [{key: 'main', x: axis(0), y: axis(1), marks: [...marks, ...lines, ...center, ...rings, ...pictures], ratio: 1, selectable: true, ...(grouping.scale && {colored: true})}],
    legend,
    tall: true,
    ...(grouping.scale && {bar: grouping.scale}),
    controls: embeddingControls({...settings, embedding}, {method, n: finite, width, pictured}),
    caption: (row) => {
      const place = nearby ? nearby.examples.indexOf(row) : -1;
      return [labelOf(row) || row, nearby?.of === row && say('embedChosen'), place >= 0 && say('embedDistance', {value: formatShort(nearby!.distances[place]!, 3)})].filter((part) => part !== false).join('\n');
    },
    pictureOf: own,
    chosen: async ({indices}, signal) => {
      const row = indices?.[0];
      if (row === undefined) return;
      const {metric} = asked;
      const {rows: examples, distances} = await runSliced(nearestSteps(numbers.vectors, d, row, rows, NEAREST, metric), {signal});
      change({chosen: [row, ...examples], near: {of: row, examples, distances, by}});
    },
    notes: notesOf(numbers, {...settings, embedding}, sprites, grouping, Math.max(...components) === 1, percent),
    table: {
      columns: [say('plotExampleAxis'), 'x', 'y', ...(labelled ? [say('embedLabel')] : [])],
      rows: rows.length,
      cell: (i, column) => (column === 0 ? rows[i]! : column === 1 ? x[i]! : column === 2 ? y[i]! : labelOf(rows[i]!)),
    },
    metrics: {
      method,
      points: made.points,
      width,
      rows,
      ratios: made.ratios,
      trustworthiness: made.trustworthiness,
      divergence: made.divergence,
      metric: asked.metric,
      seed: asked.seed,
      standardize: asked.standardize,
      ...(method === 'tsne' && {perplexity: asked.perplexity}),
      ...(method === 'umap' && {neighbors: asked.neighbors, minDist: asked.minDist}),
      reduced: made.reduced,
      kept: made.kept,
      sampled: made.sampled,
      odd: made.odd,
    },
  };
}

/** What there is to say of how it was made, and how far it is to be believed. @param plane whether the first two coordinates are what is drawn: of these it is known */
function notesOf({method, asked, made, n, d, finite, vectorsOf, count, columns: {variance}}: Numbers, {say, lang, draft, change, embedding = DEFAULTS}: PlotSettings, sprites: boolean, {others, scale, names}: Grouping, plane: boolean, percent: (share: number) => string): Note[] {
  const notes: Note[] = [];
  const add = (text: string, alert = false): unknown => notes.push({text, ...(alert && {alert})});
  const {odd, sampled, reduced, kept, trustworthiness, divergence, rows} = made;
  const named = say(METHOD_WORDS[method]);
  const metric = say(METRIC_WORDS[asked.metric]);
  if (draft?.method) {
    const problem = draftProblem(embedding, draft, finite);
    const drafted = say(METHOD_WORDS[methodOf({method: draft.method})]);
    if (problem) add(say(problem.key, problem.params), true);
    else add(say(draft.cancelled ? 'embedCancelled' : 'embedWaits', {method: drafted}));
  }
  if (vectorsOf) add(say(vectorsOf.averaged ? 'embedOfMean' : 'embedOf', {layer: vectorsOf.layer, shape: shapeText(vectorsOf.shape)}));
  if (method === 'tsne') add(say('embedBySne', {perplexity: asked.perplexity, metric, seed: asked.seed}));
  if (method === 'umap') add(say('embedByUmap', {neighbors: asked.neighbors, minDist: asked.minDist, metric, seed: asked.seed}));
  const total = variance.reduce((sum, v) => sum + v, 0);
  const largest = variance.reduce((most, v, c) => (v > variance[most]! ? c : most), 0);
  const switched = (label: WordKey): Pick<Note, 'action'> => ({action: {label: say(label), run: () => change({embed: {standardize: !asked.standardize}})}});
  if (total === 0) add(say('embedAlike'), true);
  else if (asked.standardize) notes.push({text: say('embedStandardized'), ...switched('embedAsTheyAre')});
  else if (d > 2) {
    const most = Math.ceil(d / 10);
    const share = Float64Array.from(variance).sort().subarray(d - most).reduce((sum, v) => sum + v, 0) / total;
    if (share > DOMINANT) notes.push({text: say('embedDominant', {n: most, column: largest, share: percent(share)}), ...switched('embedStandardize')});
  }
  if (reduced) add(say(asked.metric === 'cosine' ? 'embedReducedUnit' : 'embedReduced', {dims: reduced, share: percent(kept)}));
  if (sampled) add(say('embedSampled', {n: formatCount(rows.length, lang), all: formatCount(n - odd, lang)}));
  if (odd) add(say('embedOdd', {n: formatCount(odd, lang)}));
  const trusted = Math.min(TRUSTED, rows.length);
  if (Number.isFinite(trustworthiness) && plane) add(say(trusted < rows.length ? 'embedTrustOf' : 'embedTrust', {value: trustworthiness.toFixed(3), k: Math.min(TRUSTED_NEIGHBORS, Math.floor((trusted - 1) / 2)), n: formatCount(trusted, lang)}));
  if (method === 'tsne' && Number.isFinite(divergence)) add(say('embedDivergence', {value: formatShort(divergence, 3)}));
  if (method !== 'pca') add(say('embedApart', {method: named}));
  if (sprites) add(say('embedSprites'));
  if (others) add(say(names ? 'embedUnlabelled' : 'plotGroupOthers', {n: formatCount(others, lang)}));
  if (scale) add(say('embedValues', {most: MOST_CLASSES}));
  if (count > 1) add(say('embedFirst', {n: count}));
  return notes;
}

/** Of how many examples trustworthiness is worked out, and of how many neighbours of each, at most; as in compute/embed.ts. */
const [TRUSTED, TRUSTED_NEIGHBORS] = [1500, 12];

/** Vectors [n, d], or [n, …] flattened, as points of a plane: by PCA, t-SNE or UMAP. */
export const embedding: Kind<Numbers> = {
  name: 'embedding',
  stamp: ({embedding: asked = DEFAULTS}) => {
    const method = methodOf(asked);
    return JSON.stringify([method, asked.metric, asked.seed, asked.standardize, method === 'tsne' && asked.perplexity, method === 'umap' && [asked.neighbors, asked.minDist]]);
  },
  work,
  instead: (numbers, {embedding: asked = DEFAULTS}) => {
    const draft = methodOf(asked) === 'pca' ? null : {...parametersOf(asked), cancelled: true};
    if (numbers) return {embed: parametersOf(numbers.given), draft};
    // PCA is what there is without waiting
    return draft && {embed: {method: 'pca'}, draft};
  },
  figure,
};
