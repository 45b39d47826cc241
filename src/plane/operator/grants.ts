import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { Problem, problemFrom } from '#base/problem';
import type { Transaction } from '#platform/db';
import type { Ledger, Log } from '#plane/ledger';
import { advance, approversNow, requestGrant } from './grant.ts';
import type { Grant, GrantEvent, Use, Verdict } from './grant.ts';
import { appendLeaf, endedLeaf, headOf, requestedLeaf } from './grantleaf.ts';
import type { LeafHead, Party } from './grantleaf.ts';
import { inTransaction, momentIn, stepGrant, sweepGrant } from './grantstep.ts';
import type { Moved, StepGround } from './grantstep.ts';
import { countOpen, insertApproval, insertGrant, listGrants } from './granttable.ts';
import { liveGrants, saveGrant, unknown } from './granttable.ts';
import type { KeptGrant } from './granttable.ts';
import { GRANTS_OPEN_MAX } from './limits.ts';
import { checkWish } from './wish.ts';
import type { GrantRules, Wish } from './wish.ts';

export type GrantSettings = StepGround & {
  readonly ledger: Pick<Ledger, 'append' | 'write'>;
  readonly log: Pick<Log, 'covered'>;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly rules: GrantRules;
};

export type Decision = 'approve' | 'refuse' | 'withdraw' | 'revoke' | 'close';

/** What whoever writes about a use of a grant says of it. */
export type Under = LeafHead & { readonly activated: number };

export type WantedUse = Use & {
  /** Null for whichever grant of the caller allows it. */
  readonly grant: string | null;
  /** What it is called in the ledger when it is refused. */
  readonly operation: string;
};

/** Does what is done under a grant, in the transaction that counts it; gives the index of the leaf that tells of it. */
export type UseWork<T> = (
  tx: Transaction,
  under: Under,
) => Promise<{ readonly leaf: number; readonly value: T }>;

export type Grants = {
  /** Asks for access. Throws `invalid`, `denied` or `limit`. */
  request(wish: Wish, by: Party): Promise<KeptGrant>;
  /** Moves a grant on; throws what `advance` throws. A refusal is a leaf. */
  decide(id: string, decision: Decision, by: Party): Promise<KeptGrant>;
  review(id: string, found: Found, by: Party): Promise<KeptGrant>;
  /** Throws what `use` would throw now, and does nothing. A refusal is a leaf. */
  may(wanted: WantedUse, by: Party): Promise<void>;
  /**
   * Does something under a grant, counted in the same transaction; resolves when a checkpoint covers the leaf of it. Only
   * then may anything be shown. A refusal is a leaf.
   */
  use<T>(wanted: WantedUse, by: Party, work: UseWork<T>): Promise<T>;
  /** Counts an act under a grant of theirs to operate; resolves when a checkpoint covers the leaf of it. */
  act(operation: string, by: Party): Promise<void>;
  list(): Promise<readonly KeptGrant[]>;
  find(id: string): Promise<KeptGrant>;
  /** Ends what time has ended, each with a leaf, and keeps the clock from being set back while nobody calls. */
  sweep(): Promise<void>;
};

export type Found = { readonly verdict: Verdict; readonly note: string | null };

const ACT = { capability: 'operate', rows: 0, grant: null } as const;

