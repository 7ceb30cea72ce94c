const LOWER = new Set(
  ('loss error errors mse mae rmse mape msle rmsle nll crossentropy entropy perplexity ppl wer cer brier logloss divergence kld ' +
    'distance hinge huber poisson logcosh regret').split(' '),
);
const HIGHER = new Set(
  ('acc accuracy auc auroc prc precision recall sensitivity specificity f1 fbeta f1score r2 rsquare iou miou dice jaccard mcc kappa ' +
    'similarity map ndcg mrr bleu psnr ssim reward').split(' '),
);
/** Words behind a metric's own that say how it was taken. */
const ADDED = new Set(['score', 'coefficient', 'coef', 'mean', 'avg', 'average', 'macro', 'micro', 'weighted', 'step', 'epoch', 'smooth', 'ema']);

/**
 * Which way a metric is better, going by the last word of its name: `val_dice_loss` lower, `out1_categoricalAccuracy`
 * higher. `null` where the name says nothing: then no direction is claimed.
 */
export function directionOf(name: string): 'higher' | 'lower' | null {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace('io_u', 'iou')
    .replace('cross_entropy', 'crossentropy')
    .split(/[^a-z0-9]+/)
    .filter((word) => word && !/^\d+$/.test(word));
  while (words.length > 1 && ADDED.has(words.at(-1)!)) words.pop();
  const last = words.at(-1) ?? '';
  if (LOWER.has(last)) return 'lower';
  // "cosine_similarity" names Keras's loss too, with the sign turned; as a metric, higher is more alike
  return HIGHER.has(last) || /^(?:hits|precision|recall|acc|top|ndcg|map)\d+$/.test(last) ? 'higher' : null;
}
