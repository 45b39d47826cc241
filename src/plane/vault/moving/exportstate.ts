import { hash } from 'node:crypto';
import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { ROLLING } from '#plane/keys';
import { statement, transaction } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import type { VaultCaller } from '../caller.ts';
import { requireRecipient } from './exportseal.ts';
import type { VaultGround } from '../ground.ts';
import { toldBy } from '../leaf.ts';
import { EXPORT_DAYS_MAX, EXPORTS_OPEN_MAX } from '../limits.ts';
import { runAgain } from '../writing/runagain.ts';
import { lockExports, lockSchema, readSchema } from '../schema/schematable.ts';
import type { VaultSchema } from '../schema/schema.ts';

const COUNT = statement(import.meta.url, '../sql/exportcount.sql');
const INSERT = statement(import.meta.url, '../sql/exportinsert.sql');
const LIST = statement(import.meta.url, '../sql/exportlist.sql');
const READ = statement(import.meta.url, '../sql/exportread.sql');
const PARTS = statement(import.meta.url, '../sql/exportparts.sql');
const PART_AT = statement(import.meta.url, '../sql/exportpartat.sql');
const DROP_PARTS = statement(import.meta.url, '../sql/exportpartsdrop.sql');
const DROP_KEPT = statement(import.meta.url, '../sql/exportkeptdrop.sql');
const TAKE = statement(import.meta.url, '../sql/exporttake.sql');
const UNTIMED = statement(import.meta.url, '../sql/importuntimed.sql');
const END = statement(import.meta.url, '../sql/exportend.sql');
const RELEASE = statement(import.meta.url, '../sql/trashrelease.sql');

const DAY_MS = 24 * 60 * 60 * 1_000;
const PLANE: VaultCaller = { actor: { kind: 'plane' }, session: null, purpose: null };
const contextOf = (id: string) => ({ purpose: 'vault-export', export: id });

/** An export that was begun: about how many records it will have. */
export type ExportPlace = { readonly id: string; readonly records: number };

/** An export under way, and how far it is. */
export type OpenExport = {
  readonly id: string;
  readonly vault: string;
  readonly name: string;
  readonly recipient: string;
  readonly beganAtMs: number;
  /** About how many there are. */
  readonly records: number;
  readonly done: number;
  readonly parts: number;
};

/**
 * Begins an export of a vault as it is in this moment, for whoever has the recipient's private key. From now on what is written in the
 * vault is kept as it was, until the export is over. That it began is in the ledger. Throws `conflict` while the schema is changing,
 * `limit` when too many are under way.
 */
export async function openExport(
  ground: VaultGround,
  caller: VaultCaller,
  request: { readonly vault: string; readonly recipient: string },
): Promise<ExportPlace> {
  const { ports } = ground;
  const { recipient } = request;
  const own = ports.random(32);
  requireRecipient(own, recipient);
  const { number, tables } = await ground.schemas.get(request.vault);
  const counted = await ports.pool.query<{ records: number }>(COUNT, [
    tables.map((one) => one.number),
  ]);
  const records = counted.rows[0]?.records ?? 0;
  const id = newId('exp', { nowMs: ports.clock(), random: ports.random });
  const sealed = await ports.keyring.seal(`${ROLLING}vault-export`, own, contextOf(id));
  await runAgain(() =>
    transaction(ports.pool, async (tx) => {
      await lockExports(tx);
      // Whoever writes is through with it, or begins behind this moment and keeps what was there.
      await lockSchema(tx, number);
      const vault = await readSchema(tx, request.vault);
      if (vault === null) throw new Problem('not-found', `no vault \`${request.vault}\``);
      requireSettled(vault);
      await requireRoom(tx);
      const { index } = await ports.ledger.append(tx, beganLeaf(caller, vault, recipient));
      const moment = [ports.clock(), index + 1, records];
      await tx.query(INSERT, [id, number, vault.version, recipient, sealed, ...moment]);
    }),
  );
  return { id, records };
}

function beganLeaf(caller: VaultCaller, vault: VaultSchema, recipient: string) {
  return {
    kind: 'vault-exported',
    ...toldBy(caller, vault),
    stage: 'began',
    recipient: hash('sha256', recipient),
    records: 0,
    tokens: 0,
    manifest: null,
  } as const;
}

function requireSettled(vault: VaultSchema): void {
  const isPending = vault.tables.some(({ columns }) =>
    columns.some(({ pending }) => pending !== null),
  );
  if (!isPending) return;
  throw new Problem('conflict', 'the schema of the vault is changing', {
    hint: 'wait until `GET /v1/vaults/{vault}/passes` says that it is done',
  });
}

async function requireRoom(tx: Transaction): Promise<void> {
  const open = await listExports(tx);
  if (open.length < EXPORTS_OPEN_MAX) return;
  throw new Problem('limit', `${EXPORTS_OPEN_MAX} exports are under way already`, {
    hint: `end one: \`${open.map(({ id }) => id).join('`, `')}\``,
  });
}

