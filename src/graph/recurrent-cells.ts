import {type Json, list, object, text, whole} from './layer-defs.js';

/** One cell of a recurrent layer. */
export interface Cell {
  readonly type: string;
  readonly units: number;
  /** Bands of its kernels: input, forget, cell and output in an LSTM; update, reset and candidate in a GRU. */
  readonly gates: number;
  /** States that it hands on: output and memory in an LSTM. */
  readonly states: number;
  /** Vectors of gates × units that are added: 2 where input and recurrent part have their own. */
  readonly biases: number;
}

const GATES = new Map([
  ['LSTM', 4],
  ['GRU', 3],
  ['SimpleRNN', 1],
]);

/**
 * The cells of a recurrent layer, from the input on: one, or those of StackedRNNCells.
 * `null` for cells of another class.
 */
export function cellsOf(type: string, config: Json): Cell[] | null {
  if (type === 'RNN' || type === 'StackedRNNCells') {
    const cell = object(config.cell);
    const given = list(config.cells) ?? (cell ? [cell] : (list(config.cell) ?? []));
    const cells = given.map((c) => cellsOf(text(object(c)?.class_name) ?? '', object(object(c)?.config) ?? {}));
    return cells.length > 0 && cells.every((c) => c !== null) ? cells.flat() : null;
  }
  const cudnn = type.startsWith('CuDNN');
  const kind = type.replace(/^CuDNN|Cell$/g, '');
  const gates = GATES.get(kind);
  if (gates === undefined || !whole(config.units) || config.units < 0) return null;
  // cuDNN keeps both biases apart, and so does a GRU that resets after the product
  const twice = cudnn || (kind === 'GRU' && config.reset_after === true);
  const biases = !cudnn && config.use_bias === false ? 0 : twice ? 2 : 1;
  return [{type, units: config.units, gates, states: kind === 'LSTM' ? 2 : 1, biases}];
}