export function openGrants(settings: GrantSettings): Grants {
  const { pool } = settings;
  const refusing =
    (by: Party, grant: string | null, operation: string) =>
    (thrown: unknown): Promise<never> =>
      refuse(settings, thrown, { by, grant, operation });
  return {
    request: (wish, by) => ask(settings, wish, by).catch(refusing(by, null, 'requestGrant')),
    decide: (id, decision, by) =>
      stepGrant(settings, { id, event: eventOf(decision, by) }, (tx, moved) =>
        decision === 'approve'
          ? approve(settings, tx, { moved, by })
          : end(settings, tx, { moved, by }),
      ).catch(refusing(by, id, `${decision}Grant`)),
    review: (id, found, by) =>
      stepGrant(settings, { id, event: { kind: 'review', by } }, async (tx, moved) => {
        const { before, grant, nowMs } = moved;
        const leaf = { kind: 'grant-reviewed', ...headOf(grant, by, nowMs), ...found } as const;
        await appendLeaf(settings.ledger, tx, leaf);
        return saved(tx, { ...before, grant });
      }).catch(refusing(by, id, 'reviewGrant')),
    may: (wanted, by) =>
      may(settings, wanted, by).catch(refusing(by, wanted.grant, wanted.operation)),
    use: (wanted, by, work) =>
      use(settings, { wanted, by }, work).catch(refusing(by, wanted.grant, wanted.operation)),
    act: (operation, by) => {
      const wanted = { ...ACT, things: [operation], operation };
      const work: UseWork<undefined> = async (tx, under) => {
        const leaf = { kind: 'operator-acted', ...under, operation } as const;
        return { leaf: await appendLeaf(settings.ledger, tx, leaf), value: undefined };
      };
      return use(settings, { wanted, by }, work).catch(refusing(by, null, operation));
    },
    list: () => listGrants(pool),
    async find(id) {
      const [kept] = await listGrants(pool, { id });
      if (kept === undefined) throw unknown();
      return kept;
    },
    async sweep() {
      let problem: unknown = null;
      for (const id of await liveGrants(pool)) {
        // One that cannot be ended now must not keep the others in force.
        await sweepGrant(settings, id).catch((thrown: unknown) => (problem ??= thrown));
      }
      if (problem !== null) throw problemFrom(problem);
    },
  };
}

function eventOf(decision: Decision, by: Party): GrantEvent {
  return decision === 'approve'
    ? { kind: decision, by, standing: by.standing }
    : { kind: decision, by };
}

async function saved(tx: Transaction, kept: KeptGrant): Promise<KeptGrant> {
  await saveGrant(tx, kept);
  return kept;
}

async function ask(settings: GrantSettings, wish: Wish, by: Party): Promise<KeptGrant> {
  const { pool, ledger, random, rules } = settings;
  const checked = checkWish(wish, rules);
  return inTransaction(pool, async (tx) => {
    const nowMs = await momentIn(settings, tx);
    const { open, emergencies } = await countOpen(tx, by.id);
    if (open >= GRANTS_OPEN_MAX) throw tooMany();
    if (checked.emergency && emergencies > 0) throw unreviewed();
    const id = newId('grt', { nowMs, random });
    const grant = requestGrant({ ...checked, id, operator: by.id, requestedAtMs: nowMs });
    const requestLeaf = await appendLeaf(ledger, tx, requestedLeaf(grant, by));
    const kept: KeptGrant = { grant, requestLeaf, approvals: [], activatedLeaf: null };
    const activated = await activate(settings, tx, { kept, approvals: [], by, nowMs });
    await insertGrant(tx, activated);
    return activated;
  });
}

type Activation = {
  readonly kept: KeptGrant;
  /** Indices of the approvals it rests on. */
  readonly approvals: readonly number[];
  readonly by: Party;
  readonly nowMs: number;
};

/** Writes that the grant is in force, when it is. */
async function activate(
  { ledger }: GrantSettings,
  tx: Transaction,
  { kept, approvals, by, nowMs }: Activation,
): Promise<KeptGrant> {
  const { grant, requestLeaf: request } = kept;
  if (grant.stage.kind !== 'active') return kept;
  const { notAfterMs } = grant.stage;
  const head = headOf(grant, by, nowMs);
  const leaf = { kind: 'grant-activated', ...head, request, approvals, notAfterMs } as const;
  return { ...kept, activatedLeaf: await appendLeaf(ledger, tx, leaf) };
}

type Step = { readonly moved: Moved; readonly by: Party };

