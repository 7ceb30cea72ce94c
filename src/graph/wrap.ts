import type {LevelBox} from './levels.js';
import {GAP, type LevelLayout} from './preview.js';

/** A layout is cut where at most so many lines run from one column to the next. */
const MOST_LINES = 4;
const MOST_COLUMNS = 8;
/** Columns must make the picture so much larger. */
const WORTH = 1.2;

interface Cut {
  readonly y: number;
  readonly lines: number;
}

/**
 * Breaks a tall layout into columns that stand side by side, as a long text is set, so that a deep network fills the
 * width that is there instead of a thin strip. Lines that run on go up between the columns.
 * @param room what the picture should fill, in CSS px; of inner groups the ratio alone counts
 */
export function wrapLayout(layout: LevelLayout, boxes: readonly LevelBox[], room: {readonly width: number; readonly height: number}): LevelLayout {
  if (boxes.length < 4 || !room.width || !room.height) return layout;
  const scaleOf = (width: number, height: number): number => Math.min(1, room.width / width, room.height / height);
  const alone = scaleOf(layout.width, layout.height);
  if (alone >= 1 || layout.height < 2.2 * boxes[0]!.height) return layout;
  const cuts = cutsOf(layout, boxes);
  let best: {scale: number; at: readonly number[]} | null = null;
  for (let n = 2; n <= MOST_COLUMNS; n++) {
    const at = chooseCuts(cuts, layout.height, n);
    if (!at) continue;
    const widths = columnsOf(layout, boxes, at).map((c) => c.right - c.left);
    const tallest = Math.max(...[...at, layout.height].map((y, i, all) => y - (i ? all[i - 1]! : 0)));
    const scale = scaleOf(widths.reduce((a, b) => a + b, 0) + (n - 1) * GUTTER, tallest + 2 * TURN);
    if (scale > (best?.scale ?? alone * WORTH) * 1.02) best = {scale, at};
  }
  return best ? breakAt(layout, boxes, best.at) : layout;
}

/** Room between columns, and above and below them for the lines that turn, in CSS px. */
const GUTTER = 64;
const TURN = 18;

/** Heights at which no box stands, and how many lines cross each. */
function cutsOf({boxes: at, lines}: LevelLayout, boxes: readonly LevelBox[]): Cut[] {
  const spans = boxes.map((b, i) => [at[2 * i + 1]!, at[2 * i + 1]! + b.height] as const).sort((a, b) => a[0] - b[0]);
  const gaps: {y: number; lines: number}[] = [];
  let bottom = spans[0]?.[1] ?? 0;
  for (const [top, end] of spans) {
    if (top - bottom >= GAP.layer * 0.6) gaps.push({y: (top + bottom) / 2, lines: 0});
    bottom = Math.max(bottom, end);
  }
  for (const line of lines) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = 1; i < line.length; i += 2) {
      low = Math.min(low, line[i]!);
      high = Math.max(high, line[i]!);
    }
    let [from, to] = [0, gaps.length];
    while (from < to) {
      const mid = (from + to) >> 1;
      if (gaps[mid]!.y < low) from = mid + 1;
      else to = mid;
    }
    for (let i = from; i < gaps.length && gaps[i]!.y < high; i++) gaps[i]!.lines++;
  }
  return gaps;
}

/** Cuts for `n` columns of about the same height; `null` where there are none. */
function chooseCuts(cuts: readonly Cut[], height: number, n: number): number[] | null {
  const at: number[] = [];
  for (let k = 1; k < n; k++) {
    const wanted = (k * height) / n;
    let best: Cut | null = null;
    let least = height / n / 2;
    for (const cut of cuts) {
      if (cut.lines > MOST_LINES || cut.y <= (at.at(-1) ?? 0)) continue;
      const cost = Math.abs(cut.y - wanted) + (cut.lines - 1) * 40;
      if (cost < least) [least, best] = [cost, cut];
    }
    if (!best) return null;
    at.push(best.y);
  }
  return at;
}

const columnAt = (at: readonly number[], y: number): number => {
  let column = 0;
  while (column < at.length && y > at[column]!) column++;
  return column;
};

