import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { newId } from '#base/ids';
import { problemFrom } from '#base/problem';
import type { Bundle } from '#boundary';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import { openCollector } from '#plane/collector';
import { openLedger } from '#plane/ledger';
import type { Caller } from './guard.ts';
import { applyMonitors } from './monitorreach.ts';
import type { Room } from './route.ts';

const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes));
const clock = Date.now;
const nowhere = () => Promise.reject(new Error('nothing is connected to'));

const source = (name: string, owners: readonly string[]) => {
  const id = newId('src', { nowMs: 0, random });
  const rest = { state: 'active', tags: [], description: '', columns: [] } as const;
  return { id, system: 'hospital', schema: 'clinic', name, owners, ...rest };
};
const bundle = {
  sources: [source('patient', ['olga']), source('staff', ['somebody-else'])],
} as unknown as Bundle;

function caller(name: string, permission: string): Caller {
  const subject = { id: newId('sub', { nowMs: 0, random }), name, permissions: [permission] };
  return { subject: subject as unknown as Caller['subject'], bundle };
}

test('words of a monitor over a source are for its owners; an operator watches it without any', async (t) => {
  const cluster = await startTestCluster();
  t.after(() => cluster.stop());
  const { pool } = await cluster.createDatabase();
  await migrate(pool, new URL('../migrations/', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'privet-reach-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const ledger = await openLedger({ pool, plane: 'main', clock, headFile: join(folder, 'head') });
  t.after(() => ledger.close());
  const collector = await openCollector({
    pool,
    ledger,
    border: { wake: () => undefined, current: () => ({ kind: 'none' }), store: async () => 0 },
    egress: { connect: nowhere, rules: { lend: nowhere } as never },
    sealer: { seal: async (_, plain) => plain, open: async (sealed) => sealed },
    sources: { list: async () => [] },
    digest: async (texts) => texts.map(() => '0'.repeat(64)),
    clock,
    random,
    sampleRowsMax: 5,
    duckdbDirectory: folder,
    jobsAtOnce: 1,
    onFault: assert.fail,
  });
  t.after(() => collector.stop());
  const path = join(folder, 'hospital.duckdb');
  (await DuckDBInstance.create(path)).closeSync();
  const operator = caller('oskar', 'operator');
  const keeper = caller('klara', 'data-owner');
  const owner = caller('olga', 'operator');
  const nothing = {
    connection: null,
    password: null,
    authorities: null,
    results: null,
    reader: null,
  };
  await collector.warehouses.register(
    { name: 'hospital', path, elementary: false, ...nothing },
    { kind: 'subject', id: operator.subject.id },
  );
  const apply = (by: Caller, changes: object) => {
    const head = { apiVersion: 'privet/v1', kind: 'Monitor', name: 'm', warehouse: 'hospital' };
    const documents = [{ ...head, table: 'clinic.patient', ...changes }];
    const room = { collector, ledger } as unknown as Room;
    return applyMonitors(room, by, { documents, prune: false, requestId: 'req_1' });
  };
  const refused = (by: Caller, changes: object) =>
    assert.rejects(
      apply(by, changes),
      (thrown) => problemFrom(thrown).code === 'denied',
      JSON.stringify(changes),
    );
  await apply(operator, { tests: [{ not_null: 'ssn' }, { unique: 'ssn' }] });
  const words: readonly object[] = [
    { where: "ssn = '078-05-1120'" },
    { tests: [{ expression: "ssn <> '078-05-1120'" }] },
    { tests: [{ not_null: 'ssn', where: 'age > 90' }] },
    { tests: [{ accepted_values: { column: 'ssn', values: ['078-05-1120'] } }] },
    { tests: [{ json_schema: { column: 'ssn', schema: { const: '078-05-1120' } } }] },
    { tests: [{ custom_sql: 'select * from clinic.patient' }] },
    { metrics: [{ custom: 'eldest', sql: 'max(age)' }] },
  ];
  for (const changes of words) {
    await refused(operator, changes);
    await refused(keeper, changes);
    await apply(owner, changes);
  }
  const leaves = await ledger.read({ kinds: ['access-refused'], limit: 100 });
  assert.equal(leaves.length, 2 * words.length);
  // What an owner wrote stays in force when an operator applies the same again beside something else.
  assert.deepEqual((await apply(operator, words.at(-1) ?? {})).unchanged, ['m']);
  // Words over another's table, or that cannot be followed, are not for the owner of this one.
  for (const custom_sql of [
    'select * from clinic.patient p join clinic.staff s using (ssn)',
    'select * from patient',
    "select * from read_csv('/etc/passwd')",
    'select most_common_vals from pg_stats',
  ]) {
    await refused(owner, { tests: [{ custom_sql }] });
  }
  await refused(owner, { where: 'id in (select id from clinic.staff)' });
  // What nobody owns is any data owner's.
  const nobodys = { table: 'clinic.staging', where: 'id > 7' };
  await refused(owner, nobodys);
  await apply(keeper, nobodys);
});