async function approve(
  settings: GrantSettings,
  tx: Transaction,
  { moved, by }: Step,
): Promise<KeptGrant> {
  const { before, grant, nowMs } = moved;
  const head = headOf(grant, by, nowMs);
  const approved = { kind: 'grant-approved', ...head, request: before.requestLeaf } as const;
  const leaf = await appendLeaf(settings.ledger, tx, approved);
  await insertApproval(tx, { grant: grant.id, by: by.id, atMs: nowMs, leaf });
  const counted = approversNow(before.grant, by.standing);
  const approvals = before.approvals.filter((one) => counted.includes(one.by));
  const kept = { ...before, grant, approvals: [...before.approvals, { by: by.id, leaf }] };
  const rests = [...approvals.map((one) => one.leaf), leaf];
  return saved(tx, await activate(settings, tx, { kept, approvals: rests, by, nowMs }));
}

async function end(
  { ledger }: GrantSettings,
  tx: Transaction,
  { moved, by }: Step,
): Promise<KeptGrant> {
  await appendLeaf(ledger, tx, endedLeaf(moved.grant, by));
  return saved(tx, { ...moved.before, grant: moved.grant });
}

async function use<T>(
  settings: GrantSettings,
  { wanted, by }: { readonly wanted: WantedUse; readonly by: Party },
  work: UseWork<T>,
): Promise<T> {
  const id = await allowing(settings, wanted, by);
  const event = { kind: 'use', by, ...wanted } as const;
  const { leaf, value } = await stepGrant(settings, { id, event }, async (tx, moved) => {
    const { before, grant, nowMs } = moved;
    await saveGrant(tx, { ...before, grant });
    // A grant is not used before it is in force, and it is in force by a leaf.
    if (before.activatedLeaf === null) throw new Problem('internal', 'grant expected a leaf');
    return work(tx, { ...headOf(grant, by, nowMs), activated: before.activatedLeaf });
  });
  await settings.log.covered(leaf);
  return value;
}

async function may(settings: GrantSettings, wanted: WantedUse, by: Party): Promise<void> {
  const id = await allowing(settings, wanted, by);
  const [kept] = await listGrants(settings.pool, { id });
  if (kept === undefined) throw unknown();
  advance(kept.grant, { kind: 'use', by, ...wanted }, settings.clock.now());
}

async function allowing({ pool }: GrantSettings, wanted: WantedUse, by: Party): Promise<string> {
  if (wanted.grant !== null) return wanted.grant;
  const allows = ({ stage, capability, scope }: Grant) =>
    stage.kind === 'active' &&
    capability === wanted.capability &&
    wanted.things.every((thing) => scope.includes(thing));
  const mine = await listGrants(pool, { operator: by.id });
  const fitting = mine.find(({ grant }) => allows(grant));
  if (fitting !== undefined) return fitting.grant.id;
  throw new Problem('denied', `no grant of yours for ${wanted.capability} is in force for this`, {
    hint: `ask for one: \`privet grant request ${wanted.capability}\``,
  });
}

type Refused = { readonly by: Party; readonly grant: string | null; readonly operation: string };

/** Writes that something was refused, and passes the refusal on. */
async function refuse(
  { ledger }: GrantSettings,
  thrown: unknown,
  { by, grant, operation }: Refused,
): Promise<never> {
  if (!(thrown instanceof Problem) || thrown.code === 'unavailable') throw thrown;
  const known = grant !== null && thrown.code !== 'not-found';
  await ledger.write({
    kind: 'grant-denied',
    actor: { kind: 'subject', id: by.id },
    session: by.session,
    grant: known ? (grant as Id<'grt'>) : null,
    operation,
    code: thrown.code,
  });
  throw thrown;
}

function tooMany(): Problem {
  return new Problem('limit', `you have ${GRANTS_OPEN_MAX} requests and grants open`, {
    hint: 'withdraw or close some: `privet grant list`',
  });
}

function unreviewed(): Problem {
  return new Problem('denied', 'an emergency of yours was not looked over yet', {
    hint: 'a person of the customer does: `privet grant review`',
  });
}
