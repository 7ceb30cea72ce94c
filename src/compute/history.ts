import {describe, isTensorLike, isTyped, unwrap} from '../tensor/read-tensor.js';
import {Problem} from '../words/kinds.js';
import {readCsv, readJson} from './history-text.js';
import {addRecord, type Axis, columnOf, type LogColumn, type LogTable, makeRoom, newTable, putCell, type Remark} from './log-table.js';
import {drain} from './slices.js';

/** One metric of a run, a value a row. */
export interface HistorySeries {
  /** As logged: `val_loss`. */
  readonly name: string;
  /** The name that training and validation share: `loss`. */
  readonly metric: string;
  readonly validation: boolean;
  /** As logged, NaN and infinities included; NaN too where nothing was logged. */
  readonly values: Float64Array;
  /** 1 where nothing was logged in that row: no value, and no sign of trouble. */
  readonly missing: Uint8Array;
}

/** A training run as understood. */
export interface TrainingHistory {
  /** In the order in which they were logged. */
  readonly series: readonly HistorySeries[];
  /** How many rows (epochs, or steps) there are. */
  readonly rows: number;
  /** The axis that tells rows apart, ascending: `epochs` where each row has its own, else `steps`. */
  readonly x: Float64Array;
  readonly unit: 'epoch' | 'step';
  /** As logged (Keras and TensorFlow.js count from 0), counted on over restarts; from 0 where no axis was logged; `null` where only steps were. */
  readonly epochs: Float64Array | null;
  readonly steps: Float64Array | null;
  /** Seconds, as logged. */
  readonly time: Float64Array | null;
  /** Rows at which the epochs (steps) began anew, as those of a resumed run do. */
  readonly restarts: readonly number[];
  readonly remarks: readonly Remark[];
}

/** What is read as a history: see `readHistory`. */
export type HistoryInput = string | object;

/** Cells read between two yields. */
const STEP = 1 << 14;

/**
 * Reads a training history: a `tf.History` (or Keras's, as JSON), its `history` object, `{loss: […], val_loss: […]}`
 * (columns may be `{"0": …, "1": …}`, as pandas writes them), a list of logs `[{epoch, loss}, …]`, and as text the JSON
 * of all these (with Python's bare NaN), JSON lines, or the file of Keras's CSVLogger.
 * `epoch`, `step`, `batch`, `time` and `wall_time` are axes, everything else a metric; `val_x` is the validation of `x`.
 * `null`, `undefined` and empty cells are rows in which nothing was logged; "NaN" and "inf" are NaN and infinity.
 * A validation column shorter than the others is spread as Keras's `validation_freq` does, with a remark.
 * @throws Problem where it is something else, has no numbers, or holds tensors
 */
export const readHistory = (input: HistoryInput): TrainingHistory => drain(readHistorySteps(input));

