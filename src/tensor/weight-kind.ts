import type {WeightKind} from './types.js';

/** What kernels are for, by their layer's class. */
const KERNELS: Readonly<Record<string, WeightKind>> = {
  Dense: 'dense',
  Conv1D: 'conv1d',
  Conv2D: 'conv2d',
  Conv3D: 'conv3d',
  Conv2DTranspose: 'conv2d-transpose',
  Conv3DTranspose: 'conv3d-transpose',
  LSTM: 'lstm',
  LSTMCell: 'lstm',
  CuDNNLSTM: 'lstm',
  GRU: 'gru',
  GRUCell: 'gru',
  CuDNNGRU: 'gru',
  SimpleRNN: 'rnn',
  SimpleRNNCell: 'rnn',
};
const NORM = /^(gamma|beta|moving_mean|moving_variance|moving_var|scale|offset)$/;
const BY_RANK: readonly WeightKind[] = ['other', 'other', 'dense', 'conv1d', 'conv2d', 'conv3d'];

/** What a weight is for, from its layer's class and its own name; where the class is unknown, from name and rank. */
export function kindOf(type: string | undefined, weight: string, shape: readonly number[]): WeightKind {
  const layer = type && Object.hasOwn(KERNELS, type) ? KERNELS[type]! : undefined;
  if (NORM.test(weight)) return 'norm';
  if (weight === 'bias') return layer === 'lstm' ? 'lstm-bias' : layer === 'gru' ? 'gru-bias' : 'bias';
  if (weight.startsWith('depthwise')) return shape.length === 4 ? 'depthwise' : 'other';
  if (weight.startsWith('pointwise')) return shape.length === 3 ? 'conv1d' : 'conv2d';
  if (/^embeddings?$/.test(weight)) return 'embedding';
  if (/^(recurrent_)?kernel$|^filters?$|^weights$/.test(weight)) {
    if (weight === 'recurrent_kernel' && !layer) return 'rnn';
    // a transposed dense or an odd rank is drawn by its rank
    if (layer && !(layer.startsWith('conv') && shape.length !== Number(layer[4]) + 2)) return layer;
    return BY_RANK[shape.length] ?? 'other';
  }
  return 'other';
}
