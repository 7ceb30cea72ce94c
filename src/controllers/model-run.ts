import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {findOutput, liveModel, type LiveModel, outputsOf} from '../tensor/model-ports.js';
import {type LastActivation, lastActivation} from '../tensor/last-activation.js';
import {type Artifacts, borrowModel, type Borrowed} from '../tensor/load-model.js';
import {type Prediction, predict} from '../tensor/predict.js';
import {unwrap} from '../tensor/read-tensor.js';
import type {OpenOptions} from '../tensor/read-source.js';
import {findTf, type Tf} from '../tensor/tf.js';
import {type FittedInput, fitInput, type Taken} from './model-input.js';

/** What is to be run, and on what. */
export interface RunRequest {
  /** A live model, `tf.io.ModelArtifacts`, or the address of a `model.json`. */
  readonly model: object | string;
  readonly input: Taken;
  /** `output`, `input-range` and `input-resize` of the element. */
  readonly output?: string | number | null;
  readonly range?: string | null;
  readonly resize?: string | null;
  readonly batchSize?: number;
}

/**
 * How to load and run; progress is told in bytes while a model is loaded, then in examples, with the ms that are left
 * (`null`: not known yet).
 */
export interface RunOptions extends Omit<OpenOptions, 'onProgress'> {
  readonly onProgress?: (loaded: number, total: number, msLeft?: number | null) => void;
}

export interface RunResult {
  readonly prediction: Prediction;
  /** What its values are. */
  readonly activation: LastActivation;
  /** What went in. */
  readonly inputs: readonly FittedInput[];
  /** The names of all outputs, and which of them it is. */
  readonly outputs: readonly string[];
  readonly output: number;
}

/**
 * Runs models for an element. A model that was loaded for it stays as long as the element asks for the same one and stands
 * in a page; elements with the same address share it.
 */
export class ModelRun implements ReactiveController {
  #held: Borrowed | null = null;
  #connected = false;

  constructor(host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#connected = true;
  }

  hostDisconnected(): void {
    this.#connected = false;
    this.release();
  }

  /** Gives back a model that was loaded. What runs on it now ends first. */
  release(): void {
    this.#held?.release();
    this.#held = null;
  }

  /** Runs a model on an input. @returns rejects with a Problem, or with the signal's reason */
  run({model: of, input, output, range, resize, batchSize}: RunRequest, options: RunOptions = {}): Promise<RunResult> {
    const {signal, onProgress} = options;
    return this.use(of, options, async (tf, model) => {
      const inputs = await fitInput(input, model, {range, resize, signal});
      const values = Object.fromEntries(inputs.map((fitted) => [fitted.name, fitted.values]));
      const index = findOutput(model, output);
      const prediction = await predict(model, values, {tf, output: index, batchSize, signal, onProgress});
      signal?.throwIfAborted();
      return {prediction, activation: lastActivation(model, index), inputs, outputs: outputsOf(model).map(({name}) => name), output: index};
    });
  }

  /** Does something with a model that is ready to run, and keeps it until that has ended. */
  async use<T>(of: object | string, options: RunOptions, work: (tf: Tf, model: LiveModel) => Promise<T>): Promise<T> {
    const tf = await findTf();
    options.signal?.throwIfAborted();
    const target = typeof of === 'string' ? of : unwrap(of);
    if (typeof target === 'object' && !('weightSpecs' in target)) {
      this.release();
      return work(tf, liveModel(target));
    }
    const mine = await borrowModel(tf, target as string | Artifacts, options);
    try {
      if (this.#connected && this.#held?.model !== mine.model) {
        this.release();
        this.#held = mine.share();
      }
      return await work(tf, mine.model);
    } finally {
      mine.release();
    }
  }
}
