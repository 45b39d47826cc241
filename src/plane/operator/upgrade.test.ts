import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inForce, OLGA, startTestOperators } from './testoperator.ts';
import type { OperatorSetup, TestOperators } from './testoperator.ts';
import { noteVersion, refuseUpgrade } from './upgrade.ts';

let operators: TestOperators;
before(async () => {
  operators = await startTestOperators();
});
after(() => operators.stop());

const asks = ({ database, time }: OperatorSetup, version: string) =>
  refuseUpgrade(database.pool, { version, nowMs: time.wallMs });

test('another version starts in an upgrade window only, and is an act under its grant', async () => {
  const setup = await operators.setUp();
  const { grants } = await setup.another();
  const note = (version: string) =>
    noteVersion(
      { pool: setup.database.pool, ledger: setup.ledger, grants },
      { version, nowMs: setup.time.wallMs },
    );
  await asks(setup, '1.0.0');
  await note('1.0.0');
  await asks(setup, '1.0.0');
  await assert.rejects(asks(setup, '1.1.0'), { code: 'denied' });
  const id = await inForce({ grants }, { capability: 'upgrade', reason: 'upgrade', scope: null });
  await asks(setup, '1.1.0');
  await note('1.1.0');
  const leaves = await setup.ledger.read({ from: 0, kinds: ['operator-acted'], limit: 10 });
  assert.deepEqual(
    leaves.map(({ leaf }) => leaf.kind === 'operator-acted' && [leaf.grant, leaf.operation]),
    [[id, 'startVersion']],
  );
  // The way back is another version too, and the window may be over.
  await asks(setup, '1.0.0');
  setup.time.wallMs += 3_600_000;
  await assert.rejects(asks(setup, '1.0.0'), { code: 'denied' });
});

test('act counts an act under a grant that names it, and under no other', async () => {
  const setup = await operators.setUp();
  const { grants } = await setup.another();
  await assert.rejects(grants.act('rollKeys', OLGA), { code: 'denied' });
  await inForce({ grants }, { capability: 'operate', scope: ['rollKeys'] });
  await grants.act('rollKeys', OLGA);
  await assert.rejects(grants.act('rewrapKeys', OLGA), { code: 'denied' });
  const leaves = await setup.ledger.read({ from: 0, kinds: ['operator-acted'], limit: 10 });
  assert.equal(leaves.length, 1);
});
