/** Something of a step. */
export interface Row {
  readonly step: number;
  /** Whether it is never thinned out: something began here. */
  readonly kept: boolean;
}

/** Rows in bounded memory: the older they are the fewer, but for those that are kept. */
export interface Thinned<T extends Row> {
  rows: readonly T[];
  readonly capacity: number;
  /** Of the rows that came, each so-manieth stays. */
  stride: number;
  /** How many came, and the number of each row that stays. */
  came: number;
  numbers: readonly number[];
}

export const newThinned = <T extends Row>(capacity: number, rows: readonly T[] = []): Thinned<T> => ({rows, capacity, stride: 1, came: rows.length, numbers: rows.map((_, i) => i)});

/** Adds the newest row, which always stays until the next comes. */
export function addRow<T extends Row>(series: Thinned<T>, row: T): void {
  const rows = series.rows as T[];
  const numbers = series.numbers as number[];
  const last = rows.at(-1);
  if (last && !last.kept && numbers.at(-1)! % series.stride) {
    rows.pop();
    numbers.pop();
  }
  rows.push(row);
  numbers.push(series.came++);
  while (series.rows.length > series.capacity && series.stride < series.came) {
    series.stride *= 2;
    const stays = series.rows.map((r, i) => r.kept || series.numbers[i]! % series.stride === 0 || i === series.rows.length - 1);
    series.rows = series.rows.filter((_, i) => stays[i]);
    series.numbers = series.numbers.filter((_, i) => stays[i]);
  }
}
