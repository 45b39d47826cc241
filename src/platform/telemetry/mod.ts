/**
 * What a process says about itself: structured logs whose fields are an allow-list, metrics for Prometheus, named health
 * checks, and the real clock and randomness that programs hand to parts that must not reach for them.
 */
export { recordAnswers } from './answers.ts';
export type { Answer } from './answers.ts';
export { systemClock, systemId, systemRandom } from './entropy.ts';
export type { Random } from './entropy.ts';
export { createHealth } from './health.ts';
export type { Check, CheckKind, CheckResult, Health, HealthReport } from './health.ts';
export { LOG_FIELDS, LOG_LEVELS, createLog, silentLog } from './log.ts';
export type { Log, LogField, LogFields, LogLevel, LogSettings } from './log.ts';
export { Counter, Gauge, Histogram, Registry, createMetrics } from './metrics.ts';