/** `readHistory` in steps. @yields share done */
export function* readHistorySteps(input: HistoryInput): Generator<number, TrainingHistory> {
  const table = newTable();
  let given: unknown = unwrap(input);
  if (typeof given === 'string') {
    const start = given.slice(0, 1000).trimStart();
    if (start.startsWith('<')) throw new Problem('historyText', {got: start.slice(0, 30)});
    if (/^[[{]/.test(start)) given = yield* readJson(table, given);
    else yield* readCsv(table, given);
  }
  if (typeof given === 'object' && given !== null && !isTyped(given) && !isTensorLike(given)) yield* readObject(table, given);
  else if (typeof given !== 'string') throw new Problem('historyKind', {got: describe(given)});
  yield 0.9;
  return yield* understand(table);
}

type Entries = Record<string, unknown>;

const isPlain = (x: unknown): x is Entries => typeof x === 'object' && x !== null && !Array.isArray(x) && !isTyped(x) && !isTensorLike(x);

/** pandas writes a column as an object by row. */
const isIndexed = (x: unknown): x is Entries => isPlain(x) && Object.keys(x).length > 0 && Object.keys(x).every((key) => /^\d+$/.test(key));

function* readObject(table: LogTable, given: object): Generator<number, void> {
  if (Array.isArray(given)) {
    for (const [i, log] of (given as unknown[]).entries()) {
      const raw = unwrap(log);
      if (!isPlain(raw)) throw new Problem('historyLog', {at: i, got: describe(raw)});
      addRecord(table, Object.keys(raw).map((name) => columnOf(table, name)), Object.values(raw));
      if (i % 1024 === 1023) yield i / given.length;
    }
    return;
  }
  const {history, epoch} = given as {history?: unknown; epoch?: unknown};
  const inner = unwrap(history);
  const columns = isPlain(inner) ? inner : (given as Entries);
  if (columns === inner && Array.isArray(epoch) && epoch.length && !('epoch' in columns)) yield* readColumn(table, 'epoch', epoch as unknown[]);
  const listed = Object.entries(columns).map(([name, values]) => [name, isIndexed(values) ? Object.values(values) : unwrap(values)] as const);
  if (listed.length && !listed.some(([, values]) => Array.isArray(values) || isTyped(values))) {
    addRecord(table, listed.map(([name]) => columnOf(table, name)), listed.map(([, v]) => v));
    return;
  }
  for (const [name, values] of listed) {
    if (Array.isArray(values) || isTyped(values)) yield* readColumn(table, name, values);
    else putCell(columnOf(table, name), 0, isPlain(values) ? [] : values);
  }
  spread(table);
  for (const {name, axis, numbers, length} of table.columns.values()) {
    if (axis && numbers && length < table.rows) throw new Problem('historyAxisLength', {name, got: length, expected: table.rows});
  }
}

function* readColumn(table: LogTable, name: string, values: ArrayLike<unknown>): Generator<number, void> {
  const column = columnOf(table, name);
  makeRoom(column, values.length);
  if (values instanceof Float32Array || values instanceof Float64Array) {
    column.values.set(values);
    column.missing.fill(0, 0, values.length);
    column.length = column.numbers = values.length;
    yield 0.5;
  } else {
    for (let i = 0; i < values.length; i++) {
      putCell(column, i, values[i]);
      if (i % STEP === STEP - 1) yield i / values.length;
    }
  }
  if (!column.axis) table.rows = Math.max(table.rows, values.length);
}

const VALIDATION = /^(?:val|valid|validation|eval)[_/]/;

/** Spreads validation columns that are shorter over the rows whose epoch, counted from 1, is a multiple of k. */
function spread(table: LogTable): void {
  const epoch = [...table.columns.values()].find((c) => c.axis === 'epoch');
  const epochOf = (row: number): number => (epoch && row < epoch.length ? epoch.values[row]! : row);
  for (const column of table.columns.values()) {
    const n = column.length;
    if (!VALIDATION.test(column.name) || !n || n >= table.rows - 1) continue;
    const chosen = (k: number): number[] => Array.from({length: table.rows}, (_, row) => row).filter((row) => (epochOf(row) + 1) % k === 0);
    const fits: number[] = [];
    for (let k = Math.floor(table.rows / (n + 1)); k <= Math.ceil(table.rows / n) + 1; k++) if (k > 1 && chosen(k).length === n) fits.push(k);
    const k = fits.length === 1 ? fits[0]! : fits.find((one) => one * n === table.rows);
    if (k === undefined) {
      table.remarks.push({key: 'historyUneven', params: {name: column.name, n, rows: table.rows}});
      continue;
    }
    const {values, missing} = column;
    column.values = new Float64Array(table.rows).fill(NaN);
    column.missing = new Uint8Array(table.rows).fill(1);
    for (const [i, row] of chosen(k).entries()) {
      column.values[row] = values[i]!;
      column.missing[row] = missing[i]!;
    }
    column.length = table.rows;
    table.remarks.push({key: 'historySpread', params: {name: column.name, n, rows: table.rows, k}});
  }
}

/** Makes the history of a table: axes in order, metrics named and paired. */
function* understand(table: LogTable): Generator<number, TrainingHistory> {
  const {rows, columns} = table;
  const remarks = [...table.remarks];
  if (!rows) throw new Problem('historyEmpty');
  for (const column of columns.values()) makeRoom(column, rows);
  const axis = (kind: Axis): LogColumn | undefined => [...columns.values()].find((c) => c.axis === kind && c.numbers);
  const lead = axis('epoch') ?? axis('step') ?? axis('batch');
  const first = lead && filled(lead, rows);
  const restarts = first && lead.axis !== 'batch' ? fallsOf(first) : [];
  if (restarts.length) remarks.push({key: 'historyRestarts', params: {n: restarts.length, name: lead!.name}});
  const counted = first && countOn(first);
  const epochs = lead?.axis === 'epoch' ? counted! : lead ? null : rowNumbers(rows);
  yield 0.91;
  // steps or batches that begin anew with each epoch order nothing
  const within = axis('step') ?? axis('batch');
  let steps = epochs ? within && orderly(within, rows, restarts) : counted!;
  const ownEpochs = epochs && (!lead || rises(epochs));
  if (!steps && !ownEpochs) steps = rowNumbers(rows);
  const clock = axis('time');
  const time = clock && orderly(clock, rows, restarts);

  const left: string[] = [];
  const series: HistorySeries[] = [];
  for (const column of columns.values()) {
    if (column.axis && (column !== clock || time)) continue;
    const {name, numbers, odd, lists, nulls} = column;
    if (lists || !numbers) {
      left.push(name);
      continue;
    }
    if (odd) throw new Problem('historyNumber', {name, row: odd.row + 1, got: odd.got});
    const validation = VALIDATION.test(name);
    if (nulls && !validation) remarks.push({key: 'historyNulls', params: {name, n: nulls}});
    yield 0.95;
    series.push({name, metric: metricOf(name, columns), validation, values: column.values.subarray(0, rows), missing: column.missing.subarray(0, rows)});
  }
  if (!series.length) throw new Problem('historyNoMetric', {names: [...columns.keys()].slice(0, 8).join(', ') || '–'});
  if (left.length) remarks.push({key: 'historyLeftOut', params: {n: left.length, names: left.slice(0, 8).join(', ')}});
  return {series, rows, x: ownEpochs ? epochs : steps!, unit: ownEpochs ? 'epoch' : 'step', epochs, steps: steps ?? null, time: time ?? null, restarts, remarks};
}

function rowNumbers(rows: number): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) out[i] = i;
  return out;
}

