import { concat, utf8 } from '#base/bytes';
import { signaturesOf } from './note.ts';
import type { Note, NoteSignature } from './note.ts';
import { verifiesEd25519 } from './notekey.ts';
import type { NoteKey } from './notekey.ts';

/** When a witness says it saw the checkpoint. */
export type Cosignature = { readonly timeSeconds: number };

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** The bytes a witness signs (C2SP tlog-cosignature, Ed25519 signed message). */
export function cosignedMessage(body: string, timeSeconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${body}`);
}

/** The signature line of a witness: the time in eight bytes, the high one first, before the signature. */
export function cosignatureLine(
  key: NoteKey,
  { timeSeconds, signature }: Cosignature & { readonly signature: Uint8Array },
): NoteSignature {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(timeSeconds));
  return { name: key.name, keyId: key.id, signature: concat(time, signature) };
}

/** The witness's cosignature on the note, or null when there is none that verifies. */
export function cosignatureOf(key: NoteKey, note: Note): Cosignature | null {
  if (key.type !== 'cosignature') return null;
  for (const { signature } of signaturesOf(note, key)) {
    if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) continue;
    const timeSeconds = Number(Buffer.from(signature).readBigUInt64BE());
    if (!Number.isSafeInteger(timeSeconds)) continue;
    const message = cosignedMessage(note.text, timeSeconds);
    if (verifiesEd25519(key.publicKey, message, signature.subarray(TIME_BYTES)))
      return { timeSeconds };
  }
  return null;
}
