import type {Status} from '../controllers/status.js';
import {weightsOfRun} from '../controllers/run-weights.js';
import type {NamedRun} from '../plot/training-map.js';
import type {Control} from '../plot/types.js';
import {findWeights} from '../tensor/find-weight.js';

export {RunPlayer} from '../controllers/run-player.js';
export {snapshotWeights} from '../controllers/run-weights.js';
export {trainingFigure} from '../plot/training-map.js';
export {useKindWords} from '../words/kinds.js';
export {useLearnWords} from '../words/learn.js';

// Fetched with the first run.

/** What of its properties an element lets runs be drawn by. */
export interface RunLook {
  layer: string | number | null;
  weight: string | number | null;
  metric: 'gradient-rms' | 'update-ratio' | 'weight-rms' | null;
}

/** The address of the weight whose histograms are drawn; `null` for none. @throws Problem where no run has it */
export function ridgesOf(runs: readonly NamedRun[], {layer, weight}: RunLook): string | null {
  if ((layer === null || layer === '') && (weight === null || weight === '')) return null;
  const weights = runs.flatMap(({run}) => weightsOfRun(run).weights);
  return weights.length ? findWeights({format: 'run', weights}, layer, weight)[0]!.address : null;
}

/** What can be set of runs: what is coloured, and which weight's histograms are drawn. */
export function runControls(runs: readonly NamedRun[], look: RunLook, ridges: string | null, say: Status['say']): Control[] {
  const addresses = [...new Set(runs.flatMap(({run}) => run.weights.map((w) => w.address)))];
  return [
    {type: 'choice', label: say('runMetric'), value: look.metric ?? 'gradient-rms', options: [['gradient-rms', say('runGradient')], ['update-ratio', say('runUpdate')], ['weight-rms', say('runWeights')]], set: (metric) => (look.metric = metric as 'gradient-rms')},
    {type: 'choice', label: say('gradientRidges'), value: ridges ?? '', options: [['', '–'], ...addresses.map((a) => [a, a] as const)], set: (address) => ([look.layer, look.weight] = [null, address || null])},
  ];
}
