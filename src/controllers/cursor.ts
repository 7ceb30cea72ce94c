import type {Plane} from '../compute/plane.js';

/** What a key press asks of a heatmap. */
export type KeyAction =
  | {readonly move: {readonly rows: number; readonly cols: number}}
  | {readonly zoom: number}
  | {readonly toggle: 'pool' | 'stats'}
  | 'fit'
  | 'select'
  | 'leave';

/** The action of a key, or `null` for one that is the page's own. @param page rows in view */
export function actionOf(event: KeyboardEvent, page: number): KeyAction | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const step = event.shiftKey ? 10 : 1;
  const move = (rows: number, cols: number): KeyAction => ({move: {rows, cols}});
  switch (event.key) {
    case 'ArrowUp': return move(-step, 0);
    case 'ArrowDown': return move(step, 0);
    case 'ArrowLeft': return move(0, -step);
    case 'ArrowRight': return move(0, step);
    case 'PageUp': return move(-page, 0);
    case 'PageDown': return move(page, 0);
    case 'Home': return move(0, -Infinity);
    case 'End': return move(0, Infinity);
    case '+': case '=': return {zoom: 1.5};
    case '-': case '_': return {zoom: 1 / 1.5};
    case '0': return 'fit';
    case 'p': return {toggle: 'pool'};
    case 's': return {toggle: 'stats'};
    case 'Enter': case ' ': return 'select';
    case 'Escape': return 'leave';
    default: return null;
  }
}

/** Moves along one side to a place that is no gap; stays where there is none that way. */
function along(offset: Int32Array, from: number, by: number): number {
  const last = offset.length - 1;
  const way = by < 0 ? -1 : 1;
  let at = Math.max(0, Math.min(last, from + by));
  while (at >= 0 && at <= last && offset[at]! < 0) at += way;
  if (at < 0 || at > last) for (at = Math.max(0, Math.min(last, from)); offset[at]! < 0; ) at -= way;
  return at;
}

/** The cell that lies so many rows and columns away, gaps not being stopped in. */
export function moveCell(plane: Plane, from: {row: number; col: number}, by: {rows: number; cols: number}): {row: number; col: number} {
  return {
    row: by.rows ? along(plane.rowOffset, from.row, by.rows) : from.row,
    col: by.cols ? along(plane.colOffset, from.col, by.cols) : from.col,
  };
}
