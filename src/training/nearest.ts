/** The least number of letters put in, left out, changed or swapped with their neighbour that turns one word into another. */
function distance(a: string, b: string): number {
  const rows = [Array.from({length: b.length + 1}, (_, k) => k)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let k = 1; k <= b.length; k++) {
      row.push(Math.min(rows[i - 1]![k]! + 1, row[k - 1]! + 1, rows[i - 1]![k - 1]! + Number(a[i - 1] !== b[k - 1])));
      if (i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1]) row[k] = Math.min(row[k]!, rows[i - 2]![k - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The name that a mistyped one is probably meant to be: of which at most a third is otherwise, whatever its case; `null` where there is none. */
export function nearest(name: string, names: readonly string[]): string | null {
  const [best] = names.map((other) => ({other, d: distance(name.toLowerCase(), other.toLowerCase())})).sort((x, y) => x.d - y.d);
  return best && best.d <= Math.max(1, best.other.length / 3) ? best.other : null;
}
