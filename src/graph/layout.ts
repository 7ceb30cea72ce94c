import {runSliced, yieldToPage} from '../compute/slices.js';
import {elkLayout, LayoutFailure, suitsElk} from './elk.js';
import {type Level, type LevelBox, type LevelEdge, levelSteps, numberOf} from './levels.js';
import {type LevelLayout, previewSteps} from './preview.js';
import type {GraphItem, GraphTree} from './tree.js';
import {treeLayoutSteps} from './tree-layout.js';
import {wrapLayout} from './wrap.js';

/** Where the flow goes. */
export type Direction = 'down' | 'right' | 'up' | 'left';

/** A box in its place, in CSS px from the drawing's left top corner. */
export interface PlacedBox {
  readonly item: GraphItem;
  /** An open group: a frame around its children. */
  readonly open: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A line in its place. */
export interface PlacedLine {
  /** Corners, x and y in turn. */
  readonly points: Float64Array;
  readonly curved: boolean;
  readonly edge: LevelEdge;
  /** Whether it ends at a box, and not at a frame where another line goes on. */
  readonly arrow: boolean;
  /** left, top, right, bottom */
  readonly bounds: readonly [number, number, number, number];
}

/** Everything that is drawn. Frames stand before what they hold. */
export interface Scene {
  readonly boxes: readonly PlacedBox[];
  readonly lines: readonly PlacedLine[];
  readonly byId: ReadonlyMap<string, PlacedBox>;
  readonly width: number;
  readonly height: number;
  /** Connections without a line of their own, source and target id: drawn when pointed at. */
  readonly quiet: readonly (readonly [from: string, to: string])[];
  /** From the quick layout: the better one is under way, or not to be had. */
  readonly preview: boolean;
}

/** How large boxes are, in CSS px. */
export type SizeOf = (item: GraphItem) => {readonly width: number; readonly height: number};

export interface LayoutOptions {
  readonly direction: Direction;
  readonly sizeOf: SizeOf;
  readonly signal: AbortSignal;
  /** Of levels laid out before; kept by the caller. */
  readonly cache: Map<string, LevelLayout>;
  /** Ms that all of the better layout may take. */
  readonly deadlineMs: number;
  /** What the drawing should fill, in CSS px: long flows are broken into columns. `null`: one flow however long. */
  readonly room: {readonly width: number; readonly height: number} | null;
  /** Called with the quick layout, before the better one is begun. */
  readonly preview: (scene: Scene) => void;
}

/** What an open group has around its children, in CSS px. */
const FRAME = {title: 26, pad: 14} as const;
/** Levels that are kept. */
const KEPT = 400;

/** Nothing to do: where a turn has done its share, the page comes first. */
function* breath(): Generator<number, void> {}

interface LaidOut {
  readonly level: Level;
  readonly boxes: readonly LevelBox[];
  readonly layout: LevelLayout;
}

/**
 * Lays out what is visible: at once by the quick layout, then level by level, innermost first, by ELK.
 * @param open ids of the open groups
 * @returns the better scene and why some of it is not, if so
 */
export async function layoutGraph(tree: GraphTree, open: ReadonlySet<string>, options: LayoutOptions): Promise<{scene: Scene; failure: LayoutFailure | null}> {
  const {signal, direction, cache} = options;
  const {levels, quiet} = await runSliced(levelSteps(tree, open), {signal});
  const begun = performance.now();
  const kept = levels.map((level) => ({level, key: ''}));
  const quick = new Map<GraphItem | null, LaidOut>();
  let final = true;
  for (const entry of kept) {
    await runSliced(breath(), {signal});
    const boxes = boxesOf(entry.level, quick, options);
    entry.key = keyOf(entry.level, boxes, options);
    const known = cache.get(entry.key);
    final &&= known !== undefined;
    quick.set(entry.level.group, {level: entry.level, boxes, layout: known ?? wrapped(tree, entry.level, boxes, await runSliced(previewSteps(entry.level, boxes), {signal}), options)});
  }
  const first = await runSliced(composeSteps(quick, direction, quiet, !final), {signal});
  if (final) return {scene: first, failure: null};
  options.preview(first);
  await yieldToPage();
  let failure: LayoutFailure | null = null;
  const better = new Map<GraphItem | null, LaidOut>();
  for (const {level} of kept) {
    await runSliced(breath(), {signal});
    const boxes = boxesOf(level, better, options);
    const key = keyOf(level, boxes, options);
    let layout = cache.get(key);
    const left = options.deadlineMs - (performance.now() - begun);
    if (!layout && !failure && suitsElk(level) && !trivial(level)) {
      try {
        if (left <= 0) throw new LayoutFailure('deadline');
        layout = wrapped(tree, level, boxes, await elkLayout(level, boxes, signal, left), options);
        keep(cache, key, layout);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LayoutFailure)) throw error;
        if (error.reason !== 'failed') failure = error;
      }
    }
    layout ??= wrapped(tree, level, boxes, await runSliced(previewSteps(level, boxes), {signal}), options);
    better.set(level.group, {level, boxes, layout});
  }
  return {scene: await runSliced(composeSteps(better, direction, quiet, failure !== null), {signal}), failure};
}

