import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * A registry with the process's own numbers. Parts add theirs with `new Counter({ name, help, registers: [registry] })`;
 * names begin with `privet_`, and labels never hold names of people, columns or anything else without a bound.
 */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'privet_' });
  return registry;
}

/** When the certificates of a program's doors end. */
export function certificateGauge(registry: Registry): Gauge<'door'> {
  return new Gauge({
    name: 'privet_certificate_ends_seconds',
    help: 'When the certificate of a door ends, in seconds since 1970.',
    labelNames: ['door'],
    registers: [registry],
  });
}
