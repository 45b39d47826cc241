import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import type { Permission } from '#boundary';
import type { LeafBody } from '#plane/ledger';
import type { Capability, Reason } from './capability.ts';
import { LAPSE_MS } from './limits.ts';

export type EndedHow = Extract<LeafBody, { kind: 'grant-ended' }>['how'];
export type Verdict = Extract<LeafBody, { kind: 'grant-reviewed' }>['verdict'];

/** What was asked for: nothing of it ever changes. Moments are by the clock of grants. */
export type Ask = {
  readonly id: Id<'grt'>;
  readonly operator: Id<'sub'>;
  readonly capability: Capability;
  readonly reason: Reason;
  readonly ticket: string;
  /** Views, operations or channels of the quarantine, by name; nothing beside them. */
  readonly scope: readonly string[];
  readonly rowsMax: number;
  readonly durationMs: number;
  readonly approvalsNeeded: number;
  /** In force without anybody's approval, and looked over afterwards. */
  readonly emergency: boolean;
  readonly requestedAtMs: number;
};

export type Force = { readonly fromMs: number; readonly notAfterMs: number };
export type Ending = { readonly how: EndedHow; readonly atMs: number };

/** Where a grant is on its way; it only goes forward. */
export type Stage =
  | { readonly kind: 'requested' }
  | ({ readonly kind: 'active' } & Force)
  | { readonly kind: 'ended' | 'reviewed'; readonly force: Force | null; readonly end: Ending };

/** A grant as it stands: what was asked, who agreed, how far it is, what was used of it. */
export type Grant = Ask & {
  readonly approvers: readonly Id<'sub'>[];
  readonly stage: Stage;
  readonly rowsUsed: number;
  readonly itemsUsed: number;
};

/** Who acts on a grant, with what the bundle in force says of them. */
export type Hand = {
  readonly id: Id<'sub'>;
  readonly kind: 'person' | 'service';
  readonly permissions: readonly Permission[];
};

export type GrantEvent =
  | { readonly kind: 'approve'; readonly by: Hand; readonly standing: Standing }
  | { readonly kind: 'refuse' | 'withdraw' | 'revoke' | 'close'; readonly by: Hand }
  | { readonly kind: 'review'; readonly by: Hand }
  | ({ readonly kind: 'use'; readonly by: Hand } & Use);

/** What is known of a person now; undefined for whoever is known no more, or not active. */
export type Standing = (id: Id<'sub'>) => Hand | undefined;

/** What is done under a grant: one of the things its scope names, and how many rows come of it. */
export type Use = {
  readonly capability: Capability;
  readonly things: readonly string[];
  readonly rows: number;
};

/** The permissions of the customer that decide on grants. */
const DECIDERS: readonly Permission[] = ['governor', 'data-owner'];

/** A new grant: requested, or in force at once when it is for an emergency. */
export function requestGrant(ask: Ask): Grant {
  const { requestedAtMs: fromMs, durationMs, emergency } = ask;
  const stage: Stage = emergency
    ? { kind: 'active', fromMs, notAfterMs: fromMs + durationMs }
    : { kind: 'requested' };
  return { ...ask, approvers: [], stage, rowsUsed: 0, itemsUsed: 0 };
}

/** The grant as time alone has made it by that moment: unanswered requests lapse, what was in force expires. */
export function settle(grant: Grant, nowMs: number): Grant {
  const { stage } = grant;
  if (stage.kind === 'requested' && nowMs >= grant.requestedAtMs + LAPSE_MS)
    return ended(grant, { how: 'lapsed', atMs: nowMs });
  if (stage.kind === 'active' && nowMs >= stage.notAfterMs)
    return ended(grant, { how: 'expired', atMs: nowMs });
  return grant;
}

/**
 * The grant after the event, at a moment not before any it has seen. Throws `denied` for who may not, `conflict` for what
 * does not follow from where it stands, `expired` once its time is over, `limit` for more rows than it allows.
 */
export function advance(before: Grant, event: GrantEvent, nowMs: number): Grant {
  const grant = settle(before, nowMs);
  switch (event.kind) {
    case 'approve':
      requireDecider(grant, event.by);
      requireRequested(grant);
      return approved(grant, event, nowMs);
    case 'refuse':
      requireDecider(grant, event.by);
      requireRequested(grant);
      return ended(grant, { how: 'refused', atMs: nowMs });
    case 'withdraw':
      requireOwn(grant, event.by);
      requireRequested(grant);
      return ended(grant, { how: 'withdrawn', atMs: nowMs });
    case 'revoke':
      requireDecider(grant, event.by);
      forceOf(grant);
      return ended(grant, { how: 'revoked', atMs: nowMs });
    case 'close':
      requireOwn(grant, event.by);
      forceOf(grant);
      return ended(grant, { how: 'closed', atMs: nowMs });
    case 'review':
      requireDecider(grant, event.by);
      return reviewed(grant);
    case 'use':
      return used(grant, event);
  }
  throw new Problem('internal', 'grant event expected one of its kinds');
}

