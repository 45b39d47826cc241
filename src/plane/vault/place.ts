import { utf8 } from '#base/bytes';
import type { TableSchema, VaultSchema } from './schema.ts';

/**
 * Names of the places values stand in, as bytes that are bound to what is sealed there: vault and table by id, record and
 * column (docs/formats/vault-record.md). Ids, so that renaming changes nothing.
 */
export type Place = {
  /** Gives the associated data of a record's cells by column number; the same array each time, so use it at once. */
  cells(recordId: string): (column: number) => Uint8Array;
  /** What the code of a record covers beside its body. */
  record(recordId: string, state: RecordState): Uint8Array;
};

export type RecordState = {
  readonly version: number;
  readonly subject: bigint | null;
  readonly canary: boolean;
};

/** Stands for the record's list of tokens; no column has this number. */
export const TOKENS_COLUMN = 0;

export function placeOf(vault: VaultSchema, table: TableSchema): Place {
  const prefix = utf8(`privet/vault/v1\n${vault.id}\n${table.id}\n`);
  return {
    cells(recordId) {
      const bytes = Buffer.allocUnsafe(prefix.length + 1 + 4 + 16);
      bytes.set(prefix);
      bytes[prefix.length] = 1;
      bytes.set(uuidBytes(recordId), prefix.length + 5);
      return (column) => {
        bytes.writeUInt32BE(column, prefix.length + 1);
        return bytes;
      };
    },
    record(recordId, { version, subject, canary }) {
      const bytes = Buffer.allocUnsafe(prefix.length + 1 + 4 + 8 + 1 + 16);
      bytes.set(prefix);
      const at = prefix.length;
      bytes[at] = 2;
      bytes.writeUInt32BE(version, at + 1);
      bytes.writeBigInt64BE(subject ?? -1n, at + 5);
      bytes[at + 13] = canary ? 1 : 0;
      bytes.set(uuidBytes(recordId), at + 14);
      return bytes;
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
