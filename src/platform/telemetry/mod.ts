/**
 * What a process says about itself: structured logs whose fields are an allow-list, metrics for Prometheus, named health
 * checks, and the real clock and randomness that programs hand to parts that must not reach for them.
 */
export { recordAnswers } from './answers.ts';
export { systemClock, systemId, systemRandom } from './entropy.ts';
export { createHealth } from './health.ts';
export type { Health } from './health.ts';
export { createLog, silentLog } from './log.ts';
export type { Log, LogFields } from './log.ts';
export { Counter, Gauge, Histogram, Registry } from './metrics.ts';
export { certificateGauge, createMetrics } from './metrics.ts';
