import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  array,
  assert as check,
  boolean,
  constant,
  constantFrom,
  integer,
  oneof,
  property,
  record,
  tuple,
} from 'fast-check';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import type { Permission } from '#boundary';
import { advance, requestGrant, settle } from './grant.ts';
import type { Ask, Grant, GrantEvent, Hand, Standing } from './grant.ts';
import { createGrantClock } from './grantclock.ts';
import { LAPSE_MS } from './limits.ts';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const person = (letter: string): Id<'sub'> => `sub_${letter.repeat(26)}`;
const hand = (letter: string, ...permissions: Permission[]): Hand => ({
  id: person(letter),
  kind: 'person',
  permissions,
});

const OLGA = hand('0', 'operator');
const BOTH = hand('1', 'operator', 'governor', 'data-owner');
const GITA = hand('2', 'governor');
const DORA = hand('3', 'data-owner');
const ALAN = hand('4', 'auditor', 'user-admin');
const SELF = hand('0', 'governor');
const ROBOT: Hand = { ...hand('5', 'governor', 'data-owner'), kind: 'service' };
const standing: Standing = (id) => [GITA, DORA].find((one) => one.id === id);
const approve = (by: Hand, known = standing): GrantEvent => {
  return { kind: 'approve', by, standing: known };
};
const PEOPLE = [OLGA, BOTH, GITA, DORA, ALAN, SELF, ROBOT];

function ask(changes: Partial<Ask> = {}): Ask {
  return {
    id: `grt_${'0'.repeat(26)}`,
    operator: OLGA.id,
    capability: 'break-glass',
    reason: 'incident-response',
    ticket: 'OPS-1',
    scope: ['collector', 'gateway'],
    rowsMax: 10,
    durationMs: HOUR_MS,
    approvalsNeeded: 2,
    emergency: false,
    requestedAtMs: NOW_MS,
    ...changes,
  };
}

const use = (rows = 1, things = ['collector'], by = OLGA): GrantEvent => {
  return { kind: 'use', by, capability: 'break-glass', things, rows };
};

function approvedGrant(): Grant {
  const once = advance(requestGrant(ask()), approve(GITA), NOW_MS + 1);
  return advance(once, approve(DORA), NOW_MS + 2);
}

test('advance puts a grant in force with the last approval it needs, and not before', () => {
  const once = advance(requestGrant(ask()), approve(GITA), NOW_MS + 1);
  assert.equal(once.stage.kind, 'requested');
  assert.throws(() => advance(once, use(), NOW_MS + 2), { code: 'denied' });
  const grant = advance(once, approve(DORA), NOW_MS + 3);
  assert.deepEqual(grant.stage, {
    kind: 'active',
    fromMs: NOW_MS + 3,
    notAfterMs: NOW_MS + 3 + HOUR_MS,
  });
});

for (const [who, by] of [
  ['whoever asked, even with other permissions now', SELF],
  ['another operator, whatever else they are', BOTH],
  ['somebody of neither side', ALAN],
  ['a service account', ROBOT],
] as const) {
  test(`advance takes no decision from ${who}`, () => {
    for (const event of [approve(by), { kind: 'refuse', by } as const])
      assert.throws(() => advance(requestGrant(ask()), event, NOW_MS), { code: 'denied' });
    assert.throws(() => advance(approvedGrant(), { kind: 'revoke', by }, NOW_MS + 9), {
      code: 'denied',
    });
  });
}

test('advance counts the same approver once', () => {
  const once = advance(requestGrant(ask()), approve(GITA), NOW_MS);
  assert.throws(() => advance(once, approve(GITA), NOW_MS), { code: 'conflict' });
});

test('advance does not count an approval of somebody who may not decide any more', () => {
  const once = advance(requestGrant(ask()), approve(GITA), NOW_MS);
  const left: Standing = () => undefined;
  const promoted: Standing = (id) => ({
    id,
    kind: 'person',
    permissions: ['governor', 'operator'],
  });
  for (const known of [left, promoted]) {
    const twice = advance(once, approve(DORA, known), NOW_MS);
    assert.equal(twice.stage.kind, 'requested');
    assert.equal(twice.approvers.length, 2);
  }
});

test('advance refuses a use beyond capability, scope, rows, person or permission', () => {
  const grant = approvedGrant();
  const at = NOW_MS + 10;
  const other: GrantEvent = { kind: 'use', by: OLGA, capability: 'observe', things: [], rows: 0 };
  assert.throws(() => advance(grant, other, at), { code: 'denied' });
  assert.throws(() => advance(grant, use(1, ['border-fact']), at), { code: 'denied' });
  assert.throws(() => advance(grant, use(11), at), { code: 'limit' });
  assert.throws(() => advance(grant, use(1, ['collector'], BOTH), at), { code: 'denied' });
  assert.throws(() => advance(grant, use(1, ['collector'], SELF), at), { code: 'denied' });
  assert.equal(advance(advance(grant, use(4), at), use(6), at).rowsUsed, 10);
});

test('a grant of an emergency is in force at once, and reviewed afterwards', () => {
  const grant = requestGrant(ask({ emergency: true, approvalsNeeded: 0 }));
  assert.equal(advance(grant, use(), NOW_MS + 1).rowsUsed, 1);
  assert.throws(() => advance(grant, { kind: 'review', by: GITA }, NOW_MS + 2), {
    code: 'conflict',
  });
  const ended = settle(grant, NOW_MS + HOUR_MS);
  assert.equal(
    advance(ended, { kind: 'review', by: GITA }, NOW_MS + HOUR_MS).stage.kind,
    'reviewed',
  );
});

