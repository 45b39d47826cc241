import { base64, concat, equalConstantTime, fromBase64 } from '#base/bytes';
import { Problem } from '#base/problem';
import { keyMatches } from './notekey.ts';
import type { NoteKey } from './notekey.ts';

/** A signature line: who, the first bytes of a digest of their key, and the signature itself. */
export type NoteSignature = {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
};

/** A signed note (C2SP signed-note): text that ends in a line feed, and signatures over it. */
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** Enough for a checkpoint and its signatures, ML-DSA-44 among them (5 kB each). */
const NOTE_BYTES_MAX = 128 * 1024;
const NOTE_SIGNATURES_MAX = 64;
const KEY_ID_BYTES = 4;

const LINE = /^— (?<name>[^\s+]{1,256}) (?<base64>[A-Za-z0-9+/]{8,}={0,2})$/u;
/** ASCII control characters other than the line feed. */
// oxlint-disable-next-line no-control-regex -- they are what must not be there
const CONTROL = /[\0-\t\v-\u{1f}]/u;

export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(signatureLine).join('')}`;
}

export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${base64(concat(keyId, signature))}\n`;
}

/** The note that the text is; throws `invalid` when it is none. Nothing is verified. */
export function parseNote(source: string): Note {
  if (source.length > NOTE_BYTES_MAX) throw malformed(`at most ${NOTE_BYTES_MAX} characters`);
  if (!source.isWellFormed() || CONTROL.test(source)) throw malformed('plain text');
  const split = source.lastIndexOf('\n\n');
  if (split < 0) throw malformed('an empty line before its signatures');
  const signatures = parseSignatureLines(source.slice(split + 2));
  return { text: source.slice(0, split + 1), signatures };
}

/** Signature lines by themselves, as a witness answers with; throws `invalid` when they are none. */
export function parseSignatureLines(source: string): readonly NoteSignature[] {
  if (!source.endsWith('\n')) throw malformed('a line feed at its end');
  const lines = source.slice(0, -1).split('\n');
  if (lines.length > NOTE_SIGNATURES_MAX)
    throw malformed(`at most ${NOTE_SIGNATURES_MAX} signatures`);
  return lines.map(parseLine);
}

function parseLine(line: string): NoteSignature {
  const found = LINE.exec(line)?.groups;
  const bytes = fromBase64(found?.['base64'] ?? '');
  if (found === undefined || bytes.length <= KEY_ID_BYTES || base64(bytes) !== found['base64']) {
    throw malformed('signature lines of the form `— name base64`');
  }
  return {
    name: found['name'] ?? '',
    keyId: bytes.subarray(0, KEY_ID_BYTES),
    signature: bytes.subarray(KEY_ID_BYTES),
  };
}

/** Signatures of the note that the key may have made, by name and key id; none of them verified. */
export function signaturesOf(note: Note, key: NoteKey): readonly NoteSignature[] {
  return note.signatures.filter((line) => keyMatches(key, line));
}

/** Signatures without those that say the same as an earlier one. */
export function distinct(signatures: readonly NoteSignature[]): readonly NoteSignature[] {
  return signatures.filter(
    (one, i) =>
      !signatures
        .slice(0, i)
        .some((other) => other.name === one.name && equalConstantTime(other.keyId, one.keyId)),
  );
}

function malformed(expected: string): Problem {
  return new Problem('invalid', `signed note expected ${expected}`);
}
