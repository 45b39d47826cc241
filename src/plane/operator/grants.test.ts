import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LeafKind } from '#plane/ledger';
import type { Operator } from './operator.ts';
import type { WantedUse } from './grants.ts';
import {
  ALAN,
  DORA,
  GITA,
  inForce,
  NOW_MS,
  OLGA,
  OTTO,
  startTestOperators,
  wish,
} from './testoperator.ts';
import type { OperatorSetup, TestOperators } from './testoperator.ts';

const HOUR_MS = 3_600_000;
const KINDS: readonly LeafKind[] = [
  'grant-requested',
  'grant-approved',
  'grant-activated',
  'grant-ended',
  'grant-reviewed',
  'grant-denied',
  'operator-acted',
];

let operators: TestOperators;
before(async () => {
  operators = await startTestOperators();
});
after(() => operators.stop());

const using = (changes: Partial<WantedUse> = {}): WantedUse => ({
  capability: 'break-glass',
  things: ['collector'],
  rows: 1,
  grant: null,
  operation: 'test',
  ...changes,
});

/** Uses a grant for nothing but a leaf. */
function useOnce({ grants }: Operator, { ledger }: OperatorSetup, wanted = using()) {
  return grants.use(wanted, OLGA, async (tx, under) => {
    const leaf = await ledger.append(tx, { kind: 'operator-acted', ...under, operation: 'test' });
    return { leaf: leaf.index, value: leaf.index };
  });
}

async function kindsIn({ ledger }: OperatorSetup): Promise<readonly string[]> {
  const leaves = await ledger.read({ from: 0, kinds: KINDS, limit: 1_000 });
  return leaves.map(({ leaf }) => (leaf.kind === 'grant-ended' ? leaf.how : leaf.kind));
}

test('each step of a grant is a leaf, in the order in which it happened', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another();
  const id = await inForce(operator);
  await useOnce(operator, setup);
  await operator.grants.decide(id, 'close', OLGA);
  await operator.grants.review(id, { verdict: 'in-order', note: null }, GITA);
  assert.deepEqual(await kindsIn(setup), [
    'grant-requested',
    'grant-approved',
    'grant-approved',
    'grant-activated',
    'operator-acted',
    'closed',
    'grant-reviewed',
  ]);
});

test('nobody approves for themselves, as another operator, or as an auditor, and each try is a leaf', async () => {
  const setup = await operators.setUp();
  const { grants } = await setup.another();
  const { grant } = await grants.request(wish(), OLGA);
  const promoted = { ...OLGA, permissions: ['governor'] as const };
  for (const by of [OLGA, promoted, OTTO, ALAN])
    await assert.rejects(grants.decide(grant.id, 'approve', by), { code: 'denied' });
  await grants.decide(grant.id, 'approve', GITA);
  await assert.rejects(grants.decide(grant.id, 'approve', GITA), { code: 'conflict' });
  assert.equal((await grants.find(grant.id)).grant.stage.kind, 'requested');
  const kinds = await kindsIn(setup);
  assert.equal(kinds.filter((kind) => kind === 'grant-denied').length, 5);
  assert.equal(kinds.filter((kind) => kind === 'grant-activated').length, 0);
});

test('two approvals at the same moment put a grant in force once', async () => {
  const setup = await operators.setUp();
  const [one, two] = [await setup.another(), await setup.another()];
  const { grant } = await one.grants.request(wish(), OLGA);
  await Promise.all([
    one.grants.decide(grant.id, 'approve', GITA),
    two.grants.decide(grant.id, 'approve', DORA),
  ]);
  const kinds = await kindsIn(setup);
  assert.equal(kinds.filter((kind) => kind === 'grant-activated').length, 1);
  await assert.rejects(two.grants.decide(grant.id, 'approve', DORA), { code: 'conflict' });
});

test('many uses at once, from two processes, get no row more than the grant allows', async () => {
  const setup = await operators.setUp();
  const both = [await setup.another(), await setup.another()];
  await inForce(both[0] ?? assert.fail());
  const tries = await Promise.allSettled(
    Array.from({ length: 16 }, (_, i) => useOnce(both[i % 2] ?? assert.fail(), setup)),
  );
  const refused = tries.filter(({ status }) => status === 'rejected');
  assert.equal(tries.length - refused.length, 5);
  for (const one of refused) assert.equal('reason' in one && one.reason.code, 'limit');
  const kinds = await kindsIn(setup);
  assert.equal(kinds.filter((kind) => kind === 'operator-acted').length, 5);
  assert.equal(kinds.filter((kind) => kind === 'grant-denied').length, 11);
});