/** Exports under way, the oldest first; only those begun before a moment when one is given. */
export async function listExports(
  db: Queryable,
  beforeMs: number | null = null,
): Promise<readonly OpenExport[]> {
  return (await db.query<OpenExport>(LIST, [beforeMs])).rows;
}

/** An export as it was begun. */
export type BegunExport = Pick<OpenExport, 'vault' | 'recipient' | 'beganAtMs' | 'records'> & {
  readonly vaultNumber: number;
  readonly schemaVersion: number;
  readonly ledgerSize: number;
  readonly senderKey: Uint8Array;
};

type ExportRow = Omit<BegunExport, 'senderKey'> & {
  readonly senderKey: Buffer | null;
  readonly ended: boolean;
};

/** The export with the key that its parts are sealed with; throws `not-found`, and `gone` when it is over. */
export async function readExport({ ports }: VaultGround, id: string): Promise<BegunExport> {
  const { rows } = await ports.pool.query<ExportRow>(READ, [id]);
  const [row] = rows;
  if (row === undefined) throw new Problem('not-found', 'there is no such export');
  const { senderKey, ended, ...rest } = row;
  if (ended || senderKey === null) throw isOver();
  return { ...rest, senderKey: await ports.keyring.open(senderKey, contextOf(id)) };
}

function isOver(): Problem {
  return new Problem('gone', 'the export is over', { hint: 'begin another' });
}

/** A part that was made; one with records says where the next goes on. */
export type MadePart = {
  readonly number: number;
  readonly sha256: string;
  readonly records: number;
  readonly tokens: number;
  readonly transientTokens: number;
  readonly files: number;
  readonly tableNumber: number | null;
  readonly lastRecord: string | null;
};

export async function partsOfExport(db: Queryable, id: string): Promise<readonly MadePart[]> {
  return (await db.query<MadePart>(PARTS, [id])).rows;
}

type PartEnd = Pick<MadePart, 'sha256' | 'tableNumber' | 'lastRecord'>;

/**
 * Begins to read an export from a part on: whoever read it before makes none any more, and those from there on are made anew. Throws
 * `conflict` when the part before is not the one the caller has, or has no records.
 */
export async function takeExport(
  { ports }: VaultGround,
  at: { readonly id: string; readonly from: number; readonly last: string | null },
): Promise<{ readonly reader: number; readonly before: PartEnd | null }> {
  const { id, from, last } = at;
  return transaction(ports.pool, async (tx) => {
    const { rows } = await tx.query<{ reader: number }>(TAKE, [id]);
    if (rows[0] === undefined) throw isOver();
    const found = await tx.query<PartEnd>(PART_AT, [id, from - 1]);
    const before = found.rows[0] ?? null;
    const fits =
      from === 0 ? last === null : before?.sha256 === last && (before?.lastRecord ?? null) !== null;
    if (!fits) {
      throw new Problem('conflict', `the export has no part ${from} behind the one you have`, {
        hint: 'go on behind a part with records, as it was given last, or from the beginning',
      });
    }
    await tx.query(DROP_PARTS, [id, from]);
    return { reader: rows[0].reader, before };
  });
}

/** Ends an export: its key is gone, and what was kept for it. Throws `gone` when it is over already. */
export async function endExport(
  ground: VaultGround,
  caller: VaultCaller,
  { id, reason }: { readonly id: string; readonly reason: 'asked' | 'expired' },
): Promise<void> {
  const { ports } = ground;
  const { vault, vaultNumber } = await readExport(ground, id);
  await transaction(ports.pool, async (tx) => {
    // Whoever writes and keeps for it is through: nothing is kept for it behind its end.
    await lockSchema(tx, vaultNumber);
    const { rowCount } = await tx.query(END, [id, ports.clock()]);
    if (rowCount !== 1) throw isOver();
    await tx.query(UNTIMED);
    await tx.query(DROP_KEPT, [id]);
    const { rowCount: parts } = await tx.query(DROP_PARTS, [id, 0]);
    await tx.query(RELEASE, [`files/${vault}/`, vaultNumber, ports.clock()]);
    const { actor, session, purpose } = caller;
    const told = { actor, session, purpose, vault: vault as Id<'vlt'>, export: id as Id<'exp'> }; // INVARIANT: the database has them
    await ports.ledger.append(tx, {
      kind: 'vault-export-ended',
      ...told,
      reason,
      parts: parts ?? 0,
    });
  });
  await ground.trash.empty();
}

/** Ends the exports that nobody ended in time. */
export async function endExpiredExports(ground: VaultGround): Promise<void> {
  const { pool, clock } = ground.ports;
  for (const { id } of await listExports(pool, clock() - EXPORT_DAYS_MAX * DAY_MS)) {
    await endExport(ground, PLANE, { id, reason: 'expired' }).catch((thrown: unknown) => {
      // Somebody else has just ended it.
      if (!(thrown instanceof Problem) || thrown.code !== 'gone') throw thrown;
    });
  }
}
