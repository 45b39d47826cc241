import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '#base/problem';
import type { Permission } from '#boundary';
import { OPERATOR_ACTS, ROUTES } from './mod.ts';
import { requireGrant } from './undergrant.ts';

type Wanted = Parameters<typeof requireGrant>[1];

/** The operations for which a caller with these permissions has to use a grant, refused or not. */
async function asked(permissions: readonly Permission[], standing: boolean) {
  const operations: string[] = [];
  const act = async (operation: string) => {
    operations.push(operation);
    throw new Problem('denied', 'no grant');
  };
  const caller = { subject: { id: `sub_${'0'.repeat(26)}`, permissions } };
  const call = { room: { operator: { standing, grants: { act } } }, caller, requestId: 'req_1' };
  for (const route of ROUTES) {
    const before = operations.length;
    const outcome = await requireGrant(route, call as unknown as Wanted).then(
      () => 'let through',
      (thrown: unknown) => thrown instanceof Problem && thrown.code,
    );
    // Who is refused a grant is refused the act.
    assert.equal(outcome, operations.length > before ? 'denied' : 'let through');
  }
  return operations;
}

test('an operator needs a grant for every act where nobody has standing access, and for none where they have', async () => {
  assert.deepEqual(await asked(['operator'], false), OPERATOR_ACTS);
  assert.ok(OPERATOR_ACTS.includes('rollKeys'));
  assert.ok(!OPERATOR_ACTS.some((name) => /Grant|Ops|Quarantine/u.test(name)));
  assert.deepEqual(await asked(['operator'], true), []);
});

test('who may act by another permission needs no grant for it', async () => {
  const left = await asked(['operator', 'data-owner'], false);
  assert.ok(left.includes('rollKeys'));
  assert.ok(!left.includes('registerSystem'));
});