test('a grant expires by itself, a request lapses, and both are leaves though nobody calls', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another();
  await operator.grants.request(wish(), OLGA);
  const id = await inForce(operator);
  setup.time.wallMs += HOUR_MS;
  await assert.rejects(useOnce(operator, setup, using({ grant: id })), { code: 'expired' });
  setup.time.wallMs += 24 * HOUR_MS;
  await operator.grants.sweep();
  await operator.grants.sweep();
  const kinds = await kindsIn(setup);
  assert.deepEqual(
    kinds.filter((kind) => ['expired', 'lapsed', 'grant-denied'].includes(kind)),
    ['expired', 'grant-denied', 'lapsed'],
  );
});

test('a clock that is set back prolongs nothing, not even for a plane that is started again', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another();
  const id = await inForce(operator);
  setup.time.wallMs += HOUR_MS - 10;
  setup.time.steadyMs += HOUR_MS - 10;
  await useOnce(operator, setup);
  setup.time.wallMs = NOW_MS - 7 * HOUR_MS;
  setup.time.steadyMs += 20;
  await assert.rejects(useOnce(operator, setup, using({ grant: id })), { code: 'expired' });
  const another = await inForce(operator);
  setup.time.steadyMs += HOUR_MS / 2;
  await operator.grants.sweep();
  // Started again: the steady clock begins anew, the machine's is still wrong.
  setup.time.steadyMs = 0;
  const again = await setup.another();
  await again.grants.sweep();
  setup.time.steadyMs += HOUR_MS / 2;
  await assert.rejects(useOnce(again, setup, using({ grant: another })), { code: 'expired' });
});

test('revoking ends a grant for every process at once', async () => {
  const setup = await operators.setUp();
  const [one, two] = [await setup.another(), await setup.another()];
  const id = await inForce(one);
  await useOnce(two, setup);
  await one.grants.decide(id, 'revoke', GITA);
  await assert.rejects(useOnce(two, setup, using({ grant: id })), { code: 'denied' });
  await assert.rejects(useOnce(two, setup), { code: 'denied' });
});

test('use shows nothing when its work fails or no checkpoint covers it', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another({
    log: { ...setup.log, covered: () => Promise.reject(new Error('no witness')) },
  });
  const id = await inForce(operator);
  await assert.rejects(useOnce(operator, setup));
  const failing = operator.grants.use(using(), OLGA, () => Promise.reject(new Error('broken')));
  await assert.rejects(failing);
  // The one that was written down counts, though nothing was shown; the one that was undone does not.
  assert.equal((await operator.grants.find(id)).grant.rowsUsed, 1);
});

test('an emergency is off unless it is switched on, and the next waits for a review', async () => {
  const setup = await operators.setUp();
  await assert.rejects((await setup.another()).grants.request(wish({ emergency: true }), OLGA), {
    code: 'denied',
  });
  const { grants } = await setup.another({ emergency: true });
  await assert.rejects(
    grants.request(wish({ capability: 'observe', scope: null, emergency: true }), OLGA),
    {
      code: 'invalid',
    },
  );
  const { grant } = await grants.request(wish({ emergency: true }), OLGA);
  assert.equal(grant.stage.kind, 'active');
  await assert.rejects(grants.request(wish({ emergency: true }), OLGA), { code: 'denied' });
  await grants.decide(grant.id, 'close', OLGA);
  await assert.rejects(grants.request(wish({ emergency: true }), OLGA), { code: 'denied' });
  await grants.review(grant.id, { verdict: 'objection', note: 'not an emergency' }, GITA);
  assert.equal((await grants.request(wish({ emergency: true }), OLGA)).grant.stage.kind, 'active');
});

test('request refuses what there is not, more than may be, and more than a few at once', async () => {
  const setup = await operators.setUp();
  const { grants } = await setup.another();
  for (const changes of [
    { capability: 'root' },
    { reason: 'because' },
    { ticket: ' ' },
    { scope: ['patients'] },
    { scope: [] },
    { rowsMax: 10_001 },
    { minutes: 481 },
  ])
    await assert.rejects(grants.request(wish(changes), OLGA), { code: 'invalid' });
  const all = await Promise.allSettled(
    Array.from({ length: 12 }, () => grants.request(wish(), OLGA)),
  );
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 10);
});