/** What each column spans across, its lines included. */
function columnsOf({boxes: places, lines}: LevelLayout, boxes: readonly LevelBox[], at: readonly number[]): {left: number; right: number}[] {
  const columns = Array.from({length: at.length + 1}, () => ({left: Infinity, right: -Infinity}));
  const add = (y: number, left: number, right: number): void => {
    const column = columns[columnAt(at, y)]!;
    column.left = Math.min(column.left, left);
    column.right = Math.max(column.right, right);
  };
  boxes.forEach((b, i) => add(places[2 * i + 1]! + 1, places[2 * i]!, places[2 * i]! + b.width));
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      add(line[i + 1]!, line[i]!, line[i]!);
      if (!i) continue;
      // a line takes room in the columns that it only runs through, too
      const [a, b] = [columnAt(at, line[i - 1]!), columnAt(at, line[i + 1]!)];
      for (let c = Math.min(a, b); c <= Math.max(a, b); c++) {
        columns[c]!.left = Math.min(columns[c]!.left, line[i - 2]!, line[i]!);
        columns[c]!.right = Math.max(columns[c]!.right, line[i - 2]!, line[i]!);
      }
    }
  }
  return columns;
}

function breakAt(layout: LevelLayout, boxes: readonly LevelBox[], at: readonly number[]): LevelLayout {
  const columns = columnsOf(layout, boxes, at);
  const tops = [0, ...at];
  const heights = [...at, layout.height].map((y, i) => y - tops[i]!);
  const height = Math.max(...heights) + 2 * TURN;
  const shifts: {x: number; y: number}[] = [];
  let right = 0;
  columns.forEach((c, i) => {
    shifts.push({x: right - c.left, y: TURN - tops[i]!});
    right += c.right - c.left + GUTTER;
  });
  const starts = columns.map((c, i) => c.left + shifts[i]!.x);
  const places = new Float64Array(layout.boxes.length);
  for (let i = 0; i < places.length; i += 2) {
    const shift = shifts[columnAt(at, layout.boxes[i + 1]! + 1)]!;
    places[i] = layout.boxes[i]! + shift.x;
    places[i + 1] = layout.boxes[i + 1]! + shift.y;
  }
  // lines that turn keep apart
  const turning = at.map(() => 0);
  const lines = layout.lines.map((line) => {
    if (!line.length) return line;
    const out: number[] = [];
    let column = columnAt(at, line[1]!);
    out.push(line[0]! + shifts[column]!.x, line[1]! + shifts[column]!.y);
    for (let i = 2; i < line.length; i += 2) {
      const target = columnAt(at, line[i + 1]!);
      while (column !== target) {
        const down = target > column;
        const k = down ? column : column - 1;
        const from = shifts[column]!;
        const to = shifts[down ? column + 1 : column - 1]!;
        // where the line meets the cut
        const [x0, y0, x1, y1] = [line[i - 2]!, line[i - 1]!, line[i]!, line[i + 1]!];
        const x = x0 + ((x1 - x0) * (at[k]! - y0)) / (y1 - y0 || 1);
        const lane = turning[k]!++ % MOST_LINES;
        const gutter = starts[k + 1]! - GUTTER / 2 + (lane - 1) * 8;
        const bottom = height - TURN + 4 + lane * 3;
        const top = TURN - 4 - lane * 3;
        const [a, b] = down ? [bottom, top] : [top, bottom];
        out.push(x + from.x, a, gutter, a, gutter, b, x + to.x, b);
        column += down ? 1 : -1;
      }
      out.push(line[i]! + shifts[column]!.x, line[i + 1]! + shifts[column]!.y);
    }
    return Float64Array.from(out);
  });
  const last = shifts.at(-1)!;
  // what leaves does so at the bottom of the last column; what enters, at the top of the first
  layout.lines.forEach((line, i) => {
    if (!line.length) return;
    const own = lines[i]!;
    if (line[1] === 0) own[1] = 0;
    if (line[line.length - 1]! >= layout.height - 0.5) own[own.length - 1] = height;
  });
  return {...layout, width: right - GUTTER, height, boxes: places, lines, ins: layout.ins.map((x) => x + shifts[0]!.x), outs: layout.outs.map((x) => x + last.x)};
}
