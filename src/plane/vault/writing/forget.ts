import { hex, utf8 } from '#base/bytes';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { fullDigest, keyedDigest } from '#engines/crypto';
import { databaseProblem, statement, transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { VaultCaller } from '../caller.ts';
import type { VaultGround } from '../ground.ts';
import { createKeyBag } from '../keys/keybag.ts';
import type { KeyBag } from '../keys/keybag.ts';
import { toldBy } from '../leaf.ts';
import { deleteLookups } from '../records/lookuptable.ts';
import { checked } from '../records/preparedrow.ts';
import { RecordBody } from '../records/recordbody.ts';
import { recordsOfSubject, wholeRecords } from '../records/recordtable.ts';
import type { RecordRow } from '../records/recordtable.ts';
import { runAgain } from './runagain.ts';
import { lockSchema } from '../schema/schematable.ts';
import { subjectColumn, tableOf } from '../schema/schema.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';
import { blobsOf } from '../trash.ts';
import { tokenDigest } from '../tokens/tokenname.ts';
import { markGone } from '../tokens/tokentable.ts';
import { canonicalValue } from '../schema/value.ts';

const FIND = statement(import.meta.url, '../sql/forgetfind.sql');
const BEGIN = statement(import.meta.url, '../sql/forgetbegin.sql');
const EMPTY = statement(import.meta.url, '../sql/forgetempty.sql');
const TRANSIENT = statement(import.meta.url, '../sql/tokensofrecords.sql');
const KEPT = statement(import.meta.url, '../sql/exportforget.sql');
const ADD = statement(import.meta.url, '../sql/forgetadd.sql');
const COUNT = statement(import.meta.url, '../sql/forgetcount.sql');
const END = statement(import.meta.url, '../sql/forgetend.sql');
const OPEN = statement(import.meta.url, '../sql/forgetopen.sql');

export type ForgetRequest = {
  readonly caller: VaultCaller;
  readonly vault: string;
  /** A value of the subject column of any table of the vault. */
  readonly table: string;
  readonly subject: Json;
};

/** What a forgetting came to; whoever has the ledger can check it there. */
export type ForgetReceipt = {
  readonly vault: string;
  /** Keyed digest of what names the person, as the leaf has it. */
  readonly subject: string;
  readonly records: number;
  readonly tokens: number;
  readonly files: number;
  readonly keyDestroyedAtMs: number;
  /** Index of the leaf in the ledger. */
  readonly leaf: number;
};

/**
 * Forgets a person: no record, file or backup with data of theirs can be opened again, and their tokens answer `gone`.
 * Whoever was forgotten before gets the same receipt again. Throws `not-found` for whom the vault never knew. A crash in
 * between is finished by `finishForgetting`.
 */
export async function forget(ground: VaultGround, request: ForgetRequest): Promise<ForgetReceipt> {
  const { schemas } = ground;
  const vault = await schemas.get(request.vault);
  const bag = await createKeyBag(ground, vault);
  const digest = digestOf(bag, tableOf(vault, request.table), request.subject);
  const found = await findSubject(ground, vault, digest);
  if (found === null) throw new Problem('not-found', 'the vault knows nobody of this name');
  if (found.state !== 'forgotten') await finish(ground, { caller: request.caller, vault, found });
  const done = await findSubject(ground, vault, digest);
  if (done === null || done.leaf === null || done.keyDestroyedAtMs === null) {
    throw new Problem('unavailable', 'the person is being forgotten', {
      hint: 'ask again in a moment',
    });
  }
  const { records, tokens, files } = done;
  return {
    vault: vault.id,
    subject: leafDigest(bag, digest),
    records: Number(records),
    tokens: Number(tokens),
    files: Number(files),
    keyDestroyedAtMs: Number(done.keyDestroyedAtMs),
    leaf: Number(done.leaf),
  };
}

/** Goes on with what a crash interrupted; gives how many people were forgotten. */
export async function finishForgetting(ground: VaultGround): Promise<number> {
  const { rows } = await ground.ports.pool.query<SubjectRow & { vault: string }>(OPEN);
  const caller: VaultCaller = { actor: { kind: 'plane' }, session: null, purpose: null };
  for (const { vault, ...found } of rows) {
    await finish(ground, { caller, vault: await ground.schemas.get(vault), found });
  }
  return rows.length;
}

type SubjectRow = {
  readonly number: string;
  readonly digest: Buffer;
  readonly state: 'kept' | 'forgetting' | 'forgotten';
  readonly records: string;
  readonly tokens: string;
  readonly files: string;
  readonly keyDestroyedAtMs: string | null;
  readonly leaf: string | null;
};

type Forgetting = {
  readonly caller: VaultCaller;
  readonly vault: VaultSchema;
  readonly found: SubjectRow;
};

/**
 * Three transactions, each of which may be the last before a crash: from the first on nothing is written for the subject,
 * in the second what leads to its records and what they hold is taken away, in the third its key is destroyed and told.
 */
async function finish(ground: VaultGround, forgetting: Forgetting): Promise<void> {
  const { ports, subjectKeys } = ground;
  const { vault, found, caller } = forgetting;
  const number = BigInt(found.number);
  await runAgain(() =>
    transaction(ports.pool, async (tx) => {
      await lockSchema(tx, vault.number);
      await tx.query(BEGIN, [number]);
    }),
  );
  const bag = await createKeyBag(ground, vault);
  await bag.fetchSubjects([number]);
  await runAgain(() =>
    transaction(ports.pool, async (tx) => {
      await lockSchema(tx, vault.number);
      await emptyRecords(ground, tx, { vault, bag, number });
    }),
  );
  await transaction(ports.pool, async (tx) => {
    await subjectKeys.destroy(tx, vault, number);
    const { rows } = await tx.query<SubjectRow>(COUNT, [number]);
    const counts = rows[0];
    if (counts === undefined) return; // somebody else has just finished it
    const keyDestroyedAtMs = ports.clock();
    const link = await ports.ledger.append(tx, {
      kind: 'vault-forgotten',
      ...toldBy(caller, vault),
      subject: leafDigest(bag, found.digest),
      records: Number(counts.records),
      tokens: Number(counts.tokens),
      files: Number(counts.files),
      keyDestroyedAtMs,
    });
    await tx.query(END, [number, keyDestroyedAtMs, link.index]);
  }).catch((thrown: unknown) => {
    throw databaseProblem(thrown);
  });
  await ground.trash.empty();
}

/** Empties every record of the subject, and lets its tokens answer `gone`. Records that do not open are emptied all the same. */
async function emptyRecords(
  { ports, trash }: VaultGround,
  tx: Transaction,
  {
    vault,
    bag,
    number,
  }: { readonly vault: VaultSchema; readonly bag: KeyBag; readonly number: bigint },
): Promise<void> {
  const found = await recordsOfSubject(tx, number);
  const groups = Map.groupBy(found, ({ tableNumber }) => tableNumber);
  let [tokens, files] = [0, 0];
  for (const [tableNumber, rows] of groups) {
    const table = vault.tables.find((one) => one.number === tableNumber);
    await deleteLookups(tx, rows.flatMap(lookupsIn));
    if (table === undefined) continue;
    const opened = bag.opened(table, wholeRecords(rows));
    const records = opened.flatMap((one) => (one.kind === 'record' ? [one.record] : []));
    const digests = records.flatMap((record) =>
      record.tokens().map(({ token }) => tokenDigest(bag.index, token)),
    );
    const blobs = blobsOf(table, records);
    tokens += await markGone(tx, vault.number, digests);
    const ids = rows.map(({ id }) => id);
    tokens += (await tx.query(TRANSIENT, [tableNumber, ids])).rowCount ?? 0;
    files += blobs.length;
    await trash.put(tx, blobs, { atMs: ports.clock() });
  }
  const emptied = await tx.query(EMPTY, [number]);
  await tx.query(KEPT, [number]);
  await tx.query(ADD, [number, emptied.rowCount ?? 0, tokens, files]);
}

function lookupsIn({ id, body }: RecordRow) {
  return body === null
    ? []
    : new RecordBody(body).lookups.map((lookup) => ({ ...lookup, record: id }));
}

async function findSubject(
  { ports }: VaultGround,
  vault: VaultSchema,
  digest: Uint8Array,
): Promise<SubjectRow | null> {
  const { rows } = await ports.pool.query<SubjectRow>(FIND, [vault.number, digest]);
  return rows[0] ?? null;
}

function digestOf(bag: KeyBag, table: TableSchema, subject: Json): Uint8Array {
  const column = subjectColumn(table);
  if (column === null) {
    throw new Problem('invalid', `records of table \`${table.name}\` are nobody's`, {
      hint: 'only people whom a subject column names can be forgotten; delete the records instead',
    });
  }
  const value = checked(column, subject);
  return keyedDigest(bag.index, 'subject', canonicalValue(column, value.json));
}

/** Of the ledger: not the digest the database has, so that the two cannot be joined without the key. */
function leafDigest(bag: KeyBag, digest: Uint8Array): string {
  return hex(fullDigest(bag.index, 'ledger/subject', utf8(hex(digest))));
}