/** Inner groups are broken into columns where they are taller than this, in CSS px. */
const TALL = 1150;

function wrapped(tree: GraphTree, level: Level, boxes: readonly LevelBox[], layout: LevelLayout, {room, direction}: LayoutOptions): LevelLayout {
  if (!room) return layout;
  const [width, height] = turned(direction) ? [room.height, room.width] : [room.width, room.height];
  // a group that holds most of the graph is the graph
  if (!level.group || level.group.count * 2 > tree.size) return wrapLayout(layout, boxes, {width, height});
  return layout.height > TALL ? wrapLayout(layout, boxes, {width: (TALL * width) / height, height: TALL}) : layout;
}

/** A single box, or a chain: the quick layout is as good as any. */
function trivial({children, edges, ins, outs}: Level): boolean {
  if (ins > 1 || outs > 1 || edges.length > children.length + 1) return false;
  const [into, out] = [new Uint8Array(children.length), new Uint8Array(children.length)];
  for (const e of edges) {
    if (e.kind !== 'data' || (e.to >= 0 && into[e.to]!++) || (e.from >= 0 && out[e.from]!++)) return false;
  }
  return edges.length >= children.length - 1;
}

function keep(cache: Map<string, LevelLayout>, key: string, layout: LevelLayout): void {
  cache.set(key, layout);
  if (cache.size > KEPT) cache.delete(cache.keys().next().value!);
}

/** A level with the same key has the same layout. */
function keyOf(level: Level, boxes: readonly LevelBox[], {room, direction}: LayoutOptions): string {
  const parts = [`${level.group ? numberOf(level.group) : 0} ${level.ins} ${level.outs} ${turned(direction)} ${room ? `${room.width} ${room.height}` : ''}`];
  for (const b of boxes) parts.push(`${numberOf(b.item)} ${b.open} ${Math.round(b.width)} ${Math.round(b.height)} ${b.ins.map(Math.round).join()} ${b.outs.map(Math.round).join()}`);
  for (const e of level.edges) parts.push(`${e.from},${e.fromPort},${e.to},${e.toPort}`);
  return parts.join('\n');
}

/** Whether the layout's x runs along the screen's y. */
const turned = (direction: Direction): boolean => direction === 'right' || direction === 'left';

/** Where the children of an open group begin, and how much room it takes beside them, as the layout sees it. */
function frameOf(direction: Direction): {x: number; y: number; width: number; height: number} {
  const {title, pad} = FRAME;
  if (turned(direction)) return {x: title, y: pad, width: title + pad, height: 2 * pad};
  return {x: pad, y: direction === 'up' ? pad : title, width: 2 * pad, height: title + pad};
}

