import { equalConstantTime, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { checkpointBody, formatNote, formatVkey, parseCheckpoint, signedBy } from '#engines/merkle';
import type { Note, NoteKey, NoteSignature } from '#engines/merkle';
import type { BlobStore } from '#platform/blob';
import { statement, transaction } from '#platform/db';
import type { Pool, Queryable } from '#platform/db';
import type { LogTree } from './logtree.ts';
import type { Signed } from './sequencer.ts';

const LOCK = statement(import.meta.url, 'sql/lock.sql');
const COSIGNATURES = statement(import.meta.url, 'sql/cosignatures.sql');
const PUT_COSIGNATURE = statement(import.meta.url, 'sql/put-cosignature.sql');

/** Where a log shows how far it goes, and who it is. */
const [CHECKPOINT, VKEY] = ['checkpoint', 'vkey'];

type CosignatureRow = {
  readonly name: string;
  readonly key_id: Uint8Array;
  readonly signature: Uint8Array;
};

/** A signed tree with its log's signature and those of witnesses that came so far. */
export async function noteOf(db: Queryable, key: NoteKey, signed: Signed): Promise<Note> {
  const { rows } = await db.query<CosignatureRow>(COSIGNATURES, [signed.size]);
  const lines = rows.map((row) => ({
    name: row.name,
    keyId: new Uint8Array(row.key_id),
    signature: new Uint8Array(row.signature),
  }));
  const own = { name: key.name, keyId: key.id, signature: signed.signature };
  return { text: checkpointBody({ ...signed, origin: key.name }), signatures: [own, ...lines] };
}

/** Keeps what a witness answered about the tree of that size. */
export async function keepCosignature(
  db: Queryable,
  size: number,
  { name, keyId, signature }: NoteSignature,
): Promise<void> {
  await db.query(PUT_COSIGNATURE, [size, name, keyId, signature]);
}

/** Beside those of append.ts and sequencer.ts: whoever holds it is the one who publishes. */
const LOCK_KEY = 533_439;

/** Shows the note as the log's newest, unless a later one is shown already. */
export async function publish(
  { pool, blobs, key }: { readonly pool: Pool; readonly blobs: BlobStore; readonly key: NoteKey },
  size: number,
  note: Note,
): Promise<void> {
  await transaction(pool, async (tx) => {
    await tx.query(LOCK, [LOCK_KEY]);
    const shown = await blobs.get(CHECKPOINT);
    if (shown !== null && readPublished(shown, key).size > size) return;
    await blobs.put(CHECKPOINT, utf8(formatNote(note)));
  });
}

/**
 * Compares what the store shows with what was signed, and says who the log is. Throws `corrupt` when the store shows a
 * checkpoint that is another log's, further on than the database, or not the beginning of the signed tree.
 */
export async function checkPublished(
  {
    blobs,
    key,
    tree,
  }: { readonly blobs: BlobStore; readonly key: NoteKey; readonly tree: LogTree },
  last: Signed | null,
): Promise<void> {
  const shown = await blobs.get(CHECKPOINT);
  await blobs.put(VKEY, utf8(`${formatVkey(key)}\n`));
  if (shown === null) return;
  const published = readPublished(shown, key);
  if (published.size > (last?.size ?? 0)) {
    throw damaged(`expected at most ${last?.size ?? 0} leaves, got ${published.size}`);
  }
  if (!equalConstantTime(await tree.root(published.size), published.root)) {
    throw damaged(`of ${published.size} leaves expected the root its tiles give`);
  }
}

function readPublished(bytes: Uint8Array, key: NoteKey) {
  try {
    const signed = parseCheckpoint(textOf(bytes));
    if (signedBy(key, signed)) return signed.checkpoint;
  } catch (cause) {
    throw damaged('expected a checkpoint', cause);
  }
  throw damaged(`expected a signature of \`${key.name}\``);
}

function damaged(message: string, cause?: unknown): Problem {
  return new Problem('corrupt', `published checkpoint ${message}`, {
    hint: 'the plane database is older than its log, or the log was changed: keep both as evidence, and see docs/tasks/check-the-ledger.md',
    cause,
  });
}
