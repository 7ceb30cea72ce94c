import {Problem} from '../words/kinds.js';
import type {PlotSettings} from './kind.js';
import type {Control} from './types.js';

/** @throws Problem where there is no such example among so many; of one alone, any number shows it */
export function checkExample(example: number, n: number): void {
  if (n > 1 && !(example >= 0 && example < n)) throw new Problem('plotNoExample', {example, n, last: n - 1});
}

/** Goes from example to example; nothing where there is one alone. */
export function exampleControls({example, say, change}: PlotSettings, n: number): Control[] {
  return n > 1 ? [{type: 'stepper', label: say('plotExample'), at: example, n, set: (at) => change({example: at})}] : [];
}
