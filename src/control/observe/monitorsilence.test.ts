import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { FactOf } from '#boundary';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';
import { head, ORDERS } from '../../../test/observe/fact.ts';
import { takeFact } from '../../../test/observe/take.ts';
import { listIncidents } from './incidentstate.ts';
import { notePresence, watchSilence } from './monitorsilence.ts';

const MINUTE_MS = 60_000;
let office: TestOffice;
let number = 0;

before(async () => {
  office = await openTestOffice();
});
after(() => office.close());
beforeEach(async () => {
  await office.pool.query(
    'truncate observe.incident, observe.signal, observe.monitor, observe.run, observe.presence, observe.warehouse cascade',
  );
});

const take = (fact: object) => takeFact(office, { ...head(++number, office.clock()), ...fact });

const monitor = (state: 'active' | 'paused' | 'removed') =>
  take({
    kind: 'monitors',
    monitors: [
      {
        name: 'orders',
        table: ORDERS,
        state,
        schedule: '15 * * * *',
        checks: [],
        metrics: 1,
        severity: 'critical',
        owners: ['sales-data'],
        tags: [],
      },
    ],
  });

const warehouse = (state: 'ok' | 'down') =>
  take({
    kind: 'warehouse-state',
    system: null,
    engine: 'postgresql',
    state,
    fault: null,
    mode: 'push',
  });

async function ran(): Promise<void> {
  const startedMs = office.clock();
  const id = String(++number).padStart(26, '0');
  await take({
    kind: 'run-result',
    run: `run_${id}`,
    origin: 'monitor',
    command: 'collect',
    status: 'success',
    fault: null,
    project: 'orders',
    target: null,
    environment: null,
    job: null,
    orchestrator: null,
    adapter: null,
    toolVersion: null,
    fullRefresh: null,
    startedMs,
    completedMs: startedMs + 1_000,
    commit: null,
    user: null,
    counts: { total: 0, succeeded: 0, warned: 0, failed: 0, skipped: 0 },
  });
}

type Passing = { readonly hours: number; readonly runs?: boolean; readonly heard?: boolean };

/** Lets time pass: a heartbeat and a look every five minutes, a run at a quarter past each hour. */
async function pass({ hours, runs = false, heard = true }: Passing): Promise<void> {
  for (let minute = 0; minute < hours * 60; minute += 5) {
    office.clock.advance(5 * MINUTE_MS);
    if (runs && new Date(office.clock()).getUTCMinutes() === 15) await ran();
    const beat = head(++number, office.clock()) as unknown as FactOf<'heartbeat'>;
    if (heard) await office.does((work) => notePresence(work, beat));
    await watchSilence(office);
  }
}

const open = () => listIncidents(office.pool, { state: 'unresolved', limit: 10 });

test('a monitor of which nothing is heard where something was due opens an incident, its next run clears it', async () => {
  await warehouse('ok');
  await monitor('active');
  await pass({ hours: 3, runs: true });
  assert.deepEqual(await open(), []);
  await pass({ hours: 1 });
  assert.deepEqual(await open(), [], 'late, but not by a whole hour');
  await pass({ hours: 1 });
  const [incident] = await open();
  assert.deepEqual(
    [incident?.kind, incident?.check, incident?.severity, incident?.owners],
    ['freshness', 'monitor_orders', 'critical', ['sales-data']],
  );
  await pass({ hours: 1, runs: true });
  assert.deepEqual(await open(), []);
});

test('a monitor that never ran is silent, too', async () => {
  await monitor('active');
  await pass({ hours: 2.5 });
  assert.equal((await open()).length, 1);
  await monitor('removed');
  await pass({ hours: 0.5 });
  assert.deepEqual(await open(), [], 'nobody waits for what is removed');
});

test('a pause, and the time after it, are no silence', async () => {
  await monitor('active');
  await pass({ hours: 2, runs: true });
  await monitor('paused');
  await pass({ hours: 12 });
  await monitor('active');
  await pass({ hours: 1 });
  assert.deepEqual(await open(), []);
  await pass({ hours: 1.5 });
  assert.equal((await open()).length, 1, 'but what is silent after it is');
});

test('a plane that is away, or comes back, is no silence of its monitors; nor is control that was away', async () => {
  await monitor('active');
  await pass({ hours: 2, runs: true });
  await pass({ hours: 9, heard: false });
  assert.deepEqual(await open(), []);
  await pass({ hours: 1 });
  assert.deepEqual(await open(), [], 'what was missed is made up for in its own time');
  await pass({ hours: 1, runs: true });
  assert.deepEqual(await open(), []);
});

test('a warehouse that is down is told as that, and its monitors have time when it is back', async () => {
  await warehouse('ok');
  await monitor('active');
  await pass({ hours: 2, runs: true });
  await warehouse('down');
  await pass({ hours: 5 });
  assert.deepEqual(
    (await open()).map(({ check }) => check),
    ['warehouse_reachable'],
  );
  await warehouse('ok');
  await pass({ hours: 1 });
  assert.deepEqual(await open(), []);
});
