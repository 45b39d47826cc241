import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import type { Capability, Reason } from './capability.ts';
import type { Ask, EndedHow, Force, Grant, Stage } from './grant.ts';
import { GRANTS_LISTED_MAX } from './limits.ts';

const INSERT = statement(import.meta.url, 'sql/insert-grant.sql');
const FIND = statement(import.meta.url, 'sql/find-grant.sql');
const LIST = statement(import.meta.url, 'sql/list-grants.sql');
const LIVE = statement(import.meta.url, 'sql/live-grants.sql');
const OPEN = statement(import.meta.url, 'sql/count-open.sql');
const SAVE = statement(import.meta.url, 'sql/save-grant.sql');
const APPROVE = statement(import.meta.url, 'sql/insert-approval.sql');
const HEAR = statement(import.meta.url, 'sql/hear-clock.sql');

/** A grant with the indices of the leaves that it rests on. */
export type KeptGrant = {
  readonly grant: Grant;
  readonly requestLeaf: number;
  readonly approvals: readonly Approval[];
  readonly activatedLeaf: number | null;
};

export type Approval = { readonly by: Id<'sub'>; readonly leaf: number };

type Row = {
  readonly id: Id<'grt'>;
  readonly operator: Id<'sub'>;
  readonly capability: Capability;
  readonly reason: Reason;
  readonly ticket: string;
  readonly scope: readonly string[];
  readonly rows_max: number;
  readonly duration_ms: string;
  readonly approvals_needed: number;
  readonly emergency: boolean;
  readonly requested_at_ms: string;
  readonly request_leaf: string;
  readonly stage: Stage['kind'];
  readonly active_from_ms: string | null;
  readonly not_after_ms: string | null;
  readonly activated_leaf: string | null;
  readonly ended_how: EndedHow | null;
  readonly ended_at_ms: string | null;
  readonly rows_used: number;
  readonly items_used: number;
  readonly approvals: readonly Approval[];
};

/** Tells the database a moment; gives the latest it was ever told. Holds a lock until the transaction ends. */
export async function hearClock(tx: Queryable, nowMs: number): Promise<number> {
  const { rows } = await tx.query<{ high_ms: string }>(HEAR, [nowMs]);
  const row = rows[0];
  if (row === undefined) throw new Problem('corrupt', 'operator.clock expected one row, got none');
  return Number(row.high_ms);
}

export async function insertGrant(tx: Transaction, kept: KeptGrant): Promise<void> {
  const { grant, requestLeaf, activatedLeaf } = kept;
  await tx.query(INSERT, [
    grant.id,
    grant.operator,
    grant.capability,
    grant.reason,
    grant.ticket,
    grant.scope,
    grant.rowsMax,
    grant.durationMs,
    grant.approvalsNeeded,
    grant.emergency,
    grant.requestedAtMs,
    requestLeaf,
    ...stageColumns(grant.stage, activatedLeaf).slice(0, 4),
  ]);
}

/** The grant, locked until the transaction ends; throws `not-found`. */
export async function lockGrant(tx: Transaction, id: string): Promise<KeptGrant> {
  const { rows } = await tx.query<Row>(FIND, [id]);
  const row = rows[0];
  if (row === undefined) throw unknown();
  return keptFrom(row);
}

export async function listGrants(
  db: Queryable,
  only: { readonly operator?: string; readonly id?: string } = {},
): Promise<readonly KeptGrant[]> {
  const { rows } = await db.query<Row>(LIST, [
    only.operator ?? null,
    only.id ?? null,
    GRANTS_LISTED_MAX,
  ]);
  return rows.map(keptFrom);
}

export function unknown(): Problem {
  return new Problem('not-found', 'there is no such grant', {
    hint: '`privet grant list` lists them',
  });
}

/** Ids of grants that time may still end. */
export async function liveGrants(db: Queryable): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>(LIVE);
  return rows.map(({ id }) => id);
}

/** Requests and grants of an operator that are not over, and emergencies nobody looked over yet. */
export async function countOpen(
  db: Queryable,
  operator: string,
): Promise<{ readonly open: number; readonly emergencies: number }> {
  const { rows } = await db.query<{ open: number; emergencies: number }>(OPEN, [operator]);
  return rows[0] ?? { open: 0, emergencies: 0 };
}

export async function saveGrant(tx: Transaction, kept: KeptGrant): Promise<void> {
  const { grant, activatedLeaf } = kept;
  const columns = stageColumns(grant.stage, activatedLeaf);
  await tx.query(SAVE, [grant.id, ...columns, grant.rowsUsed, grant.itemsUsed]);
}

export async function insertApproval(
  tx: Transaction,
  approval: {
    readonly grant: string;
    readonly by: string;
    readonly atMs: number;
    readonly leaf: number;
  },
): Promise<void> {
  await tx.query(APPROVE, [approval.grant, approval.by, approval.atMs, approval.leaf]);
}

/** stage, from, until, leaf that put it in force, how it ended, when. */
function stageColumns(stage: Stage, activatedLeaf: number | null) {
  const force = stage.kind === 'requested' ? null : stage.kind === 'active' ? stage : stage.force;
  const end = stage.kind === 'ended' || stage.kind === 'reviewed' ? stage.end : null;
  return [
    stage.kind,
    force?.fromMs ?? null,
    force?.notAfterMs ?? null,
    force === null ? null : activatedLeaf,
    end?.how ?? null,
    end?.atMs ?? null,
  ] as const;
}

function keptFrom(row: Row): KeptGrant {
  const ask: Ask = {
    id: row.id,
    operator: row.operator,
    capability: row.capability,
    reason: row.reason,
    ticket: row.ticket,
    scope: row.scope,
    rowsMax: row.rows_max,
    durationMs: Number(row.duration_ms),
    approvalsNeeded: row.approvals_needed,
    emergency: row.emergency,
    requestedAtMs: Number(row.requested_at_ms),
  };
  const grant: Grant = {
    ...ask,
    approvers: row.approvals.map(({ by }) => by),
    stage: stageFrom(row),
    rowsUsed: row.rows_used,
    itemsUsed: row.items_used,
  };
  return {
    grant,
    requestLeaf: Number(row.request_leaf),
    approvals: row.approvals,
    activatedLeaf: row.activated_leaf === null ? null : Number(row.activated_leaf),
  };
}

/** The checks of the table hold what this relies on; a row that breaks them is in force for nobody. */
function stageFrom(row: Row): Stage {
  const force: Force | null =
    row.active_from_ms === null || row.not_after_ms === null
      ? null
      : { fromMs: Number(row.active_from_ms), notAfterMs: Number(row.not_after_ms) };
  if (row.stage === 'requested') return { kind: 'requested' };
  if (row.stage === 'active' && force !== null) return { kind: 'active', ...force };
  const end = { how: row.ended_how ?? 'expired', atMs: Number(row.ended_at_ms ?? 0) };
  return { kind: row.stage === 'reviewed' ? 'reviewed' : 'ended', force, end };
}
