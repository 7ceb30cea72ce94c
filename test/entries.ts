// Compiled, never run: each entry names the types that what it gives takes and hands out.
import type {ClassesInput as AttributionClasses, Prediction} from '../src/attribution.js';
import type * as elements from '../src/elements.js';
import type * as gradientMap from '../src/gradient-map.js';
import type * as all from '../src/index.js';
import type * as outputPlot from '../src/output-plot.js';
import type {ProbeInput, WatchOptions} from '../src/training.js';
import type * as weightHeatmap from '../src/weight-heatmap.js';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
type Map = gradientMap.GradientMapElement;
type Plot = outputPlot.OutputPlotElement;

export const same: readonly true[] = [
  true satisfies Same<Map['input'], gradientMap.ModelInput | null>,
  true satisfies Same<Map['classes'], gradientMap.ClassesInput | null>,
  true satisfies Same<Plot['input'], outputPlot.ModelInput | null>,
  true satisfies Same<Plot['labels'], outputPlot.LabelsInput | null>,
  true satisfies Same<gradientMap.ModelInput, elements.ModelInput>,
  true satisfies Same<gradientMap.ModelInput, all.ModelInput>,
  true satisfies Same<Map['attribution'], gradientMap.Attribution | gradientMap.AttributionInput | null>,
  true satisfies Same<gradientMap.Attribution, elements.Attribution>,
  true satisfies Same<gradientMap.WeightGradients, elements.WeightGradients>,
  true satisfies Same<gradientMap.WeightGradients, all.WeightGradients>,
  true satisfies Same<gradientMap.RunRecord | gradientMap.RunData, weightHeatmap.RunRecord | weightHeatmap.RunData>,
  true satisfies Same<outputPlot.RunRecord | outputPlot.RunData, elements.RunRecord | all.RunData>,
  true satisfies Same<WatchOptions['probe'], ProbeInput | undefined>,
  true satisfies Same<AttributionClasses, elements.ClassesInput>,
  true satisfies Same<Prediction, all.Prediction>,
];
