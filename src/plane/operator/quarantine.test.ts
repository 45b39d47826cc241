import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { textOf, utf8 } from '#base/bytes';
import { parseProofFile, provesInclusion } from '#engines/merkle';
import type { LeafKind } from '#plane/ledger';
import { incidentsFrom } from './incident.ts';
import type { Operator } from './operator.ts';
import { DORA, GITA, inForce, OLGA, OTTO, startTestOperators } from './testoperator.ts';
import type { OperatorSetup, TestOperators } from './testoperator.ts';

let operators: TestOperators;
before(async () => {
  operators = await startTestOperators();
});
after(() => operators.stop());

const CANARY = 'canary-ada@example.org';
const DAY_MS = 86_400_000;

/** Keeps texts and gives their ids, the first kept first. */
async function keep(operator: Operator, texts: readonly string[]): Promise<readonly string[]> {
  for (const text of texts)
    operator.quarantine.keep({ channel: 'collector', code: 'bad-value', content: utf8(text) });
  await operator.quarantine.tend();
  const items = await operator.quarantine.list({ channel: null, before: null, limit: 500 });
  return items.toSorted((left, right) => left.leaf - right.leaf).map(({ id }) => id);
}

async function leavesOf({ ledger }: OperatorSetup, ...kinds: readonly LeafKind[]) {
  return ledger.read({ from: 0, kinds, limit: 1_000 });
}

test('keep seals an item: neither the database nor the ledger holds what it was', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another();
  await keep(operator, [CANARY]);
  const { rows } = await setup.database.pool.query(
    `select encode(sealed, 'escape') as sealed, q::text as row from operator.quarantined q`,
  );
  assert.equal(rows.length, 1);
  assert.ok(!JSON.stringify(rows).includes(CANARY));
  const leaves = await leavesOf(setup, 'quarantine-kept');
  assert.equal(leaves.length, 1);
  assert.ok(!JSON.stringify(leaves).includes(CANARY));
});

test('reveal shows nothing without a grant for that very channel, to nobody, and each try is a leaf', async () => {
  const setup = await operators.setUp();
  let opened = 0;
  const sealer = {
    ...setup.sealer,
    open: (...given: Parameters<OperatorSetup['sealer']['open']>) => {
      opened += 1;
      return setup.sealer.open(...given);
    },
  };
  const operator = await setup.another({ sealer });
  const items = await keep(operator, [CANARY]);
  const reveal = (by = OLGA, grant: string | null = null) =>
    operator.quarantine.reveal({ items, grant }, by);
  await assert.rejects(reveal(), { code: 'denied' });
  const foreign = await inForce(operator, { scope: ['gateway'] });
  await assert.rejects(reveal(), { code: 'denied' });
  await assert.rejects(reveal(OLGA, foreign), { code: 'denied' });
  const watching = await inForce(operator, { capability: 'observe', scope: null });
  await assert.rejects(reveal(OLGA, watching), { code: 'denied' });
  const grant = await inForce(operator);
  await assert.rejects(reveal(OTTO, grant), { code: 'denied' });
  await assert.rejects(reveal(GITA, grant), { code: 'denied' });
  await assert.rejects(reveal({ ...OLGA, permissions: [] }, grant), { code: 'denied' });
  assert.equal(opened, 0);
  assert.equal((await leavesOf(setup, 'grant-denied')).length, 7);
  assert.equal((await leavesOf(setup, 'quarantine-revealed')).length, 0);
  const [shown] = await reveal(OLGA, grant);
  assert.equal(textOf(shown?.content ?? new Uint8Array()), CANARY);
  assert.equal(opened, 1);
});

