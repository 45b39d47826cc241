import { base64, fromBase64, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { HASH_BYTES } from './hash.ts';
import { parseNote, signaturesOf } from './note.ts';
import type { Note } from './note.ts';
import { verifiesEd25519 } from './notekey.ts';
import type { NoteKey } from './notekey.ts';
import type { TreeHead } from './proof.ts';

/** What a log says of itself (C2SP tlog-checkpoint): whose tree, how large, and its root. */
export type Checkpoint = TreeHead & { readonly origin: string };

/** The body of a checkpoint: what is signed. */
export function checkpointBody({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${base64(root)}\n`;
}

const BODY = /^(?<origin>[^\n]{1,256})\n(?<size>0|[1-9]\d{0,15})\n(?<root>[A-Za-z0-9+/]{43}=)\n$/u;

/**
 * The checkpoint that a body is; throws `invalid` when it is none. Extension lines are refused: nobody can audit them,
 * and our logs have none.
 */
function parseCheckpointBody(text: string): Checkpoint {
  const found = BODY.exec(text)?.groups;
  const size = Number(found?.['size']);
  const root = fromBase64(found?.['root'] ?? '');
  const exact = root.length === HASH_BYTES && base64(root) === found?.['root'];
  if (found === undefined || !exact || !Number.isSafeInteger(size)) {
    throw new Problem('invalid', 'checkpoint expected three lines: origin, size, root hash');
  }
  return { origin: found['origin'] ?? '', size, root };
}

export type SignedCheckpoint = { readonly checkpoint: Checkpoint; readonly note: Note };

/** A checkpoint with its signatures, none of them verified; throws `invalid` when the text is none. */
export function parseCheckpoint(source: string): SignedCheckpoint {
  const note = parseNote(source);
  return { checkpoint: parseCheckpointBody(note.text), note };
}

/**
 * Whether the log signed it: a signature line names the key, and every line that does verifies, as C2SP signed-note asks;
 * the origin is the key's name.
 */
export function signedBy(key: NoteKey, { checkpoint, note }: SignedCheckpoint): boolean {
  const lines = signaturesOf(note, key);
  const verified = lines.every((line) =>
    verifiesEd25519(key.publicKey, utf8(note.text), line.signature),
  );
  return key.type === 'ed25519' && checkpoint.origin === key.name && lines.length > 0 && verified;
}
