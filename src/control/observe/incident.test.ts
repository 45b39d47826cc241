import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createSubject } from '#control/identity';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';
import { head, ORDERS, testResult } from '../../../test/observe/fact.ts';
import type { TestResult } from '../../../test/observe/fact.ts';
import { takeFact } from '../../../test/observe/take.ts';
import { acknowledge, assign, findIncident, listIncidents, resolve } from './incidentstate.ts';

let office: TestOffice;
let number = 0;

before(async () => {
  office = await openTestOffice();
  await office.does((work) => createSubject(work, { name: 'olga.owner', kind: 'person' }));
});
after(() => office.close());
beforeEach(async () => {
  office.clock.advance(48 * 3_600_000);
  await office.pool.query('truncate observe.incident, observe.signal, observe.test cascade');
});

const take = (fact: object) => takeFact(office, { ...head(++number, office.clock()), ...fact });

async function results(...given: readonly TestResult[]): Promise<void> {
  await take({ kind: 'test-results', results: given });
}

async function open() {
  return listIncidents(office.pool, { state: 'unresolved', limit: 10 });
}

test('a failing test opens one incident for its table, others join it, the last to pass resolves it', async () => {
  const at = office.clock();
  await results(
    testResult({ test: 'a', status: 'fail', failures: 3, atMs: at }),
    testResult({ test: 'b', status: 'warn', severity: 'high', atMs: at }),
    testResult({ test: 'c', status: 'pass', atMs: at }),
  );
  const [incident, ...more] = await open();
  assert.equal(more.length, 0);
  assert.equal(incident?.place, 'shop.public.orders');
  assert.deepEqual(
    [incident?.severity, incident?.failing, incident?.check, incident?.state],
    ['high', 2, 'a', 'open'],
  );
  await results(testResult({ test: 'a', atMs: at + 1 }));
  assert.equal((await open())[0]?.failing, 1);
  await results(testResult({ test: 'b', atMs: at + 1 }));
  assert.equal((await open()).length, 0);
  const { state, resolvedByItself, events } = await findIncident(office.pool, incident?.id ?? '');
  assert.deepEqual([state, resolvedByItself], ['resolved', true]);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['opened', 'joined', 'cleared', 'cleared', 'resolved'],
  );
});

test('the same result twice, and an older one that comes late, change nothing', async () => {
  const at = office.clock();
  const fail = testResult({ test: 'a', status: 'fail', atMs: at });
  await results(fail);
  await results(fail);
  await results(testResult({ test: 'a', status: 'pass', atMs: at - 1_000 }));
  const [incident] = await open();
  assert.equal(incident?.failing, 1);
  assert.equal((await findIncident(office.pool, incident?.id ?? '')).events.length, 1);
  const { rows } = await office.pool.query('select count(*)::int as n from observe.test_result');
  assert.equal(rows[0]?.n >= 2, true);
});

test('skipped tests, and ones that were always well, open nothing', async () => {
  await results(
    testResult({ test: 'a', status: 'skipped', atMs: office.clock() }),
    testResult({ test: 'b', status: 'pass', atMs: office.clock() }),
  );
  assert.equal((await open()).length, 0);
});

test('a plane whose clock is ahead does not silence what comes after', async () => {
  const ahead = office.clock() + 30 * 86_400_000;
  await results(testResult({ test: 'a', status: 'fail', atMs: ahead }));
  assert.equal((await open()).length, 1);
  office.clock.advance(600_000);
  await results(testResult({ test: 'a', status: 'pass', atMs: office.clock() }));
  assert.equal((await open()).length, 0);
});

test('what fails again within hours is the same incident, what fails days later another', async () => {
  const step = async (status: 'fail' | 'pass', hours: number) => {
    office.clock.advance(hours * 3_600_000);
    await results(testResult({ test: 'a', status, atMs: office.clock() }));
  };
  await step('fail', 0);
  const [first] = await open();
  await step('pass', 1);
  await step('fail', 1);
  assert.equal((await open())[0]?.id, first?.id);
  await step('pass', 1);
  await step('fail', 24);
  assert.notEqual((await open())[0]?.id, first?.id);
});

test('people acknowledge, assign and resolve; what they resolved too early opens anew', async () => {
  await results(testResult({ test: 'a', status: 'fail', atMs: office.clock() }));
  const id = (await open())[0]?.id ?? '';
  await office.does((work) => acknowledge(work, id, 'on it'));
  await office.does((work) => assign(work, id, 'olga.owner'));
  const held = await findIncident(office.pool, id);
  assert.deepEqual(
    [held.state, held.acknowledgedBy, held.assignee],
    ['acknowledged', 'test', 'olga.owner'],
  );
  await office.does((work) => resolve(work, id, 'known gap of the vendor'));
  await assert.rejects(
    office.does((work) => acknowledge(work, id, '')),
    { code: 'conflict' },
  );
  office.clock.advance(1_000);
  await results(testResult({ test: 'a', status: 'fail', atMs: office.clock() }));
  assert.notEqual((await open())[0]?.id, id);
  const { rows } = await office.pool.query(
    `select count(*)::int as acts from identity.act where action = 'incident-changed'`,
  );
  assert.equal(rows[0]?.acts, 3);
});

test('a test that is removed, or whose table is gone, holds no incident open', async () => {
  await results(testResult({ test: 'a', status: 'fail', atMs: office.clock() }));
  const removed = { test: 'a', status: 'fail' } as const;
  const { test: digest } = testResult(removed);
  await take({
    kind: 'dbt-nodes',
    project: 'shop',
    origin: 'dbt',
    revision: number + 1,
    present: [],
    removed: [],
    tests: [],
    removedTests: [digest],
  });
  assert.equal((await open()).length, 0);
  await results(testResult({ test: 'b', status: 'fail', atMs: office.clock() }));
  await take({ kind: 'coverage', tables: [], removed: [ORDERS] });
  assert.equal((await open()).length, 0);
});

test('a role that reaches too far, and a warehouse that is down, open incidents of the warehouse', async () => {
  const reach = {
    kind: 'role-reach',
    role: 'privet_reader',
    use: 'read',
    digest: testResult({ test: 'x' }).test,
    beyond: [{ kind: 'relation', name: 'public.salaries', privilege: 'SELECT' }],
    total: 1,
  };
  await take({ ...reach, state: 'drifted' });
  const [incident] = await open();
  assert.deepEqual(
    [incident?.place, incident?.severity, incident?.kind],
    ['shop', 'critical', 'grants'],
  );
  office.clock.advance(1_000);
  await take({ ...reach, state: 'narrow', beyond: [], total: 0 });
  assert.equal((await open()).length, 0);
  const state = { kind: 'warehouse-state', system: null, engine: 'postgresql', mode: 'push' };
  await take({ ...state, state: 'down', fault: 'unreachable' });
  assert.equal((await open())[0]?.check, 'warehouse_reachable');
  office.clock.advance(1_000);
  await take({ ...state, state: 'ok', fault: null });
  assert.equal((await open()).length, 0);
});
