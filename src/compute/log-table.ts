import {describe, isTensorLike, isTyped} from '../tensor/read-tensor.js';
import {Problem, type WordKey, type WordParams} from '../words/kinds.js';

/** What was noticed in reading, to be said beside the picture. */
export interface Remark {
  readonly key: WordKey;
  readonly params: WordParams;
}

/** What orders rows; everything else is a metric. */
export type Axis = 'epoch' | 'step' | 'batch' | 'time';

/** One name's values, row by row. */
export interface LogColumn {
  readonly name: string;
  readonly axis: Axis | null;
  /** NaN where nothing was logged. Longer than there are rows. */
  values: Float64Array;
  /** 1 where nothing was logged: another thing than a logged NaN. */
  missing: Uint8Array;
  /** Rows up to the last cell that was read. */
  length: number;
  numbers: number;
  nulls: number;
  /** Cells that hold several numbers. */
  lists: number;
  /** The first cell that is neither number nor list nor empty. */
  odd: {readonly row: number; readonly got: string} | null;
}

/** Logged values, by name and row. */
export interface LogTable {
  readonly columns: Map<string, LogColumn>;
  rows: number;
  readonly remarks: Remark[];
}

const AXES = new Map<string, Axis>([['epoch', 'epoch'], ['step', 'step'], ['global_step', 'step'], ['batch', 'batch'], ['time', 'time'], ['wall_time', 'time']]);

/** Numbers that `Number` does not read, in lower case. */
const NAMED = new Map([['nan', NaN], ['inf', Infinity], ['+inf', Infinity], ['-inf', -Infinity], ['infinity', Infinity], ['+infinity', Infinity], ['-infinity', -Infinity]]);
/** What stands for no value; "NA" is Keras's. */
const NOTHING = new Set(['', 'na', 'n/a', 'none', 'null', 'undefined']);

export const newTable = (): LogTable => ({columns: new Map(), rows: 0, remarks: []});

/** Whether a name is an axis's: `epoch`, `step`, `batch`, `time`; also `Wall time`, `_step`. */
export const axisOf = (name: string): Axis | null => AXES.get(name.trim().toLowerCase().replace(/[\s-]+/g, '_').replace(/^_+/, '')) ?? null;

/** The column of a name; made where there is none yet. */
export function columnOf(table: LogTable, name: string): LogColumn {
  let column = table.columns.get(name);
  if (!column) {
    column = {name, axis: axisOf(name), values: new Float64Array(0), missing: new Uint8Array(0), length: 0, numbers: 0, nulls: 0, lists: 0, odd: null};
    table.columns.set(name, column);
  }
  return column;
}

/** Makes room for so many rows; new ones are missing. */
export function makeRoom(column: LogColumn, rows: number): void {
  const had = column.values.length;
  if (had >= rows) return;
  const size = Math.max(rows, 2 * had, 16);
  const {values, missing} = column;
  column.values = new Float64Array(size).fill(NaN, had);
  column.values.set(values);
  column.missing = new Uint8Array(size).fill(1, had);
  column.missing.set(missing);
}

/**
 * Writes one cell: numbers, their texts, NaN and the infinities by name, nothing.
 * @throws Problem for a tensor
 */
export function putCell(column: LogColumn, row: number, cell: unknown): void {
  makeRoom(column, row + 1);
  column.length = row + 1;
  let v = cell;
  if (typeof cell === 'string') {
    v = Number(cell);
    if (v !== v || v === 0) {
      const text = cell.trim().toLowerCase();
      if (NOTHING.has(text)) v = undefined;
      else if (v !== v) v = NAMED.get(text) ?? cell;
    }
  }
  if (typeof v === 'number') {
    column.values[row] = v;
    column.missing[row] = 0;
    column.numbers++;
  } else if (v === null) column.nulls++;
  else if (v !== undefined) {
    if (isTensorLike(v)) throw new Problem('historyTensors', {name: column.name});
    if (Array.isArray(v) || isTyped(v) || (typeof v === 'string' && /^["'\s]*[[(]/.test(v))) column.lists++;
    else column.odd ??= {row, got: describe(v)};
  }
}

/**
 * Adds what was logged at one time. A record that goes on where the one before it ended, at the same epoch and step
 * and with other metrics, shares its row: some loggers write training and validation one after the other.
 */
export function addRecord(table: LogTable, columns: readonly LogColumn[], cells: readonly unknown[]): void {
  const row = table.rows;
  for (let i = 0; i < columns.length; i++) putCell(columns[i]!, row, cells[i]);
  if (row === 0 || !continues(table, columns, row)) {
    table.rows++;
    return;
  }
  for (const column of columns) {
    if (column.missing[row]) continue;
    if (!column.axis) {
      column.values[row - 1] = column.values[row]!;
      column.missing[row - 1] = 0;
    }
    column.values[row] = NaN;
    column.missing[row] = 1;
  }
}

function continues(table: LogTable, columns: readonly LogColumn[], row: number): boolean {
  let placed = false;
  for (const column of table.columns.values()) {
    if (!column.axis || column.axis === 'time') continue;
    makeRoom(column, row + 1);
    if (column.missing[row] !== column.missing[row - 1]) return false;
    if (column.missing[row]) continue;
    if (column.values[row] !== column.values[row - 1]) return false;
    placed = true;
  }
  return placed && columns.every((c) => c.axis || c.missing[row] || c.missing[row - 1]);
}
