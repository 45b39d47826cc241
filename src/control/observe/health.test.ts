import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestOffice } from '../../../test/control/office.ts';
import { testResult } from '../../../test/observe/fact.ts';
import { openObserveStand } from '../../../test/observe/stand.ts';
import type { ObserveStand } from '../../../test/observe/stand.ts';
import { healthOf, keepHealth, overall, scoresOf } from './health.ts';
import { noteUsage, usageOf, usageOfSource } from './usage.ts';

let stand: ObserveStand;
let office: TestOffice;

before(async () => {
  stand = await openObserveStand();
  ({ office } = stand);
});
after(() => stand.close());

test('scoresOf weighs checks by severity, and what is not watched has no score', () => {
  const scores = scoresOf([
    { dimension: 'completeness', severity: 'critical', ok: true },
    { dimension: 'completeness', severity: 'normal', ok: false },
    { dimension: 'uniqueness', severity: 'low', ok: true },
  ]);
  assert.deepEqual([scores.completeness, scores.uniqueness, scores.validity], [80, 100, null]);
  assert.equal(overall(scores), 90);
  assert.equal(overall(scoresOf([])), null);
});

test('healthOf covers registered tables and those only a collector knows', async () => {
  const table = { database: 'demo', schema: 'clinic', name: 'patients' };
  const results = [
    testResult({ test: 'p1', table, status: 'pass', column: 'id', atMs: office.clock() }),
    testResult({ test: 'p2', table, status: 'fail', column: 'email', atMs: office.clock() }),
    testResult({ test: 'x1', status: 'pass', atMs: office.clock(), owners: ['olga.owner'] }),
  ];
  await stand.take({ kind: 'test-results', results });
  const health = await healthOf(office.pool, office.clock());
  assert.deepEqual(
    health.tables.map(({ place, score, failing }) => [place, score, failing]),
    [
      ['demo.clinic.patients', 50, 1],
      ['demo.clinic.visits', null, 0],
      ['demo.public.orders', 100, 0],
    ],
  );
  assert.deepEqual(
    [health.coverage.tables, health.coverage.watched, health.coverage.columnsTested],
    [3, 2, 2],
  );
  await keepHealth(office.pool, office.clock());
  await keepHealth(office.pool, office.clock());
  const { trend } = await healthOf(office.pool, office.clock());
  assert.deepEqual(trend, [{ day: '2026-11-21', score: 75 }]);
});

test('usage counts who read what, what was refused, what it cost, and what nobody used', async () => {
  const { rows } = await office.pool.query<{ id: `src_${string}`; name: string }>(
    'select id, name from catalog.source order by name',
  );
  const patients = rows.find(({ name }) => name === 'patients')?.id ?? 'src_';
  const subject = `sub_${'7'.repeat(26)}` as const;
  const decision = (number: number, effect: 'allow' | 'deny', ms: number) =>
    ({
      format: 'privet-fact/v1',
      kind: 'decision',
      plane: 'main',
      number,
      timeMs: office.clock(),
      subject,
      project: null,
      purpose: null,
      door: 'gateway',
      mode: 'hardened',
      effect,
      bundleSerial: 1,
      sources: [
        {
          source: patients,
          decision: 'dec_00000000',
          effect: 'allow',
          filtered: false,
          columns: [
            { name: 'id', show: 'clear' },
            { name: 'email', show: 'mask' },
            { name: 'ssn', show: 'hidden' },
          ],
        },
      ],
      rows: 10,
      durationMicros: ms * 1_000,
      fingerprint: '0123456789abcdef',
    }) as const;
  await office.does(async (work) => {
    await noteUsage(work, decision(1, 'allow', 5));
    await noteUsage(work, decision(2, 'allow', 1_500));
    await noteUsage(work, decision(3, 'deny', 1));
  });
  const asked = { nowMs: office.clock(), days: 7, limit: 10 };
  const usage = await usageOf(office.pool, asked);
  const [source] = usage.sources;
  assert.deepEqual(
    [source?.source, source?.statements, source?.refused, source?.people, source?.rows],
    ['demo.clinic.patients', 3, 1, 1, 30],
  );
  assert.deepEqual(
    [usage.shapes[0]?.statements, usage.shapes[0]?.slowestMs, usage.shapes[0]?.sources],
    [2, 1_500, ['demo.clinic.patients']],
  );
  const { columns, people } = await usageOfSource(office.pool, patients, asked);
  assert.deepEqual(
    columns.slice(0, 4).map((one) => [one.column, one.statements, one.masked]),
    [
      ['id', 2, 0],
      ['full_name', 0, 0],
      ['email', 2, 2],
      ['ssn', 0, 0],
    ],
  );
  assert.deepEqual([people[0]?.subject, people[0]?.statements], [subject, 3]);
  office.clock.advance(10 * 86_400_000);
  const later = await usageOf(office.pool, { ...asked, nowMs: office.clock() });
  assert.deepEqual(
    later.unused.map((one) => [one.source, one.lastAt === null]),
    [
      ['demo.clinic.visits', true],
      ['demo.clinic.patients', false],
    ],
  );
});