test('reveal opens an item only when a checkpoint covers the leaf about it', async () => {
  const setup = await operators.setUp();
  const covered: number[] = [];
  const sealer = {
    ...setup.sealer,
    open: (...given: Parameters<OperatorSetup['sealer']['open']>) => {
      covered.push(setup.log.newest()?.size ?? 0);
      return setup.sealer.open(...given);
    },
  };
  const operator = await setup.another({ sealer });
  const items = await keep(operator, ['one', 'two', 'three']);
  await inForce(operator);
  await operator.quarantine.reveal({ items, grant: null }, OLGA);
  const leaves = await leavesOf(setup, 'quarantine-revealed');
  assert.equal(leaves.length, 3);
  assert.equal(covered.length, 3);
  for (const size of covered) assert.ok(size > (leaves.at(-1)?.index ?? 0));
});

test('a plane that dies between leaf and showing has said more than it showed, never less', async () => {
  const setup = await operators.setUp();
  let reached: () => void = () => undefined;
  const opening = new Promise<void>((resolve) => (reached = resolve));
  const sealer = {
    ...setup.sealer,
    open: () => {
      reached();
      return new Promise<never>(() => undefined);
    },
  };
  const dying = await setup.another({ sealer });
  const items = await keep(dying, [CANARY]);
  const grant = await inForce(dying);
  void dying.quarantine.reveal({ items, grant }, OLGA);
  await opening;
  // As the next process finds it: counted, told, an incident.
  const next = await setup.another();
  assert.equal((await next.grants.find(grant)).grant.rowsUsed, 1);
  assert.equal((await leavesOf(setup, 'quarantine-revealed')).length, 1);
  assert.deepEqual(
    (await next.incidents.list()).map(({ items: seen }) => seen.map(({ item }) => item)),
    [items],
  );
});

test('many reveals at once show no item more than the grant allows', async () => {
  const setup = await operators.setUp();
  const both = [await setup.another(), await setup.another()];
  const [one = assert.fail(), two = assert.fail()] = both;
  const items = await keep(
    one,
    Array.from({ length: 8 }, (_, i) => `row ${i}`),
  );
  await inForce(one, { rowsMax: 3 });
  const tries = await Promise.allSettled(
    items.map((item, i) =>
      (i % 2 === 0 ? one : two).quarantine.reveal({ items: [item], grant: null }, OLGA),
    ),
  );
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 3);
  assert.equal((await leavesOf(setup, 'quarantine-revealed')).length, 3);
});

test('reveal refuses an envelope that was put in the place of another', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another();
  const [first = '', second = ''] = await keep(operator, ['first', 'second']);
  const { pool } = setup.database;
  await pool.query(
    `update operator.quarantined q set sealed = o.sealed, digest = o.digest from operator.quarantined o where q.id = $1 and o.id = $2`,
    [first, second],
  );
  await inForce(operator);
  await assert.rejects(operator.quarantine.reveal({ items: [first], grant: null }, OLGA), {
    code: 'corrupt',
  });
});

test('what is too much or too long is cut, dropped and counted', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another({ quarantine: { bytesMax: 100_000, keepDays: 30 } });
  const long = new Uint8Array(70_000).fill(120);
  operator.quarantine.keep({ channel: 'gateway', code: '22P02', content: long });
  operator.quarantine.keep({ channel: 'gateway', code: 'no code: a text', content: long });
  await operator.quarantine.tend();
  for (let i = 0; i < 70; i++)
    operator.quarantine.keep({ channel: 'collector', code: 'other', content: utf8('x') });
  await operator.quarantine.tend();
  const items = await operator.quarantine.list({ channel: null, before: null, limit: 500 });
  assert.equal(items.length, 61);
  assert.deepEqual(
    items
      .filter(({ channel }) => channel === 'gateway')
      .map(({ bytes, cut, code }) => [bytes, cut, code]),
    [[65_536, true, '22P02']],
  );
  const dropped = await leavesOf(setup, 'quarantine-dropped');
  assert.deepEqual(
    dropped.map(({ leaf }) => leaf.kind === 'quarantine-dropped' && [leaf.channel, leaf.items]),
    [
      ['gateway', 1],
      ['collector', 10],
    ],
  );
});