test('the clock of grants goes on when the machine’s is set back, and never back itself', () => {
  let wall = NOW_MS;
  let steady = 0;
  const clock = createGrantClock(
    () => wall,
    () => steady,
  );
  wall += 1_000;
  steady += 1_000;
  assert.equal(clock.now(), NOW_MS + 1_000);
  wall -= HOUR_MS;
  for (let i = 0; i < 10_000; i++) {
    steady += 0.1;
    clock.now();
  }
  assert.equal(clock.now(), NOW_MS + 2_000);
  clock.hear(NOW_MS + 50_000);
  assert.equal(clock.now(), NOW_MS + 50_000);
  clock.hear(NOW_MS);
  assert.equal(clock.now(), NOW_MS + 50_000);
});

// The model: what a reader of the rules would keep in a few counters, against what `advance` does, for any order of events.

type Model = {
  stage: 'requested' | 'active' | 'ended' | 'reviewed';
  wasInForce: boolean;
  approvers: Set<string>;
  untilMs: number;
  rows: number;
};

const eventArbitrary = oneof(
  record({
    kind: constantFrom('approve', 'refuse', 'withdraw', 'revoke', 'close', 'review'),
    by: constantFrom(...PEOPLE),
    standing: constant(standing),
  }),
  record({
    kind: constant('use' as const),
    by: constantFrom(OLGA, OLGA, OLGA, BOTH, SELF),
    capability: constantFrom('break-glass', 'break-glass', 'observe'),
    things: constantFrom(['collector'], ['gateway', 'collector'], ['vault-bulk']),
    rows: integer({ min: 0, max: 6 }),
  }),
);

test('advance does what the model does, in any order of events and moments', () => {
  check(
    property(
      array(tuple(eventArbitrary, integer({ min: 0, max: HOUR_MS / 2 })), {
        maxLength: 30,
      }),
      boolean(),
      (events, emergency) => {
        const asked = ask({ emergency, approvalsNeeded: emergency ? 0 : 2 });
        let grant = requestGrant(asked);
        let nowMs = NOW_MS;
        const model: Model = {
          stage: emergency ? 'active' : 'requested',
          wasInForce: emergency,
          approvers: new Set(),
          untilMs: emergency ? NOW_MS + HOUR_MS : NOW_MS + LAPSE_MS,
          rows: 0,
        };
        for (const [event, laterMs] of events) {
          nowMs += laterMs;
          const allowed = step(model, event, nowMs);
          const before = grant;
          const after = outcome(() => advance(before, event, nowMs));
          assert.equal(after !== null, allowed, `${event.kind} by ${event.by.id}`);
          grant = after ?? settle(grant, nowMs);
          assert.equal(grant.stage.kind, model.stage);
          assert.equal(grant.rowsUsed, model.rows);
          assert.ok(grant.rowsUsed <= grant.rowsMax);
          // INVARIANT: nothing is in force without its approvals, and nothing past its end.
          if (grant.stage.kind === 'active') {
            assert.ok(emergency || grant.approvers.length === 2);
            assert.ok(nowMs < grant.stage.notAfterMs);
            assert.ok(grant.stage.notAfterMs - grant.stage.fromMs === grant.durationMs);
          }
        }
      },
    ),
  );
});

/** Moves the model on; whether the event is allowed. */
function step(model: Model, event: GrantEvent, nowMs: number): boolean {
  const { stage } = model;
  if ((stage === 'requested' || stage === 'active') && nowMs >= model.untilMs)
    model.stage = 'ended';
  const decides = [GITA, DORA].some(({ id }) => id === event.by.id);
  const own = event.by.id === OLGA.id;
  switch (event.kind) {
    case 'approve':
      if (!decides || model.stage !== 'requested' || model.approvers.has(event.by.id)) return false;
      model.approvers.add(event.by.id);
      if (model.approvers.size < 2) return true;
      model.stage = 'active';
      model.wasInForce = true;
      model.untilMs = nowMs + HOUR_MS;
      return true;
    case 'refuse':
      return end(model, decides && model.stage === 'requested');
    case 'withdraw':
      return end(model, own && model.stage === 'requested');
    case 'revoke':
      return end(model, decides && model.stage === 'active');
    case 'close':
      return end(model, own && model.stage === 'active');
    case 'review':
      if (!decides || model.stage !== 'ended' || !model.wasInForce) return false;
      model.stage = 'reviewed';
      return true;
    case 'use':
      if (!own || !event.by.permissions.includes('operator') || model.stage !== 'active')
        return false;
      if (event.capability !== 'break-glass' || event.things.includes('vault-bulk')) return false;
      if (model.rows + event.rows > 10) return false;
      model.rows += event.rows;
      return true;
  }
  return false;
}

function end(model: Model, allowed: boolean): boolean {
  if (allowed) model.stage = 'ended';
  return allowed;
}

function outcome(work: () => Grant): Grant | null {
  try {
    return work();
  } catch (thrown) {
    assert.ok(thrown instanceof Problem);
    return null;
  }
}
