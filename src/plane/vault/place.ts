import { concat, utf8 } from '#base/bytes';
import type { TableSchema, VaultSchema } from './schema.ts';

/**
 * Names of the places values stand in, as bytes that are bound to what is sealed there: vault and table by id, record and
 * column (docs/formats/vault-record.md). Ids, so that renaming changes nothing.
 */
export type Place = {
  /** Associated data of a cell. */
  cell(column: number, recordId: string): Uint8Array;
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
    cell(column, recordId) {
      const bytes = new Uint8Array(prefix.length + 1 + 4 + 16);
      bytes.set(prefix);
      bytes[prefix.length] = 1;
      new DataView(bytes.buffer).setUint32(prefix.length + 1, column);
      bytes.set(uuidBytes(recordId), prefix.length + 5);
      return bytes;
    },
    record(recordId, { version, subject, canary }) {
      const rest = new Uint8Array(1 + 4 + 8 + 1);
      const view = new DataView(rest.buffer);
      rest[0] = 2;
      view.setUint32(1, version);
      view.setBigInt64(5, subject ?? -1n);
      rest[13] = canary ? 1 : 0;
      return concat(prefix, rest, uuidBytes(recordId));
    },
  };
}

/** The 16 bytes of a UUID's text. */
export function uuidBytes(text: string): Uint8Array {
  return Buffer.from(text.replaceAll('-', ''), 'hex');
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
