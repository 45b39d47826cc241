/** A view of schema `ops`, and what it tells. The list is closed: an operator sends no SQL. */
export type View = { readonly name: string; readonly doc: string };

export const VIEWS: readonly View[] = [
  { name: 'v1_health', doc: 'the database server: version, size, connections, how long it runs' },
  { name: 'v1_sessions', doc: 'connections by role, program and state' },
  { name: 'v1_tables', doc: 'tables of the plane: rows by estimate, bytes, dead rows' },
  { name: 'v1_migrations', doc: 'migrations that were applied' },
  { name: 'v1_queue', doc: 'jobs by task: waiting, running, failed' },
  { name: 'v1_outbox', doc: 'facts for control: waiting, sent and refused, by kind' },
  { name: 'v1_ledger', doc: 'the ledger: leaves, floor, newest checkpoint' },
  { name: 'v1_acts', doc: 'acts of the last day by kind, with the last of each' },
  { name: 'v1_statements', doc: 'slow statements of the last day, without their literals' },
  { name: 'v1_egress', doc: 'ways out, and what left and was refused in the last day' },
  { name: 'v1_keys', doc: 'data keys by key service' },
  { name: 'v1_systems', doc: 'source systems: mode, version, findings' },
  { name: 'v1_collector', doc: 'warehouses and monitors by state' },
  { name: 'v1_quarantine', doc: 'what was rejected, by channel and code; never what it was' },
  { name: 'v1_grants', doc: 'grants by capability and stage' },
];
