import { createHash } from 'node:crypto';
import { NAME_MAX } from '#boundary';
import type { Act } from '#boundary';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { isId } from '#base/ids';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { momentOf } from './work.ts';
import type { Work } from './work.ts';

const INSERT = statement(import.meta.url, 'sql/insert-act.sql');
const LIST = statement(import.meta.url, 'sql/list-acts.sql');
const PENDING = statement(import.meta.url, 'sql/pending-acts.sql');

/** Oldest acts a bundle carries to a plane; the next bundle brings the next ones. */
const ACTS_PER_BUNDLE_MAX = 1_000;

export type ActionName = Act['action'];

/** What was done to which thing; `after` is the thing as it now is, of which only the digest is kept. */
export type ActDetails = {
  readonly action: ActionName;
  /** Id or name of what was changed. */
  readonly target: string;
  readonly after?: Json;
};

/** One line of control's own audit trail. */
export type ActRecord = {
  readonly number: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly after: string | null;
  readonly requestId: string;
  readonly address: string;
};

/** Writes down an administrative act, in the transaction of what it records. */
export async function recordAct(work: Work, details: ActDetails): Promise<void> {
  const after = details.after === undefined ? null : digestJson(details.after);
  const actorId = isId('sub', work.actor.id) ? work.actor.id : null;
  await work.tx.query(INSERT, [
    momentOf(work),
    actorId,
    work.actor.name,
    details.action,
    fitting(details.target),
    after,
    work.requestId,
    work.address,
  ]);
}

/** The acts a plane has not yet put into its ledger, oldest first, numbered in the plane's own count. */
export async function pendingActs(tx: Queryable, plane: string): Promise<readonly Act[]> {
  const { rows } = await tx.query<PendingRow>(PENDING, [plane, ACTS_PER_BUNDLE_MAX]);
  return rows.map((row) => ({
    number: Number(row.number),
    timeMs: row.at.getTime(),
    actor: row.actor_id,
    action: row.action,
    target: row.target,
    after: row.after,
  }));
}

export type ActFilter = {
  /** Only acts before this number. */
  readonly before?: number | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly limit: number;
};

/** Control's audit trail, newest first. */
export async function listActs(tx: Queryable, filter: ActFilter): Promise<readonly ActRecord[]> {
  const values = [filter.before ?? null, filter.actor ?? null, filter.action ?? null, filter.limit];
  const { rows } = await tx.query<ActRow>(LIST, values);
  return rows.map((row) => ({
    number: Number(row.number),
    at: row.at.toISOString(),
    actor: row.actor_name,
    action: row.action,
    target: row.target,
    after: row.after,
    requestId: row.request_id,
    address: row.address,
  }));
}

/** The target, cut to what a bundle carries: one act too long for it would keep every later bundle from planes. */
function fitting(target: string): string {
  if (Buffer.byteLength(target) <= NAME_MAX) return target;
  let kept = target;
  while (Buffer.byteLength(`${kept}…`) > NAME_MAX) kept = kept.slice(0, -1);
  return `${kept.toWellFormed()}…`;
}

function digestJson(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

type PendingRow = {
  readonly number: string;
  readonly at: Date;
  readonly actor_id: Act['actor'];
  readonly action: ActionName;
  readonly target: string;
  readonly after: string | null;
};

type ActRow = PendingRow & {
  readonly actor_name: string;
  readonly request_id: string;
  readonly address: string;
};
