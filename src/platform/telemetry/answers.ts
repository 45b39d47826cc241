import { Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Log } from './log.ts';

/** What an HTTPS server says of each answer; `route` is a pattern, never an address with its values. */
export type Answer = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly error: unknown;
};

/** From a lookup in memory to a long poll. */
const BUCKETS_SECONDS = [0.002, 0.01, 0.05, 0.25, 1, 5, 30];

/** Logs and counts every answer: failures of ours as errors with their cause, everything else as information. */
export function recordAnswers(log: Log, registry: Registry): (answer: Answer) => void {
  const seconds = new Histogram({
    name: 'privet_http_answer_seconds',
    help: 'Time from a request to its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  return (answer) => {
    const { method, route, status, durationMs, requestId, error } = answer;
    seconds.observe({ method, route, status }, durationMs / 1000);
    const fields = { method, route, status, durationMs, requestId };
    if (error === undefined) log.debug('request answered', fields);
    else if (status >= 500) log.error('request failed', { ...fields, error });
    else log.info('request refused', { ...fields, error });
  };
}
