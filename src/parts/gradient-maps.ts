import {type AttributionMethod, METHODS} from '../attribution/attribution.js';
import {formatShort} from '../color/format.js';
import type {GradientMaps} from '../controllers/gradient-input.js';
import type {Status} from '../controllers/status.js';
import {methodWord} from '../plot/attribution-map.js';
import type {Control, Note} from '../plot/types.js';

export {useKindWords} from '../words/kinds.js';
export {attributionFigure} from '../plot/attribution-map.js';

// Fetched with the first map of an input.

/** What of its properties an element lets maps of an input be made and drawn by. */
export interface AttributionLook {
  method: string | null;
  target: unknown;
  example: number;
  opacity: number;
  values: 'signed' | 'absolute' | null;
}

/** What can be set of maps of an input. @param model whether there is one to make others with */
export function attributionControls({top, examples}: GradientMaps, look: AttributionLook, model: boolean, say: Status['say']): Control[] {
  const out: Control[] = [];
  if (model) {
    const methods = (look.method ?? 'auto').includes(',') ? [[look.method!, look.method!] as const] : [];
    out.push({type: 'choice', label: say('mapMethod'), value: look.method ?? 'auto', options: [['auto', say('attributionAuto')], ...METHODS.map((m) => [m, say(methodWord(m))] as const), ...methods], set: (method) => (look.method = method)});
    if (top.length > 1) {
      out.push({
        type: 'choice', label: say('attributionClasses'), value: String(look.target ?? 'predicted'),
        options: [['predicted', say('attributionPredicted')], ...top.map(({index, name, probability, score}) => [String(index), `${name} ${formatShort(probability ?? score)}`] as const)],
        set: (target) => (look.target = target),
      });
    }
    if (examples > 1) out.push({type: 'stepper', label: say('plotExample'), at: Math.min(look.example, examples - 1), n: examples, set: (example) => (look.example = example)});
  }
  out.push({type: 'slider', label: say('attributionOpacity'), value: look.opacity, min: 0, max: 1, step: 0.05, set: (opacity) => (look.opacity = opacity)});
  out.push({type: 'choice', label: say('attributionSigned'), value: look.values ?? 'signed', options: [['signed', say('attributionSignedYes')], ['absolute', say('attributionSignedNo')]], set: (values) => (look.values = values as 'signed')});
  return out;
}

/** What there is to say of maps beside the figure's own: agreement, the sanity check. */
export function attributionNotes({agreement, sanity}: GradientMaps, say: Status['say']): Note[] {
  const word = (m: AttributionMethod): string => say(methodWord(m));
  const notes: Note[] = agreement.map(({a, b, rho}) => ({text: say('attributionAgreement', {a: word(a), b: word(b), rho: formatShort(rho)})}));
  if (sanity) {
    const last = sanity.steps.at(-1);
    const rho = formatShort(last?.spearmanAbsolute ?? NaN);
    notes.push(sanity.verdict === 'depends' ? {text: say('sanityDepends', {layer: last?.layer ?? '', rho})} : {text: say('sanityFails', {rho}), alert: true});
    for (const step of sanity.steps) notes.push({text: say('sanityStep', {layer: step.layer, rho: formatShort(step.spearmanAbsolute), ssim: step.ssim === null ? '–' : formatShort(step.ssim)})});
  }
  return notes;
}