function boxesOf(level: Level, done: ReadonlyMap<GraphItem | null, LaidOut>, {direction, sizeOf}: LayoutOptions): LevelBox[] {
  const frame = frameOf(direction);
  return level.children.map((item): LevelBox => {
    const inside = item.kind === 'group' ? done.get(item) : undefined;
    const size = sizeOf(item);
    const [w, h] = turned(direction) ? [size.height, size.width] : [size.width, size.height];
    if (!inside) return {item, open: false, width: w, height: h, ins: [], outs: []};
    const {layout} = inside;
    // wide enough for its title
    const least = turned(direction) ? 0 : Math.min(w, 260);
    const width = Math.max(least, layout.width + frame.width);
    const left = frame.x + (width - layout.width - frame.width) / 2;
    return {item, open: true, width, height: layout.height + frame.height, ins: layout.ins.map((x) => x + left), outs: layout.outs.map((x) => x + left)};
  });
}

/** Puts the levels into each other. */
function* composeSteps(done: ReadonlyMap<GraphItem | null, LaidOut>, direction: Direction, quiet: Scene['quiet'], preview: boolean): Generator<number, Scene> {
  const frame = frameOf(direction);
  const top = done.get(null)!;
  const {width, height} = top.layout;
  const [w, h] = turned(direction) ? [height, width] : [width, height];
  const flip = (x: number, y: number): [number, number] => {
    if (direction === 'down') return [x, y];
    if (direction === 'up') return [x, height - y];
    return direction === 'right' ? [y, x] : [height - y, x];
  };
  const boxes: PlacedBox[] = [];
  const lines: PlacedLine[] = [];
  const stack: {level: LaidOut; x: number; y: number; outer: {y: number; bottom: number} | null}[] = [{level: top, x: 0, y: 0, outer: null}];
  let work = 0;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const {level, x: x0, y: y0, outer} = next;
    level.boxes.forEach((box, i) => {
      const [x, y] = [x0 + level.layout.boxes[2 * i]!, y0 + level.layout.boxes[2 * i + 1]!];
      const [a, b] = [flip(x, y), flip(x + box.width, y + box.height)];
      boxes.push({item: box.item, open: box.open, x: Math.min(a[0], b[0]), y: Math.min(a[1], b[1]), width: Math.abs(b[0] - a[0]), height: Math.abs(b[1] - a[1])});
      const inside = box.open ? done.get(box.item)! : null;
      if (inside) stack.push({level: inside, x: x + frame.x + (box.width - inside.layout.width - frame.width) / 2, y: y + frame.y, outer: {y, bottom: y + box.height}});
    });
    level.level.edges.forEach((edge, k) => {
      const own = level.layout.lines[k]!;
      if (!own.length) return;
      const flat: number[] = [];
      // from the frame's edge inwards, and out to it
      if (edge.from < 0 && outer) flat.push(x0 + own[0]!, outer.y);
      for (let i = 0; i < own.length; i += 2) flat.push(x0 + own[i]!, y0 + own[i + 1]!);
      if (edge.to < 0 && outer) flat.push(x0 + own[own.length - 2]!, outer.bottom);
      const points = new Float64Array(flat.length);
      const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = 0; i < flat.length; i += 2) {
        const [x, y] = flip(flat[i]!, flat[i + 1]!);
        points[i] = x;
        points[i + 1] = y;
        if (x < bounds[0]) bounds[0] = x;
        if (y < bounds[1]) bounds[1] = y;
        if (x > bounds[2]) bounds[2] = x;
        if (y > bounds[3]) bounds[3] = y;
      }
      lines.push({points, curved: level.layout.curved, edge, arrow: edge.to >= 0 && !level.boxes[edge.to]!.open, bounds});
    });
    work += level.boxes.length + level.level.edges.length;
    if (work > 5000) {
      work = 0;
      yield 0.5;
    }
  }
  return {boxes, lines, byId: new Map(boxes.map((b) => [b.item.id, b])), width: w, height: h, quiet, preview};
}

/** Lays out what is visible as a tree of levels. */
export const layoutTree = (tree: GraphTree, open: ReadonlySet<string>, sizeOf: SizeOf, signal: AbortSignal): Promise<Scene> => runSliced(treeLayoutSteps(tree, open, sizeOf), {signal});

export {useLayoutWorker, warmLayoutWorker} from './elk.js';
