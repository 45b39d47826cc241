import { Counter, Gauge, Histogram, type Registry } from '#platform/telemetry';

/** The gateway's numbers for Prometheus; labels are closed sets. */
export type Meters = {
  readonly connections: Gauge;
  readonly logins: Counter<'outcome'>;
  readonly statements: Counter<'effect'>;
  readonly seconds: Histogram;
  readonly rows: Counter;
  readonly bytes: Counter;
  readonly plannerReplaced: Gauge;
};

/** Registers the gateway's metrics. */
export function createMeters(registry: Registry): Meters {
  const registers = [registry];
  return {
    connections: new Gauge({
      name: 'privet_gateway_connections',
      help: 'Clients logged in at the SQL gateway.',
      registers,
    }),
    logins: new Counter({
      name: 'privet_gateway_logins_total',
      help: 'Log-ins at the SQL gateway by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    statements: new Counter({
      name: 'privet_gateway_statements_total',
      help: 'Statements by effect: allow, failed, cancelled, refused.',
      labelNames: ['effect'],
      registers,
    }),
    seconds: new Histogram({
      name: 'privet_gateway_statement_seconds',
      help: 'Time from sending a statement to the source until its end.',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers,
    }),
    rows: new Counter({
      name: 'privet_gateway_rows_total',
      help: 'Rows sent to clients.',
      registers,
    }),
    bytes: new Counter({
      name: 'privet_gateway_bytes_total',
      help: 'Bytes of rows received from sources.',
      registers,
    }),
    plannerReplaced: new Gauge({
      name: 'privet_gateway_planner_replaced',
      help: 'Planning threads that had to be replaced since the start.',
      registers,
    }),
  };
}
