import { textOf, utf8 } from '#base/bytes';
import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import { ROLLING } from '#plane/keys';
import type { VaultSchema } from '#plane/vault';
import { statement } from '#platform/db';
import type { FileFormat } from './detectfile.ts';
import type { VaultRoom } from '../room.ts';

const KEEP = statement(import.meta.url, '../sql/keep-detect-run.sql');
const READ = statement(import.meta.url, '../sql/detect-run.sql');
const SWEEP = statement(import.meta.url, '../sql/sweep-detect-runs.sql');

/** SDKs ask for a minute; a person who was told the run's id may take a little longer. */
const KEPT_MS = 15 * 60 * 1_000;

/** What runs hold that are kept: for one account, and in all. */
const OWNER_BYTES_MAX = 64 * 1024 * 1024;
const BYTES_MAX = 1024 * 1024 * 1024;

/** What came of a file. */
export type DetectRun = {
  readonly format: FileFormat;
  /** Base64 of the processed file. */
  readonly file: string;
  readonly words: number;
  readonly characters: number;
};

type Whose = { readonly vault: Pick<VaultSchema, 'id' | 'number'>; readonly owner: string };

/** Takes away what is past its time. */
export async function sweepRuns({ pool, clock }: Pick<VaultRoom, 'pool' | 'clock'>): Promise<void> {
  await pool.query(SWEEP, [new Date(clock())]);
}

/** Keeps a run, sealed, for its owner; any process of the plane can give it back. Throws `limit` where too much is kept. */
export async function keepRun(room: VaultRoom, whose: Whose, run: DetectRun): Promise<string> {
  const { pool, keyring, clock, random } = room;
  const { vault, owner } = whose;
  const nowMs = clock();
  const id = newId('run', { nowMs, random });
  const scope = `${ROLLING}vault/${vault.id}/answers`;
  const sealed = await keyring.seal(scope, utf8(JSON.stringify(run)), contextOf(id, whose));
  await sweepRuns(room);
  const until = new Date(nowMs + KEPT_MS);
  const kept = [id, vault.number, owner, sealed, until, OWNER_BYTES_MAX, BYTES_MAX];
  if ((await pool.query(KEEP, kept)).rowCount === 1) return id;
  throw new Problem('limit', 'too much is kept of files that were de-identified', {
    hint: 'try again in some minutes: what came of a file is kept for 15',
  });
}

/** The run of that id; throws `not-found` for one of somebody else, too. */
export async function runOf(room: VaultRoom, whose: Whose, id: string): Promise<DetectRun> {
  const { pool, keyring, clock } = room;
  const { rows } = await pool.query<{ sealed: Buffer }>(READ, [
    id,
    whose.vault.number,
    whose.owner,
    new Date(clock()),
  ]);
  const [row] = rows;
  if (row === undefined) {
    throw new Problem('not-found', 'there is no such run, or not any more', {
      hint: 'what came of a file is kept for 15 minutes, for who sent it',
    });
  }
  return JSON.parse(textOf(await keyring.open(row.sealed, contextOf(id, whose)))) as DetectRun;
}

function contextOf(run: string, { vault, owner }: Whose) {
  return { purpose: 'detect-run', vault: vault.id, run, owner };
}
