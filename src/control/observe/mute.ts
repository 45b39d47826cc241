import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import { sourceId } from '#control/catalog';
import { lineOf, momentOf, recordAct } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const INSERT = statement(import.meta.url, 'sql/insert-mute.sql');
const LIST = statement(import.meta.url, 'sql/list-mutes.sql');
const DELETE = statement(import.meta.url, 'sql/delete-mute.sql');

/** Longer silence is a decision to be made anew: remove the test instead. */
const MUTE_DAYS_MAX = 92;

/** Silence about a source, a check of whatever source, or a check of one. */
export type Mute = {
  readonly id: string;
  readonly source: string | null;
  readonly check: string | null;
  readonly until: string;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
};

export type MuteSpec = {
  readonly source?: string | undefined;
  readonly check?: string | undefined;
  readonly untilMs: number;
  readonly reason: string;
};

/** Keeps quiet until a moment; what fails meanwhile is written down, and told afterwards if it still fails. */
export async function mute(work: Work, spec: MuteSpec): Promise<string> {
  if (spec.source === undefined && spec.check === undefined) {
    throw new Problem('invalid', 'a mute expected a source, a check or both');
  }
  const latest = work.nowMs + MUTE_DAYS_MAX * 86_400_000;
  if (spec.untilMs <= work.nowMs || spec.untilMs > latest) {
    throw new Problem('invalid', `a mute expected to end within ${MUTE_DAYS_MAX} days from now`);
  }
  const source = spec.source === undefined ? null : (await sourceId(work.tx, spec.source)).fullName;
  const id = newId('mut', work);
  const until = new Date(spec.untilMs);
  const reason = lineOf(spec.reason, 'reason');
  const row = [id, source, spec.check ?? null, until, reason, work.actor.name, momentOf(work)];
  await work.tx.query(INSERT, row);
  await recordAct(work, {
    action: 'setting-changed',
    target: `mute ${source ?? spec.check ?? ''}`,
  });
  return id;
}

/** Ends a silence; throws `not-found`. */
export async function unmute(work: Work, id: string): Promise<void> {
  const { rowCount } = await work.tx.query(DELETE, [id]);
  if (rowCount === 0) throw new Problem('not-found', 'no mute has that id');
  await recordAct(work, { action: 'setting-changed', target: `mute ${id.slice(0, 40)}` });
}

/** The silences in force. */
export async function listMutes(tx: Queryable, nowMs: number): Promise<readonly Mute[]> {
  const { rows } = await tx.query<MuteRow>(LIST, [new Date(nowMs)]);
  return rows.map((row) => ({
    id: row.id,
    source: row.source_name,
    check: row.check_name,
    until: row.until.toISOString(),
    reason: row.reason,
    by: row.by_name,
    at: row.at.toISOString(),
  }));
}

/** When people may be told: the end of the last silence that covers every failing check, or `nowMs`. */
export function mutedUntil(
  mutes: readonly Mute[],
  failing: { readonly source: string; readonly checks: readonly string[] },
  nowMs: number,
): number {
  const ends = failing.checks.map((check) =>
    Math.max(
      nowMs,
      ...mutes
        .filter((one) => one.source === null || one.source === failing.source)
        .filter((one) => one.check === null || one.check === check)
        .map((one) => Date.parse(one.until)),
    ),
  );
  return ends.length === 0 ? nowMs : Math.min(...ends);
}

type MuteRow = {
  readonly id: string;
  readonly source_name: string | null;
  readonly check_name: string | null;
  readonly until: Date;
  readonly reason: string;
  readonly by_name: string;
  readonly at: Date;
};
