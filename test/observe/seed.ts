import type { TestApi } from '../control/apiserver.ts';
import type { TestOffice } from '../control/office.ts';
import { digest, pointOf, RUN, seriesOf, testResult } from './fact.ts';

const DAY_MS = 86_400_000;
const PATIENTS = { database: 'demo', schema: 'clinic', name: 'patients' };
const VISITS = { database: 'demo', schema: 'clinic', name: 'visits' };
const REGIONS = { database: 'demo', schema: 'reports', name: 'visits_by_region' };

/** Lets plane `main` report a bad morning of the clinic `seedPlane` made: a failing test, a missing load, lineage, a dashboard. */
export async function seedObserved(office: TestOffice, api: TestApi, token: string): Promise<void> {
  const now = office.clock();
  const bodies: readonly object[] = [
    {
      kind: 'warehouse-state',
      system: null,
      engine: 'postgresql',
      state: 'ok',
      fault: null,
      mode: 'push',
    },
    { kind: 'dbt-nodes', ...NODES },
    { kind: 'lineage', relations: lineage(), removed: [] },
    { kind: 'test-results', results: results(now) },
    {
      kind: 'metric-series',
      series: [seriesOf('visits', { table: VISITS }), seriesOf('patients', { table: PATIENTS })],
    },
    { kind: 'metric-points', run: RUN, points: points(now) },
    { kind: 'run-result', ...run(now) },
    {
      kind: 'schema-changes',
      changes: [
        {
          change: digest('change'),
          table: VISITS,
          column: 'room',
          what: 'column-added',
          before: null,
          after: 'text',
          against: 'last',
          run: null,
          atMs: now - DAY_MS,
        },
      ],
    },
  ];
  const facts = bodies.map((body, i) => ({
    format: 'privet-fact/v1',
    plane: 'main',
    number: 100 + i,
    timeMs: now,
    warehouse: 'demo',
    ...body,
  }));
  const call = { method: 'POST', path: '/planes/main/facts', body: { facts } } as const;
  const { status, body } = await api.ask(token, call);
  if (status !== 200) throw new Error(`the facts were answered with ${JSON.stringify(body)}`);
}

const NODES = {
  project: 'clinic',
  origin: 'dbt',
  revision: 1,
  removed: [],
  tests: [],
  removedTests: [],
  present: [
    {
      node: 'exposure.clinic.waiting_room',
      resource: 'exposure',
      name: 'waiting_room',
      package: 'clinic',
      table: null,
      materialized: null,
      access: null,
      group: null,
      owners: ['olga.owner'],
      tags: [],
      description: '',
      dependsOn: ['model.clinic.visits_by_region'],
      columns: [],
      exposure: { type: 'dashboard', maturity: 'high' },
      freshness: null,
      rows: null,
      bytes: null,
    },
    {
      node: 'model.clinic.visits_by_region',
      resource: 'model',
      name: 'visits_by_region',
      package: 'clinic',
      table: REGIONS,
      materialized: 'table',
      access: null,
      group: null,
      owners: ['olga.owner'],
      tags: [],
      description: '',
      dependsOn: [],
      columns: [],
      exposure: null,
      freshness: null,
      rows: 12,
      bytes: null,
    },
  ],
};

function lineage() {
  return [
    {
      table: REGIONS,
      origin: 'dbt',
      node: 'model.clinic.visits_by_region',
      tables: [PATIENTS, VISITS],
      completeness: 'full',
      columns: [
        { name: 'region', from: [{ table: PATIENTS, column: 'region' }] },
        { name: 'last_visit', from: [{ table: VISITS, column: 'seen_at' }] },
      ],
    },
  ];
}

function results(now: number) {
  const days = Array.from({ length: 12 }, (_, i) => now - (11 - i) * DAY_MS);
  return days.flatMap((atMs, i) => {
    const last = i === days.length - 1;
    return [
      testResult({
        test: 'unique',
        check: 'unique',
        dimension: 'uniqueness',
        table: PATIENTS,
        column: 'email',
        status: last || i === 4 ? 'fail' : 'pass',
        failures: last ? 3 : 0,
        atMs,
      }),
      testResult({ test: 'not_null', table: PATIENTS, column: 'id', atMs }),
      testResult({
        test: 'relationships',
        check: 'relationships',
        dimension: 'consistency',
        table: VISITS,
        column: 'patient_id',
        atMs,
      }),
    ];
  });
}

function points(now: number) {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return Array.from({ length: 60 }, (_, i) => today - (59 - i) * DAY_MS).flatMap((atMs, i) => [
    pointOf('visits', atMs, i === 59 ? 0 : 480 + ((i * 7_919) % 41)),
    pointOf('patients', atMs, 10_000 + i * 12 + ((i * 31) % 7)),
  ]);
}

function run(now: number) {
  return {
    run: RUN,
    origin: 'monitor',
    command: 'collect',
    status: 'success',
    fault: null,
    project: null,
    target: null,
    environment: null,
    job: 'clinic',
    orchestrator: null,
    adapter: null,
    toolVersion: null,
    fullRefresh: null,
    startedMs: now - 120_000,
    completedMs: now - 60_000,
    commit: null,
    user: null,
    counts: { total: 5, succeeded: 4, warned: 0, failed: 1, skipped: 0 },
  };
}
