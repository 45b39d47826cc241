import { createPublicKey, hash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Unreadable } from './finding.ts';

/** A key that notes are signed with (C2SP signed-note); its name says whose it is. */
export type NoteKey = {
  readonly name: string;
  readonly id: number;
  readonly kind: 'log' | 'witness';
  readonly key: KeyObject;
};

/** A checkpoint as it was signed (C2SP tlog-checkpoint). */
export type Checkpoint = {
  readonly text: string;
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  readonly signatures: readonly Signature[];
};
export type Signature = { readonly name: string; readonly id: number; readonly bytes: Buffer };

const LOG_TYPE = 0x01;
const WITNESS_TYPE = 0x04;
const KEY_BYTES = 32;
const ID_BYTES = 4;
const ROOT_BYTES = 32;
/** A witness writes its time in front of its signature. */
const TIME_BYTES = 8;
const NOTE_BYTES_MAX = 64 * 1024;
/** A public Ed25519 key in front of its bytes (RFC 8410 §4). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** The key of a vkey text: `name+id+base64(type ‖ key)`. Throws `Unreadable`. */
export function readKey(vkey: string): NoteKey {
  const match = /^(?<name>[^+\s]+)\+(?<id>[0-9a-f]{8})\+(?<body>[A-Za-z0-9+/=]+)$/u.exec(
    vkey.trim(),
  );
  const { name = '', id = '', body = '' } = match?.groups ?? {};
  const bytes = Buffer.from(body, 'base64');
  const kind = bytes[0] === LOG_TYPE ? 'log' : bytes[0] === WITNESS_TYPE ? 'witness' : null;
  if (kind === null || bytes.length !== KEY_BYTES + 1)
    throw new Unreadable('a vkey expected an Ed25519 key');
  const expected = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), bytes]), 'buffer');
  if (expected.readUInt32BE(0) !== Number.parseInt(id, 16)) {
    throw new Unreadable(`the id of key \`${name}\` does not belong to it`);
  }
  const spki = Buffer.concat([SPKI_HEAD, bytes.subarray(1)]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return { name, id: expected.readUInt32BE(0), kind, key };
}

/** A checkpoint with its signature lines, none of them checked yet. Throws `Unreadable`. */
export function readCheckpoint(note: string): Checkpoint {
  if (note.length > NOTE_BYTES_MAX) throw new Unreadable('a checkpoint is longer than one can be');
  const border = note.lastIndexOf('\n\n');
  if (border < 0 || !note.endsWith('\n'))
    throw new Unreadable('a checkpoint expected a signed note');
  const text = note.slice(0, border + 1);
  const lines = text.split('\n');
  const [origin = '', size = '', root = ''] = lines;
  const rootBytes = Buffer.from(root, 'base64');
  if (
    lines.length !== 4 ||
    origin === '' ||
    !/^(?:0|[1-9]\d{0,15})$/u.test(size) ||
    rootBytes.length !== ROOT_BYTES ||
    rootBytes.toString('base64') !== root
  ) {
    throw new Unreadable('a checkpoint expected an origin, a size and a root, and nothing else');
  }
  const signatures = note
    .slice(border + 2, -1)
    .split('\n')
    .map(readSignature);
  return { text, origin, size: Number(size), root: rootBytes, signatures };
}

function readSignature(line: string): Signature {
  const match = /^\u2014 (?<name>[^+\s]+) (?<body>[A-Za-z0-9+/=]+)$/u.exec(line);
  const bytes = Buffer.from(match?.groups?.['body'] ?? '', 'base64');
  if (match === null || bytes.length <= ID_BYTES)
    throw new Unreadable('a signature line cannot be read');
  return {
    name: match.groups?.['name'] ?? '',
    id: bytes.readUInt32BE(0),
    bytes: bytes.subarray(ID_BYTES),
  };
}

/** Whether that key signed the checkpoint: `none` when it has no line there, `wrong` when a line of it does not verify. */
export function signedBy(checkpoint: Checkpoint, key: NoteKey): 'signed' | 'none' | 'wrong' {
  const own = checkpoint.signatures.filter(({ name, id }) => name === key.name && id === key.id);
  if (own.length === 0) return 'none';
  return own.every(({ bytes }) => holds(checkpoint.text, key, bytes)) ? 'signed' : 'wrong';
}

function holds(text: string, { kind, key }: NoteKey, bytes: Buffer): boolean {
  if (kind === 'log') return verify(null, Buffer.from(text), key, bytes);
  if (bytes.length <= TIME_BYTES) return false;
  const head = `cosignature/v1\ntime ${bytes.readBigUInt64BE(0)}\n`;
  return verify(null, Buffer.from(head + text), key, bytes.subarray(TIME_BYTES));
}
