import type {WeightGradients} from '../attribution/weight-gradients.js';
import {formatCount, formatShort} from '../color/format.js';
import type {Status} from '../controllers/status.js';
import type {Note} from '../plot/types.js';

// Fetched with the first gradients of weights.

/** What there is to say of the gradient of a loss: the loss, where it is large beside the weights and where small. */
export function lossNotes(found: WeightGradients | null, {say, lang}: Status): Note[] {
  if (!found) return [];
  const {loss, examples, gradients, differsInTraining, frozen} = found;
  const notes: Note[] = [{text: say('gradientWeightsFacts', {loss: formatShort(loss, 4), n: formatCount(examples, lang)})}];
  const sorted = gradients.filter(({ratio}) => Number.isFinite(ratio)).sort((a, b) => b.ratio - a.ratio);
  if (sorted.length > 1) notes.push({text: say('gradientRatios', {most: sorted[0]!.address, high: formatShort(sorted[0]!.ratio), least: sorted.at(-1)!.address, low: formatShort(sorted.at(-1)!.ratio)})});
  const list = (names: readonly string[]): string => names.slice(0, 4).join(', ') + (names.length > 4 ? ` … (${formatCount(names.length, lang)})` : '');
  const unreached = gradients.filter(({reached}) => !reached).map(({address}) => address);
  if (unreached.length) notes.push({text: say('gradientUnreached', {names: list(unreached)}), alert: true});
  if (differsInTraining?.length) notes.push({text: say('gradientDiffers', {names: list(differsInTraining)})});
  if (frozen?.length) notes.push({text: say('gradientFrozen', {names: list(frozen)})});
  return notes;
}

/** All gradients as comma-separated values: where they are, and how large they are beside their weights. */
export function lossCsv({gradients}: WeightGradients): string {
  const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `weight,shape,gradient_l2,weight_l2,ratio\n${gradients.map(({address, shape, norm, weightNorm, ratio}) => [quoted(address), shape.join('x'), norm, weightNorm, ratio].join(',')).join('\n')}\n`;
}
