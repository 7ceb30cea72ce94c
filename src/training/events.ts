import type {RunFinding} from './rules.js';
import type {RunEpoch} from './record.js';

/** `step`: the optimiser has taken a step, and its numbers are in. */
export class RunStepEvent extends Event {
  /** From 0. */
  readonly step: number;
  /** NaN too where it was not seen: see `lossSeen`. */
  readonly loss: number;
  /** False where gradients were applied without `minimize`. */
  readonly lossSeen: boolean;
  /** Whether gradients, weights and updates were measured, beyond their being finite. */
  readonly measured: boolean;

  constructor(step: number, loss: number, lossSeen: boolean, measured: boolean) {
    super('step');
    this.step = step;
    this.loss = loss;
    this.lossSeen = lossSeen;
    this.measured = measured;
  }
}

/** `epoch`: an epoch of `fit` or `fitDataset` has ended, validation included. */
export class RunEpochEvent extends Event {
  readonly epoch: RunEpoch;

  constructor(epoch: RunEpoch) {
    super('epoch');
    this.epoch = epoch;
  }
}

/** `anomaly`: a rule has fired for the first time for its weight or layer. */
export class RunAnomalyEvent extends Event {
  readonly finding: RunFinding;

  constructor(finding: RunFinding) {
    super('anomaly');
    this.finding = finding;
  }
}

/** `end`: `fit` or `fitDataset` has ended, or failed, or the watch was stopped; all numbers up to then are in. */
export class RunEndEvent extends Event {
  readonly reason: 'fit' | 'error' | 'stop';
  /** Steps taken so far. */
  readonly steps: number;

  constructor(reason: RunEndEvent['reason'], steps: number) {
    super('end');
    this.reason = reason;
    this.steps = steps;
  }
}

/** The events of a run. */
export interface RunEventMap {
  step: RunStepEvent;
  epoch: RunEpochEvent;
  anomaly: RunAnomalyEvent;
  end: RunEndEvent;
}
