import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const DECISIONS = statement(import.meta.url, 'sql/list-decisions.sql');
const LOGINS = statement(import.meta.url, 'sql/list-logins.sql');
const HEALTH = statement(import.meta.url, 'sql/list-health.sql');
const HEARTBEATS = statement(import.meta.url, 'sql/list-heartbeats.sql');

type Effect = 'allow' | 'deny' | 'refused' | 'failed';

/** What one statement read, or what a vault was asked in a minute, as the plane reported it; never a text of it. */
export type ReportedDecision = {
  readonly plane: string;
  readonly number: number;
  readonly at: string;
  readonly subject: string;
  readonly project: string | null;
  readonly purpose: string | null;
  readonly door: string;
  readonly mode: string;
  /** `select`, or an operation of a vault. */
  readonly operation: string;
  /** Requests that are this one line. */
  readonly requests: number;
  readonly effect: Effect;
  readonly bundleSerial: number;
  readonly sources: readonly ReportedSource[];
  readonly rows: number;
  readonly durationMicros: number;
  readonly fingerprint: string | null;
};

export type ReportedSource = {
  /** Full name, or the id of a source that is gone. */
  readonly source: string;
  readonly decision: string;
  readonly effect: 'allow' | 'deny';
  readonly filtered: boolean;
  readonly columns: readonly {
    readonly name: string;
    readonly show: 'clear' | 'hidden' | 'mask';
  }[];
};

export type DecisionFilter = {
  readonly subject?: string | undefined;
  readonly effect?: Effect | undefined;
  /** A decision's id, `dec_…`. */
  readonly decision?: string | undefined;
  /** Id or full name of a source. */
  readonly source?: string | undefined;
  /** Only before this moment. */
  readonly before?: string | undefined;
  readonly limit: number;
};

/** Decisions planes reported, newest first. */
export async function listDecisions(
  tx: Queryable,
  filter: DecisionFilter,
): Promise<readonly ReportedDecision[]> {
  const { rows } = await tx.query<DecisionRow>(DECISIONS, [
    filter.subject ?? null,
    filter.effect ?? null,
    filter.decision ?? null,
    filter.before ?? null,
    filter.source ?? null,
    filter.limit,
  ]);
  return rows.map((row) => ({
    plane: row.plane,
    number: Number(row.number),
    at: row.at.toISOString(),
    subject: row.subject,
    project: row.project,
    purpose: row.purpose,
    door: row.door,
    mode: row.mode,
    operation: row.operation,
    requests: Number(row.requests),
    effect: row.effect,
    bundleSerial: Number(row.bundle_serial),
    sources: row.sources ?? [],
    rows: Number(row.rows),
    durationMicros: Number(row.duration_micros),
    fingerprint: row.fingerprint,
  }));
}

/** A log-in at a plane's door; the subject is null when the name was nobody's. */
export type ReportedLogin = {
  readonly plane: string;
  readonly at: string;
  readonly door: string;
  readonly outcome: 'accepted' | 'refused';
  readonly method: string;
  readonly subject: string | null;
  readonly reason: string;
};

/** Log-ins planes reported, newest first. */
export async function listLogins(
  tx: Queryable,
  filter: Pick<DecisionFilter, 'subject' | 'before' | 'limit'>,
): Promise<readonly ReportedLogin[]> {
  const values = [filter.subject ?? null, filter.before ?? null, filter.limit];
  const { rows } = await tx.query<Omit<ReportedLogin, 'at'> & { at: Date }>(LOGINS, values);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** The newest word of a plane about one of its parts. */
export type ReportedHealth = {
  readonly plane: string;
  readonly component: string;
  readonly system: string | null;
  readonly state: 'ok' | 'degraded' | 'down';
  readonly code: string;
  readonly at: string;
};

/** How the parts of planes are, of one plane or all. */
export async function listHealth(
  tx: Queryable,
  plane?: string,
): Promise<readonly ReportedHealth[]> {
  const { rows } = await tx.query<Omit<ReportedHealth, 'at'> & { at: Date }>(HEALTH, [
    plane ?? null,
  ]);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** The last sign of life of a plane, with where its ledger stands. */
export type ReportedHeartbeat = {
  readonly plane: string;
  readonly at: string;
  readonly bundleSerial: number;
  readonly bundleState: 'none' | 'fresh' | 'stale';
  readonly ledgerSize: number;
  readonly ledgerChain: string;
  readonly outboxWaiting: number;
  readonly connections: number;
};

export async function listHeartbeats(tx: Queryable): Promise<readonly ReportedHeartbeat[]> {
  const { rows } = await tx.query<HeartbeatRow>(HEARTBEATS);
  return rows.map((row) => ({
    plane: row.plane,
    at: row.at.toISOString(),
    bundleSerial: Number(row.bundle_serial),
    bundleState: row.bundle_state,
    ledgerSize: Number(row.ledger_size),
    ledgerChain: row.ledger_chain,
    outboxWaiting: Number(row.outbox_waiting),
    connections: row.connections,
  }));
}

type DecisionRow = {
  readonly plane: string;
  readonly number: string;
  readonly at: Date;
  readonly subject: string;
  readonly project: string | null;
  readonly purpose: string | null;
  readonly door: string;
  readonly mode: string;
  readonly operation: string;
  readonly requests: string;
  readonly effect: Effect;
  readonly bundle_serial: string;
  readonly sources: readonly ReportedSource[] | null;
  readonly rows: string;
  readonly duration_micros: string;
  readonly fingerprint: string | null;
};

type HeartbeatRow = {
  readonly plane: string;
  readonly at: Date;
  readonly bundle_serial: string;
  readonly bundle_state: ReportedHeartbeat['bundleState'];
  readonly ledger_size: string;
  readonly ledger_chain: string;
  readonly outbox_waiting: string;
  readonly connections: number;
};