function approved(
  grant: Grant,
  { by, standing }: { readonly by: Hand; readonly standing: Standing },
  nowMs: number,
): Grant {
  if (grant.approvers.includes(by.id)) throw conflict('you approved this request already');
  const approvers = [...grant.approvers, by.id];
  // Whoever may not decide any more has not agreed to what begins now.
  const counted = [...approversNow(grant, standing), by.id];
  if (counted.length < grant.approvalsNeeded) return { ...grant, approvers };
  const stage = { kind: 'active', fromMs: nowMs, notAfterMs: nowMs + grant.durationMs } as const;
  return { ...grant, approvers, stage };
}

/** Those who approved earlier and may still decide. */
export function approversNow(grant: Grant, standing: Standing): readonly Id<'sub'>[] {
  return grant.approvers.filter((id) => {
    const hand = standing(id);
    return hand !== undefined && whyNotDecide(grant, hand) === null;
  });
}

function reviewed(grant: Grant): Grant {
  const { stage } = grant;
  if (stage.kind !== 'ended' || stage.force === null)
    throw conflict(`only a grant that was in force and ended is reviewed; it is ${stage.kind}`);
  return { ...grant, stage: { ...stage, kind: 'reviewed' } };
}

function used(grant: Grant, { by, capability, things, rows }: { by: Hand } & Use): Grant {
  requireOwn(grant, by);
  if (!by.permissions.includes('operator'))
    throw new Problem('denied', 'this needs permission `operator`');
  forceOf(grant);
  if (grant.capability !== capability)
    throw new Problem('denied', `the grant is for ${grant.capability}, not for ${capability}`);
  const beyond = things.find((thing) => !grant.scope.includes(thing));
  if (beyond !== undefined)
    throw new Problem('denied', `the grant does not name \`${beyond}\``, {
      hint: `it names ${grant.scope.join(', ')}: what is beyond needs another grant`,
    });
  const rowsUsed = grant.rowsUsed + rows;
  if (rowsUsed > grant.rowsMax) {
    throw new Problem(
      'limit',
      `the grant allows ${grant.rowsMax} rows, ${grant.rowsMax - grant.rowsUsed} are left`,
      { hint: 'ask for fewer, or ask for another grant' },
    );
  }
  return { ...grant, rowsUsed, itemsUsed: grant.itemsUsed + 1 };
}

function ended(grant: Grant, end: Ending): Grant {
  const { stage } = grant;
  const force =
    stage.kind === 'active' ? { fromMs: stage.fromMs, notAfterMs: stage.notAfterMs } : null;
  return { ...grant, stage: { kind: 'ended', force, end } };
}

function requireDecider(grant: Grant, hand: Hand): void {
  const problem = whyNotDecide(grant, hand);
  if (problem !== null) throw problem;
}

/** Who decides is a person of the customer, and nobody who could use what is decided on; null for one of them. */
function whyNotDecide(grant: Grant, { id, kind, permissions }: Hand): Problem | null {
  if (id === grant.operator)
    return new Problem('denied', 'nobody decides on what they asked for themselves');
  if (kind !== 'person')
    return new Problem('denied', 'people decide on grants, not service accounts');
  if (permissions.includes('operator'))
    return new Problem('denied', 'nobody with permission `operator` decides on grants', {
      hint: 'a person of the customer does, with permission `governor` or `data-owner`',
    });
  if (DECIDERS.some((one) => permissions.includes(one))) return null;
  return new Problem('denied', 'this needs permission `governor` or `data-owner`');
}

function requireOwn(grant: Grant, { id }: Hand): void {
  if (id !== grant.operator) throw new Problem('denied', 'the grant is somebody else’s');
}

function requireRequested({ stage }: Grant): void {
  if (stage.kind !== 'requested')
    throw conflict(`the request is not open any more: ${saidOf(stage)}`);
}

/** From when to when the grant is in force; throws when it is not. */
function forceOf({ stage }: Grant): Force {
  if (stage.kind === 'active') return stage;
  if (stage.kind === 'requested')
    throw new Problem('denied', 'the grant is not approved yet', {
      hint: 'a person with permission `governor` or `data-owner` does: `privet grant approve`',
    });
  const code = stage.end.how === 'expired' ? 'expired' : 'denied';
  throw new Problem(code, `the grant is not in force: ${saidOf(stage)}`, {
    hint: 'grants are never prolonged: ask for a new one with `privet grant request`',
  });
}

function saidOf(stage: Stage): string {
  return stage.kind === 'requested' || stage.kind === 'active' ? stage.kind : stage.end.how;
}

function conflict(message: string): Problem {
  return new Problem('conflict', message, { hint: '`privet grant show` tells how it stands' });
}
