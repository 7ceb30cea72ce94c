/** A layer of a layers model, as its `model.json` describes it. */
export interface LayerConfig {
  /** Names joined by `/` through nested models. */
  readonly address: string;
  readonly name: string;
  /** Its class; of a wrapper, the wrapped layer's. */
  readonly type: string;
  readonly activation?: string | undefined;
  readonly trainable?: boolean | undefined;
  /** All of its config. */
  readonly config?: unknown;
  /** Which of the model's own layers it is, or lies in. */
  readonly top: number;
}

type Json = Readonly<Record<string, unknown>>;
const object = (x: unknown): Json | undefined => (typeof x === 'object' && x !== null && !Array.isArray(x) ? (x as Json) : undefined);
const text = (x: unknown): string | undefined => (typeof x === 'string' ? x : undefined);

/** An activation's name out of a config: a string, or `{class_name}` in newer files. */
export function activationName(x: unknown): string | undefined {
  const name = text(x) ?? text(object(x)?.class_name) ?? text(object(object(x)?.config)?.name);
  return name === 'linear' ? undefined : name?.toLowerCase();
}

/** What a layer's config says of its activation; layers that are one say it by their class. */
function activationOf(type: string, config: Json): string | undefined {
  const own: Readonly<Record<string, string>> = {ReLU: 'relu', LeakyReLU: 'leaky relu', PReLU: 'prelu', ELU: 'elu', Softmax: 'softmax', ThresholdedReLU: 'thresholded relu'};
  return activationName(config.activation) ?? (Object.hasOwn(own, type) ? own[type] : undefined);
}

/**
 * The layers that can hold weights, in the model's order, those of nested models in their place.
 * @param topology `modelTopology` of a layers model, Keras or TensorFlow.js, with or without its `model_config`
 */
export function layersOf(topology: unknown): LayerConfig[] {
  const out: LayerConfig[] = [];
  const walk = (node: Json | undefined, path: readonly string[], top?: number): void => {
    const config = node?.config;
    const list = Array.isArray(config) ? config : object(config)?.layers;
    if (!Array.isArray(list)) return;
    for (const [i, item] of (list as unknown[]).entries()) {
      const layer = object(item);
      const own = object(layer?.config);
      const name = text(own?.name) ?? text(layer?.name) ?? (Array.isArray(layer?.config) ? '' : `layer${out.length}`);
      const here = name ? [...path, name] : path;
      if (Array.isArray(layer?.config) || Array.isArray(own?.layers)) {
        walk(layer, here, top ?? i);
        continue;
      }
      const inner = object(own?.layer);
      const innerConfig = object(inner?.config) ?? {};
      const type = text(inner?.class_name) ?? text(layer?.class_name) ?? '';
      out.push({
        address: here.join('/'),
        name,
        type,
        activation: activationOf(type, inner ? innerConfig : (own ?? {})),
        trainable: typeof own?.trainable === 'boolean' ? own.trainable : undefined,
        config: own,
        top: top ?? i,
      });
    }
  };
  const top = object(topology);
  walk(object(top?.model_config) ?? top, []);
  return out;
}

/** Whether TensorFlow.js has made a topology, and not Keras. */
export const isTfjs = (topology: unknown): boolean => text(object(topology)?.keras_version)?.startsWith('tfjs') ?? false;
