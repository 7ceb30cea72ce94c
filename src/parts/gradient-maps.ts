import {METHODS} from '../attribution/attribution.js';
import {formatCount, formatShort} from '../color/format.js';
import type {GradientMaps} from '../controllers/gradient-input.js';
import type {Status} from '../controllers/status.js';
import {exampleName, methodName} from '../plot/attribution-map.js';
import {formOf} from '../plot/map-places.js';
import type {Control, Note} from '../plot/types.js';

export {useKindWords} from '../words/kinds.js';
export {specialColors} from '../paint/theme.js';
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
export function attributionControls({top, examples, at, together, shots}: GradientMaps, look: AttributionLook, model: boolean, say: Status['say']): Control[] {
  const out: Control[] = [];
  if (model) {
    const methods = (look.method ?? 'auto').includes(',') ? [[look.method!, look.method!] as const] : [];
    out.push({type: 'choice', label: say('mapMethod'), value: look.method ?? 'auto', options: [['auto', say('attributionAuto')], ...METHODS.map((m) => [m, methodName(m, say)] as const), ...methods], set: (method) => (look.method = method)});
    if (top.length > 1) {
      // what is explained is what stands there, also by a name, by a function, or far down the list
      const target = (shots.find(({example}) => example?.at === at) ?? shots[0])?.map.target;
      const predicted = (look.target ?? 'predicted') === 'predicted';
      const index = target?.index;
      const own = typeof index === 'number' ? String(index) : 'own';
      const options = [['predicted', say('attributionPredicted')], ...top.map(({index: i, name, probability, score}) => [String(i), `${name} ${formatShort(probability ?? score)}`] as const)] as (readonly [string, string])[];
      if (!predicted && target && !options.some(([value]) => value === own)) options.push([own, own === 'own' ? say('attributionOwn') : `${target.name ?? own} ${typeof target.probability === 'number' ? formatShort(target.probability) : ''}`.trim()]);
      out.push({
        type: 'choice', label: say('attributionClasses'), value: predicted || !target ? 'predicted' : own, options,
        set: (value) => value !== 'own' && (look.target = value === 'predicted' ? value : Number(value)),
      });
    }
    if (examples > 1 && !together) out.push({type: 'stepper', label: say('plotExample'), at, n: examples, set: (example) => (look.example = example)});
  }
  const faded = shots.some((shot) => {
    const {form, over} = formOf(shot);
    return over && (form.kind === 'picture' || form.kind === 'signal');
  });
  if (faded) out.push({type: 'slider', label: say('attributionOpacity'), value: look.opacity, min: 0, max: 1, step: 0.05, set: (opacity) => (look.opacity = opacity)});
  out.push({type: 'choice', label: say('attributionSigned'), value: look.values ?? 'signed', options: [['signed', say('attributionSignedYes')], ['absolute', say('attributionSignedNo')]], set: (values) => (look.values = values as 'signed')});
  return out;
}

/** What there is to say of maps beside the figure's own: agreement, the sanity check. */
export function attributionNotes({agreement, sanity, cost, together, at, examples}: GradientMaps, {say, lang}: Pick<Status, 'say' | 'lang'>): Note[] {
  const notes: Note[] = agreement.map(({a, b, rho}) => ({text: say('attributionAgreement', {a: methodName(a, say), b: methodName(b, say), rho: formatShort(rho)})}));
  if (cost) {
    const minutes = cost.ms >= 120_000;
    notes.push({text: say(minutes ? 'mapCostMinutes' : 'mapCostSeconds', {time: formatShort(cost.ms / (minutes ? 60_000 : 1000), 2), n: formatCount(cost.passes, lang)}), alert: true});
  }
  if (sanity) {
    const {decisive, verdict} = sanity;
    const said = {layer: decisive?.layer ?? '', rho: formatShort(sanity.rho)};
    const of = together ? `${exampleName({at, of: examples}, {say, lang})} · ` : '';
    notes.push(verdict === 'depends' ? {text: of + say('sanityDepends', said)} : {text: of + say(verdict === 'unknown' ? 'sanityUnknown' : 'sanityFails', said), alert: true});
    for (const step of sanity.steps) notes.push({text: say('sanityStep', {layer: step.layer, rho: formatShort(step.spearman), absolute: formatShort(step.spearmanAbsolute), ssim: step.ssim === null ? '–' : formatShort(step.ssim)})});
  }
  return notes;
}