/** Whether each is more than the one before. */
function rises(x: Float64Array): boolean {
  for (let i = 1; i < x.length; i++) if (!(x[i]! > x[i - 1]!)) return false;
  return true;
}

/** `loss` of `val_loss`; of `train_loss` too where there is no `loss` itself. */
function metricOf(name: string, columns: ReadonlyMap<string, unknown>): string {
  const short = name.replace(VALIDATION, '');
  if (short !== name) return short;
  const bare = name.replace(/^train(?:ing)?[_/]/, '');
  return columns.has(bare) ? name : bare;
}

/** An axis without holes: a row that has none is at that of the row before. */
function filled(column: LogColumn, rows: number): Float64Array {
  const out = column.values.slice(0, rows);
  if (column.odd || column.lists) throw new Problem('historyNumber', {name: column.name, row: (column.odd?.row ?? 0) + 1, got: column.odd?.got ?? '[…]'});
  let last = out[column.missing.indexOf(0)]!;
  for (let i = 0; i < rows; i++) {
    if (column.missing[i]) out[i] = last;
    else if (!Number.isFinite(out[i])) throw new Problem('historyNumber', {name: column.name, row: i + 1, got: String(out[i])});
    last = out[i]!;
  }
  return out;
}

function fallsOf(x: Float64Array): number[] {
  const out: number[] = [];
  for (let i = 1; i < x.length; i++) if (x[i]! < x[i - 1]!) out.push(i);
  return out;
}

/** Counts on where values begin anew: the first after a fall is as far from the one before as that was from its own. */
function countOn(x: Float64Array): Float64Array {
  const out = Float64Array.from(x);
  let offset = 0;
  let pace = 1;
  for (let i = 1; i < x.length; i++) {
    if (x[i]! < x[i - 1]!) offset = out[i - 1]! + pace - x[i]!;
    else if (x[i]! > x[i - 1]!) pace = x[i]! - x[i - 1]!;
    out[i] = x[i]! + offset;
  }
  return out;
}

/** An axis counted on over restarts, or `null` where it falls elsewhere. */
function orderly(column: LogColumn, rows: number, restarts: readonly number[]): Float64Array | null {
  const x = filled(column, rows);
  const falls = fallsOf(x);
  return falls.every((row) => restarts.includes(row)) ? countOn(x) : null;
}

