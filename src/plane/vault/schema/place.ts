import { utf8 } from '#base/bytes';

/**
 * Names of the places values stand in, as bytes that are bound to what is sealed there: vault and table by id, record and
 * column (docs/formats/vault-record.md). Ids, so that renaming changes nothing.
 */
export type Place = {
  /** Gives the associated data of a record's cells by column number; the same array each time, so use it at once. */
  cells(head: Uint8Array): (column: number) => Uint8Array;
  /** What the code of a record covers beside its body; the same array each time. */
  record(head: Uint8Array): Uint8Array;
};

export type RecordState = {
  readonly version: number;
  readonly subject: bigint | null;
  readonly canary: boolean;
};

/** Stands for the record's list of tokens; no column has this number. */
export const TOKENS_COLUMN = 0;

/** Version, subject number, whether it is a canary, id. */
export const HEAD_BYTES = 4 + 8 + 1 + 16;
const SUBJECT_AT = 4;
const CANARY_AT = SUBJECT_AT + 8;
const ID_AT = CANARY_AT + 1;
const NO_SUBJECT = -1n;

/** Writes what a record is beside its body, as its code covers it. */
export function writeHead(
  out: Buffer,
  at: number,
  { id, version, subject, canary }: RecordState & { readonly id: string },
): void {
  out.writeUInt32BE(version, at);
  out.writeBigInt64BE(subject ?? NO_SUBJECT, at + SUBJECT_AT);
  out[at + CANARY_AT] = canary ? 1 : 0;
  out.set(uuidBytes(id), at + ID_AT);
}

/** Says of a head whether it is that of a canary. */
export function markCanary(head: Uint8Array, canary: boolean): void {
  head[CANARY_AT] = canary ? 1 : 0;
}

export function hasSubject(head: Uint8Array): boolean {
  return head.subarray(SUBJECT_AT, CANARY_AT).some((byte) => byte !== 0xff);
}

/** Of a table of a vault. */
export function placeOf(vault: { readonly id: string }, table: { readonly id: string }): Place {
  const prefix = utf8(`privet/vault/v1\n${vault.id}\n${table.id}\n`);
  const cell = Buffer.alloc(prefix.length + 1 + 4 + 16);
  cell.set(prefix);
  cell[prefix.length] = 1;
  const record = Buffer.alloc(prefix.length + 1 + HEAD_BYTES);
  record.set(prefix);
  record[prefix.length] = 2;
  return {
    cells(head) {
      const id = head.subarray(ID_AT, HEAD_BYTES);
      return (column) => {
        cell.writeUInt32BE(column, prefix.length + 1);
        cell.set(id, prefix.length + 5);
        return cell;
      };
    },
    record(head) {
      record.set(head, prefix.length + 1);
      return record;
    },
  };
}

/** The 16 bytes of a UUID's text. */
export function uuidBytes(text: string): Uint8Array {
  const digits =
    text.slice(0, 8) + text.slice(9, 13) + text.slice(14, 18) + text.slice(19, 23) + text.slice(24);
  return Buffer.from(digits, 'hex');
}

/** The text of 16 bytes as a UUID. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;

/** Whether a text is a UUID as the vault writes it. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The 12 bits of a UUID of version 7 that count within a millisecond. */
const COUNTS = 4_096;

/**
 * Gives record ids for one write: UUIDs of version 7 (RFC 9562 §5.7, §6.2 method 1), so that records of a table lie in the
 * order they came, those of one write in the order of its rows.
 */
export function recordIds(nowMs: number, random: (sizeBytes: number) => Uint8Array): () => string {
  let given = 0;
  return () => {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    const ms = BigInt(nowMs + Math.floor(given / COUNTS));
    view.setBigUint64(0, (ms << 16n) | 0x7000n | BigInt(given % COUNTS));
    bytes.set(random(8), 8);
    bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
    given += 1;
    return uuidText(bytes);
  };
}
