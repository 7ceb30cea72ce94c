/** What watching may cost, as a share of the time that training takes. */
const SHARE = 0.03;
/** Where seeing whether all is finite costs nearly that already, so much is left for measuring: tiny models get by. */
const LEAST = 0.01;
/** Steps measured in a row when the loss has leapt, and the steps between two such times. */
const [ALERT, ALERT_EVERY] = [10, 500];

/** When to measure, so that watching stays cheap. Times are of the main thread, in milliseconds. */
export interface Budget {
  readonly every: 'auto' | number;
  /** Time saved up for measuring. */
  credit: number;
  /** What measuring a step has cost last. */
  price: number;
  /** Spent on watching, and on training without it. */
  own: number;
  trained: number;
  alertUntil: number;
  alertedAt: number;
  /** Whether a step has been measured. */
  warm: boolean;
}

export const newBudget = (every: 'auto' | number): Budget => ({every, credit: 0, price: 0, own: 0, trained: 0, alertUntil: -1, alertedAt: -Infinity, warm: false});

/** Whether a step, counted from 0, is to be measured. */
export const isDue = (budget: Budget, step: number): boolean => (budget.every === 'auto' ? budget.credit >= 0 || step < budget.alertUntil : step % budget.every === 0);

/** Keeps account of one step: what seeing that all is finite, measuring (0 where it was not done) and training took. */
export function spend(budget: Budget, watching: number, measuring: number, training: number): void {
  budget.own += watching + measuring;
  budget.trained += training;
  // the first time code and shaders are compiled, once and for all: nothing that later steps have to save up for
  const charged = budget.warm ? measuring : 0;
  budget.warm ||= measuring > 0;
  if (charged) budget.price = charged;
  const room = Math.max(SHARE * training - watching, LEAST * training);
  budget.credit = Math.min(budget.credit + room - charged, budget.price);
}

/** Has the next steps measured, whatever it costs; not too often. */
export function alertAt(budget: Budget, step: number): void {
  if (step - budget.alertedAt < ALERT_EVERY) return;
  budget.alertedAt = step;
  budget.alertUntil = step + ALERT;
}
