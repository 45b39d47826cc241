import type { Field, TransactionStatus } from '#engines/pgwire';
import type { PlanSession, StatementPlan } from '#engines/sql';
import { Problem } from '#base/problem';
import type { Auditor } from './audit.ts';
import type { Channel } from './upstream/channel.ts';
import type { Connected } from './connected.ts';
import type { Meters } from './rows/meter.ts';
import type { Planned, Planning } from './planning/planning.ts';
import type { AccessView, GatewayPorts, SourceSystem } from './port.ts';
import type { Reading } from './rows/reading.ts';
import type { Replies } from './replies.ts';
import { type Acting, createRuleSet, type RuleSet, stillHolds } from './planning/ruleset.ts';
import type { GatewaySettings } from './settings.ts';
import { schemasOf, type VirtualSettings, type VirtualValues } from './virtual.ts';

/** A statement the client prepared by Parse, under a name of ours upstream. */
export type Prepared = {
  readonly upstreamName: string;
  /** The client's text, planned again when policy moves. */
  readonly text: string;
  readonly parameterTypes: readonly number[];
  /** How names were read when it was prepared. */
  readonly searchPath: string;
  readonly planned: Planned;
  readonly plan: StatementPlan;
  /** Columns as the source described them, once it has; null for a statement without any. */
  fields: readonly Field[] | null | 'unknown';
};

/** A bound statement. */
export type Portal = {
  readonly prepared: Prepared;
  readonly upstreamName: string;
  /** The Sync it was bound before; it dies with that Sync when no transaction is open. */
  readonly segment: number;
  /** What its rows are read by, from its first Execute on. */
  reading: Reading | null;
};

/** One logged-in client with its own connection to the source. Mutable: it is the state of a protocol. */
export type Session = Connected & {
  readonly id: string;
  readonly subject: { readonly id: `sub_${string}`; readonly name: string };
  /** The token that was used to log in; the session ends with it. */
  readonly token: `tok_${string}` | null;
  readonly systemName: string;
  readonly ports: GatewayPorts;
  readonly settings: GatewaySettings;
  readonly planning: Planning;
  readonly auditor: Auditor;
  readonly meters: Meters;
  readonly client: Channel;
  readonly upstream: Channel;
  readonly virtual: VirtualSettings;
  readonly replies: Replies;
  readonly statements: Map<string, Prepared>;
  readonly portals: Map<string, Portal>;
  /** Statements prepared in SQL. */
  readonly sqlStatements: Map<string, Reading>;
  readonly cursors: Map<string, { readonly reading: Reading; readonly hold: boolean }>;
  /** OIDs of barrier views that stand, by name. */
  readonly barriers: Map<string, number>;
  /** Barriers made in a transaction that has not ended. */
  readonly tentative: Set<string>;
  /** Values of settings the source reported and must keep. */
  readonly pinned: ReadonlyMap<string, string>;
  system: SourceSystem | null;
  rules: RuleSet | null;
  /** The facts planned with last. */
  planFacts: {
    readonly values: VirtualValues;
    readonly facts: PlanSession;
  } | null;
  fence: PlanSession['fence'];
  status: TransactionStatus;
  /** Whether the open transaction has run a query: then it can no longer become writable for a barrier. */
  queried: boolean;
  /** Effects (SET, PREPARE …) that were sent and are not known to have happened. */
  unsettledEffects: number;
  lastName: number;
  /** Syncs and queries sent. */
  segment: number;
  /** How the transaction that ends with the next ReadyForQuery goes. */
  verdict: 'commit' | 'rollback';
  statementCount: number;
  lastActiveMs: number;
  /** Set when the session must end; nothing is sent to the client after it. */
  ended: boolean;
  /** Whether a message of the client is being worked on. */
  handling: boolean;
  /** Set by a cancel request that came before the source had anything to stop. */
  cancelled: boolean;
};

/** The rules that hold for this session now, under settings of its own or foreseen ones; throws `unavailable`, `expired` or `denied` when there are none. */
export async function currentRules(
  session: Session,
  settings: VirtualValues = session.virtual.values(),
): Promise<RuleSet> {
  const { ports, systemName } = session;
  const nowMs = ports.clock();
  const view = ports.access();
  if (view === null) throw noBundle();
  if (view.expiresAtMs <= nowMs) throw staleBundle();
  checkStillWelcome(session, view, nowMs);
  const system = await ports.sources.system(systemName);
  if (system === undefined) {
    throw new Problem('not-found', `source system \`${systemName}\` is not registered any more`);
  }
  if (session.system !== null && session.system.mode !== system.mode) {
    // The connection upstream was made as the role of the other mode.
    throw new Problem('unavailable', `source system \`${systemName}\` changed its mode`, {
      hint: 'connect again',
    });
  }
  session.system = system;
  const acting = actingIn(session, { system, settings });
  if (session.rules !== null && stillHolds(session.rules, { acting, serial: view.serial, nowMs })) {
    return session.rules;
  }
  session.rules = createRuleSet(view, acting, nowMs);
  return session.rules;
}

/** Throws `denied` when the account, or the token the session came with, has been withdrawn since. */
export function checkStillWelcome(
  session: Pick<Session, 'subject' | 'token'>,
  view: AccessView,
  nowMs: number,
): void {
  const { subject, token } = session;
  const known = view.subject(subject.name);
  if (known?.id !== subject.id || known.state !== 'active') {
    throw new Problem('denied', `account \`${subject.name}\` is not active`);
  }
  const live = known.tokens.some(({ id, expiresAtMs }) => id === token && expiresAtMs > nowMs);
  if (token !== null && !live) {
    throw new Problem('denied', 'the token of this session has expired or was revoked');
  }
}

function actingIn(
  session: Session,
  { system, settings }: { system: SourceSystem; settings: VirtualValues },
): Acting {
  return {
    subject: session.subject.id,
    system,
    project: settings['privet.project'] || null,
    purpose: settings['privet.purpose'] || null,
  };
}

export function noBundle(): Problem {
  return new Problem('unavailable', 'no policy has reached this data plane yet', {
    hint: 'ask the operator whether the control plane is up and this plane enrolled',
  });
}

export function staleBundle(): Problem {
  return new Problem('expired', 'policy on this data plane is too old to decide from', {
    hint: 'ask the operator to bring the control plane back; nothing is shown until then',
  });
}

/** What the planner must know of the session; the same object while nothing of it changed, so that it keeps its name. */
export function planSession(
  session: Session,
  values: VirtualValues = session.virtual.values(),
): PlanSession {
  const mode = session.system?.mode ?? 'splice';
  const { planFacts: known, fence } = session;
  if (known?.values === values && known.facts.mode === mode && known.facts.fence === fence) {
    return known.facts;
  }
  const facts: PlanSession = {
    searchPath: schemasOf(values.search_path, session.subject.name) ?? [],
    subjectName: session.subject.name,
    database: session.systemName,
    mode,
    fence,
    settings: values,
  };
  session.planFacts = { values, facts };
  return facts;
}

/** A name for something upstream that no client can name: theirs may not begin so. */
export const RESERVED_PREFIX = 'privet_';

export function freshName(session: Session): string {
  session.lastName++;
  return `${RESERVED_PREFIX}${session.lastName}`;
}

/** Waits until the source has answered everything, asking it to when only a Flush would. */
export async function settleReplies(session: Session, flush: () => void): Promise<void> {
  if (session.replies.size() === 0) return;
  if (session.replies.unsynced()) flush();
  await session.replies.settle();
}
