import { hash } from 'node:crypto';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { statement, transaction } from '#platform/db';
import type { Pool, Queryable } from '#platform/db';
import type { Ledger } from '#plane/ledger';

const READ = statement(import.meta.url, 'sql/release.sql');
const LOCK = statement(import.meta.url, 'sql/lock-release.sql');
const SET = statement(import.meta.url, 'sql/set-release.sql');
const BETWEEN = statement(import.meta.url, 'sql/facts-between.sql');

/** `open`: facts go as they come. `paused`: none goes. `approve`: those go that somebody released. */
export const RELEASE_MODES = ['open', 'paused', 'approve'] as const;
export type ReleaseMode = (typeof RELEASE_MODES)[number];

/** Whether facts may go to control, and up to which number. */
export type Release = {
  readonly mode: ReleaseMode;
  /** Under `approve`, the last fact that somebody released. */
  readonly through: number;
  /** The newest fact there is. */
  readonly last: number;
};

type Keeper = { readonly kind: 'subject'; readonly id: Id<'sub'> };
type Settings = { readonly pool: Pool; readonly ledger: Pick<Ledger, 'append'> };

export async function readRelease(db: Queryable, sql = READ): Promise<Release> {
  const { rows } = await db.query<{ mode: ReleaseMode; through: string; last: string }>(sql);
  const row = rows[0];
  if (row === undefined) throw new Problem('corrupt', 'border.state expected one row, got none');
  return { mode: row.mode, through: Number(row.through), last: Number(row.last) };
}

/** The highest number that may leave now. */
export function limitOf({ mode, through }: Release): number {
  if (mode === 'open') return Number.MAX_SAFE_INTEGER;
  return mode === 'paused' ? 0 : through;
}

/** Changes what may leave; begins `approve` with nothing released. Takes hold before the next request to control. */
export function setReleaseMode(
  { pool, ledger }: Settings,
  mode: ReleaseMode,
  actor: Keeper,
): Promise<Release> {
  return transaction(pool, async (tx) => {
    const { last } = await readRelease(tx, LOCK);
    await tx.query(SET, [mode, 0]);
    await ledger.append(tx, { kind: 'border-mode-changed', actor, mode });
    return { mode, through: 0, last };
  });
}

/** Lets facts up to a number go; throws `conflict` unless the mode is `approve`, `invalid` for a number nobody has seen. */
export function releaseFacts(
  { pool, ledger }: Settings,
  through: number,
  actor: Keeper,
): Promise<Release> {
  return transaction(pool, async (tx) => {
    const before = await readRelease(tx, LOCK);
    if (before.mode !== 'approve') {
      throw new Problem(
        'conflict',
        `facts are released in mode \`approve\`, got \`${before.mode}\``,
      );
    }
    if (through > before.last) {
      throw new Problem('invalid', `the newest fact is ${before.last}, got ${through}`);
    }
    const { rows } = await tx.query<{ fact: string }>(BETWEEN, [before.through, through]);
    await tx.query(SET, [before.mode, Math.max(before.through, through)]);
    await ledger.append(tx, {
      kind: 'facts-released',
      actor,
      from: before.through + 1,
      through,
      facts: rows.length,
      digest: hash('sha256', `[${rows.map(({ fact }) => fact).join(',')}]`),
    });
    return { ...before, through: Math.max(before.through, through) };
  });
}
