import {Problem} from '../words/kinds.js';
import {addRecord, axisOf, columnOf, type LogColumn, type LogTable, newTable} from './log-table.js';

/** Records read between two yields. */
const STEP = 1 << 10;

/**
 * Reads the file of Keras's CSVLogger, and others of its kind: a first line of names, then numbers, parted by commas,
 * semicolons or tabs, quoted as RFC 4180 has it. A header that comes again, as after a resumed run, is read as one.
 * @yields share done
 * @throws Problem where the first line has no names, or a line has more cells than names
 */
export function* readCsv(table: LogTable, text: string): Generator<number, void> {
  const separator = separatorOf(text);
  let header: string[] = [];
  let columns: LogColumn[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let n = 0; at < text.length; n++) {
    const {cells, end} = csvRow(text, at, separator);
    const line = at;
    at = end;
    if (n % STEP === STEP - 1) yield at / text.length;
    if (cells.length === 1 && !cells[0]!.trim()) continue;
    if (!header.length || isHeader(cells, header)) {
      header = cells.map((cell) => cell.trim());
      while (header.at(-1) === '') header.pop();
      if (header.some((name, i) => (name ? Number.isFinite(Number(name)) : i))) {
        throw new Problem('historyHeader', {got: text.slice(line, line + 60).split('\n', 1)[0]!.trim()});
      }
      // pandas writes its index, which is the epoch, in a column without a name
      if (header[0] === '' && !header.some((name) => axisOf(name) === 'epoch')) header[0] = 'epoch';
      const twice = header.find((name, i) => header.indexOf(name) < i);
      if (twice !== undefined) throw new Problem('historyTwice', {name: twice});
      columns = header.map((name) => columnOf(name ? table : newTable(), name));
      continue;
    }
    if (cells.length > header.length && cells.slice(header.length).some((cell) => cell.trim())) {
      throw new Problem('historyWide', {line: text.slice(0, line).split('\n').length, got: cells.length, expected: header.length});
    }
    // the last line may still be being written
    if (cells.length < header.length && at >= text.length && !/[\r\n]$/.test(text)) table.remarks.push({key: 'historyCut', params: {}});
    else addRecord(table, columns, cells);
  }
  if (!table.rows && header.length === 1 && axisOf(header[0]!) === null) throw new Problem('historyText', {got: header[0]!.slice(0, 30)});
}

function separatorOf(text: string): string {
  const line = /[^\r\n]+/.exec(text)?.[0].replace(/"[^"]*"/g, '') ?? '';
  const counts = [',', ';', '\t'].map((s) => ({s, n: line.split(s).length}));
  return counts.reduce((most, one) => (one.n > most.n ? one : most)).s;
}

function isHeader(cells: readonly string[], header: readonly string[]): boolean {
  // numbers begin with what comes before letters
  return cells.some((cell) => cell > ':' && axisOf(cell) !== null) || (cells.length === header.length && cells.every((cell, i) => cell.trim() === header[i]));
}

/** The cells of the record at `from`, and where the next one begins. A quoted cell may hold separators and line ends. */
function csvRow(text: string, from: number, separator: string): {cells: string[]; end: number} {
  let end = text.indexOf('\n', from);
  if (end < 0) end = text.length;
  const line = text.slice(from, text[end - 1] === '\r' && end > from ? end - 1 : end);
  if (!line.includes('"')) return {cells: line.split(separator), end: end + 1};
  const cells: string[] = [];
  for (let at = from; ; at++) {
    let cell = '';
    if (text[at] === '"') {
      for (;;) {
        const quote = text.indexOf('"', at + 1);
        if (quote < 0) return {cells, end: text.length};
        cell += text.slice(at + 1, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        cell += '"';
      }
    }
    const start = at;
    while (at < text.length && text[at] !== separator && text[at] !== '\n') at++;
    cells.push(cell + text.slice(start, at).trimEnd());
    if (text[at] !== separator) return {cells, end: at + 1};
  }
}

/**
 * Reads JSON as Python writes it too, where NaN and Infinity stand bare.
 * @returns what the text holds; of JSON lines the list of them
 * @yields share done
 * @throws Problem where it is no JSON
 */
export function* readJson(table: LogTable, text: string): Generator<number, unknown> {
  let whole: SyntaxError;
  try {
    return parse(text);
  } catch (error) {
    whole = error as SyntaxError;
  }
  const lines = text.split('\n');
  const out: unknown[] = [];
  for (const [i, line] of lines.entries()) {
    if (!line.trim()) continue;
    try {
      out.push(parse(line));
    } catch (error) {
      if (!out.length) throw new Problem('historyJson', {reason: whole.message.slice(0, 120)}, {cause: whole});
      // the last line may still be being written
      if (i < lines.length - 1) throw new Problem('historyJsonLine', {line: i + 1, reason: (error as SyntaxError).message.slice(0, 120)}, {cause: error});
      table.remarks.push({key: 'historyCut', params: {}});
    }
    if (i % STEP === STEP - 1) yield i / lines.length;
  }
  return out;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const named = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
    if (named === text) throw error;
    return JSON.parse(named);
  }
}