test('old items go by themselves, others when the customer says so, and both are leaves', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another();
  const [old = '', other = ''] = await keep(operator, ['old', 'other']);
  await operator.quarantine.discard([other], DORA);
  await assert.rejects(operator.quarantine.discard([old, other], DORA), { code: 'not-found' });
  setup.time.wallMs += 31 * DAY_MS;
  assert.deepEqual(await keep(operator, []), []);
  const removed = await leavesOf(setup, 'quarantine-removed');
  assert.deepEqual(
    removed.map(({ leaf }) => leaf.kind === 'quarantine-removed' && [leaf.items, leaf.why]),
    [
      [1, 'discarded'],
      [1, 'age'],
    ],
  );
});

test('break-glass end to end: an incident with the very items, its trail, and proofs that hold', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another();
  const items = await keep(operator, [CANARY, 'second', 'never shown']);
  const quiet = await inForce(operator);
  await operator.grants.decide(quiet, 'close', OLGA);
  const grant = await inForce(operator);
  const [first = '', second = ''] = items;
  await operator.quarantine.reveal({ items: [first, second], grant }, OLGA);
  await operator.quarantine.reveal({ items: [first], grant }, OLGA);
  await assert.rejects(operator.quarantine.reveal({ items, grant }, OLGA), { code: 'limit' });
  await operator.grants.decide(grant, 'revoke', GITA);
  await operator.grants.review(grant, { verdict: 'in-order', note: 'as agreed' }, DORA);

  const incident = await operator.incidents.prove(grant);
  assert.equal(incident.state, 'reviewed');
  assert.equal(incident.operator, OLGA.id);
  assert.deepEqual(
    incident.items.map(({ item, shown }) => [item, shown.length]),
    [
      [first, 2],
      [second, 1],
    ],
  );
  assert.deepEqual(
    incident.trail.map(({ leaf }) => leaf.kind),
    [
      'grant-requested',
      'grant-approved',
      'grant-approved',
      'grant-activated',
      'quarantine-revealed',
      'quarantine-revealed',
      'quarantine-revealed',
      'grant-denied',
      'grant-ended',
      'grant-reviewed',
    ],
  );
  assert.ok(!JSON.stringify(incident).includes(CANARY));
  const covered = setup.log.newest() ?? assert.fail();
  const hashes = new Map(incident.trail.map(({ index, leafHash }) => [index, leafHash]));
  assert.equal(incident.proofs.length, incident.trail.length + incident.items.length);
  for (const { index, proof } of incident.proofs) {
    const parsed = parseProofFile(proof);
    assert.equal(parsed.index, index);
    const leafHash = hashes.get(index);
    if (leafHash === undefined) continue;
    const leaf = new Uint8Array(Buffer.from(leafHash, 'hex'));
    assert.ok(provesInclusion(parsed.hashes, { ...covered, index, leaf }));
  }
  // Nothing was shown under the other grant: it is no incident.
  assert.deepEqual(
    (await operator.incidents.list()).map((one) => one.grant),
    [grant],
  );
  await assert.rejects(operator.incidents.find(quiet), { code: 'not-found' });
});

test('incidentsFrom gives the same for the same leaves, whoever asks and whatever lies between', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another();
  const items = await keep(operator, ['one', 'two']);
  for (const item of items) {
    await inForce(operator);
    await operator.quarantine.reveal({ items: [item], grant: null }, OLGA);
  }
  const all = await setup.ledger.read({ from: 0, limit: 1_000 });
  const ours = all.filter(({ leaf }) => 'grant' in leaf);
  assert.ok(ours.length < all.length);
  assert.deepEqual(incidentsFrom(all), incidentsFrom(ours));
  assert.deepEqual(incidentsFrom(all).toReversed(), await operator.incidents.list());
});
