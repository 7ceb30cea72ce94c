export {RunAnomalyEvent, RunEndEvent, RunEpochEvent, type RunEventMap, RunStepEvent} from './training/events.js';
export {type NonFiniteSpan, type ProbedLayer, readRecord, readRecordSteps, type RunData, type RunEpoch, type RunMetric, type RunRecord, type RunSnapshot, type RunWeight} from './training/record.js';
export type {ProbeInput} from './training/probe.js';
export {type OddOrigin, RULE_DEFAULTS, type RuleThresholds, type RunFinding, type RunRule, type Said, sayFinding} from './training/rules.js';
export type {Run} from './training/run.js';
export {watch, type WatchOptions} from './training/watch.js';
