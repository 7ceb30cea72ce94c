/** English words that `<output-plot>`, the metrics and what runs a model add. */
export const plotEn = {
  // metrics

  // history

  // kinds


  // of classes

  // the element
  plotKind: 'No kind “{kind}”; expected one of {kinds}.',
  plotNoPredictions: 'The series has nothing to draw: it needs tensor, predictions or history.',
  plotSeries: 'Expected a list of series such as [{name, predictions, labels}]; got {got}.',
  plotSeriesKeys: 'The series “{name}” has none of the keys tensor, predictions, history.',
  plotIgnored: 'Both {used} and {ignored} are set; {used} is drawn. Set {used} to null to draw the other.',
  plotModelAlone: 'A model has been set, but nothing to run it on: set .input or input-src.',
  plotKindLabel: 'Kind of plot',
  kindBars: 'bars',
  kindLine: 'line',
  kindScatter: 'scatter',
  kindResiduals: 'residuals',
  kindHistogram: 'histogram',
  kindHeatmap: 'heatmap',
  kindImage: 'image',
  kindHistory: 'history',
  kindConfusion: 'confusion matrix',
  kindRoc: 'ROC curve',
  kindPr: 'precision–recall',
  kindCalibration: 'calibration',
  kindEmbedding: 'embedding',
  kindActivations: 'activations',
  plotExampleOf: '{at} of {n}',
  plotPrevious: 'Previous example',
  plotNext: 'Next example',
  plotScales: 'Scales of the axes',
  scaleX: 'x: {scale}',
  scaleY: 'y: {scale}',
  scaleLinear: 'linear',
  scaleLog: 'log',
  scaleSymlog: 'symlog',
  plotSavePng: 'Picture (PNG)',
  plotSaveSvg: 'Picture (SVG)',
  plotSaveCsv: 'Numbers (CSV)',
  plotLegend: 'Series: choose one to hide or show it',
  plotExamples: 'Examples behind what was chosen',
  plotExamplesMore: 'and {n} more',
  plotExampleNumber: 'example {n}',
  plotClear: 'Clear',
  plotOutput2: 'Output',
  plotNoClasses: 'The names of the classes could not be read: {message}',
  plotHighlighted: '{n} {n|example stands|examples stand} out',
  plotKeys: 'Arrow keys move along the plot and between series, Enter selects, Escape takes back what you have selected, plus and minus zoom, 0 shows all.',
  plotTwin: '{label}: the first {n} rows',
  plotAssumed: 'Input range {range} assumed',
  plotRange: 'Input range {range}',
  plotRangeChange: 'change to {range}',
  plotComputing: 'Computing…',
  plotPredicting: 'Running the model…',
  plotNothing: 'Nothing to show yet: set .predictions with .labels, .tensor, .history, or .model with .input.',
} as const;
