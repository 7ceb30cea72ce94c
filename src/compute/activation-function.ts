/** What an activation function does to one number, and where it is flat. */
export interface ActivationFunction {
  /** In small letters, without `_` and blanks: `relu`, `hardsigmoid`. */
  readonly name: string;
  /** f(x); `null` where it is none of one number alone, as softmax. */
  readonly at: ((x: number) => number) | null;
  /** At or below this f is flat, or all but: within 0.03 of its lower end for a tanh (1.5 % of its range), others as near. `null`: nowhere. */
  readonly flatBelow: number | null;
  /** At or above this f is flat, or all but, at its upper end. */
  readonly flatAbove: number | null;
  /** Whether `flatBelow` is where it is 0 and has no gradient, so that a unit can be dead. */
  readonly dies: boolean;
}

/** What functions have of their own. */
export interface ActivationParameters {
  /** Slope below 0 of `leakyrelu`, value at the lower end of `elu`. */
  readonly alpha?: number | undefined;
  /** Where `relu` ends above. */
  readonly maxValue?: number | null | undefined;
  /** What `thresholdedrelu` lets through begins above it. */
  readonly theta?: number | undefined;
}

/** A tanh is saturated beyond ±0.97 (Karpathy, makemore part 3); a sigmoid, which is half as high, as near its ends; ELU and SELU within 3 % of their depth. */
const END = 0.97;
/** atanh(0.97); a sigmoid is a tanh of half its argument. */
const TANH_END = Math.atanh(END);
/** SELU (Klambauer et al. 2017). */
const [SELU_SCALE, SELU_ALPHA] = [1.0507009873554805, 1.6732632423543772];

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The error function to 1.5e-7 (Abramowitz & Stegun 7.1.26). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const y = 1 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
  return x < 0 ? -y : y;
}

/**
 * An activation function by its name in Keras, TensorFlow.js or a GraphDef, whatever its case.
 * @returns `null` for one that is not known
 */
export function activationFunction(given: string, {alpha, maxValue, theta}: ActivationParameters = {}): ActivationFunction | null {
  const name = given.toLowerCase().replace(/[\s_]/g, '');
  const of = (at: ActivationFunction['at'], flatBelow: number | null = null, flatAbove: number | null = null, dies = false): ActivationFunction => ({name, at, flatBelow, flatAbove, dies});
  switch (name) {
    case 'linear': case 'identity': return of((x) => x);
    case 'relu': return maxValue == null ? of((x) => Math.max(0, x), 0, null, true) : of((x) => Math.min(maxValue, Math.max(0, x)), 0, maxValue, true);
    case 'relu6': return of((x) => Math.min(6, Math.max(0, x)), 0, 6, true);
    case 'leakyrelu': {
      const slope = alpha ?? 0.3;
      return of((x) => (x < 0 ? slope * x : x));
    }
    case 'thresholdedrelu': {
      const least = theta ?? 1;
      return of((x) => (x > least ? x : 0), least, null, true);
    }
    case 'elu': {
      const end = alpha ?? 1;
      return of((x) => (x < 0 ? end * Math.expm1(x) : x), Math.log(1 - END));
    }
    case 'selu': return of((x) => SELU_SCALE * (x < 0 ? SELU_ALPHA * Math.expm1(x) : x), Math.log(1 - END));
    case 'sigmoid': return of(sigmoid, -2 * TANH_END, 2 * TANH_END);
    case 'tanh': return of(Math.tanh, -TANH_END, TANH_END);
    case 'hardsigmoid': return of((x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)), -2.5, 2.5);
    case 'softplus': return of(softplus);
    case 'softsign': return of((x) => x / (1 + Math.abs(x)), -END / (1 - END), END / (1 - END));
    case 'swish': case 'silu': return of((x) => x * sigmoid(x));
    case 'mish': return of((x) => x * Math.tanh(softplus(x)));
    case 'gelu': return of((x) => 0.5 * x * (1 + erf(x / Math.SQRT2)));
    case 'gelunew': return of((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))));
    case 'softmax': case 'logsoftmax': case 'prelu': return of(null);
    default: return null;
  }
}
