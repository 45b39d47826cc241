import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { fileHead } from './files/filehead.ts';
import type { VaultPorts } from './ports.ts';
import type { OpenRecord } from './records/sealedrecord.ts';
import type { TableSchema } from './schema/schema.ts';

const INSERT = statement(import.meta.url, 'sql/trashinsert.sql');
const OLDEST = statement(import.meta.url, 'sql/trasholdest.sql');
const DELETE = statement(import.meta.url, 'sql/trashdelete.sql');

/** As many blobs are removed in one go. */
const BLOBS_MAX = 1_000;

/** When a blob may be removed; a held one not before the end of the exports that may read it. */
export type Due = { readonly atMs: number; readonly held?: boolean };

/**
 * Blobs that nothing points to: noted in the transaction that lets them go and removed after it. A blob is noted before it
 * is written, too, and taken off when its record points to it, so that no crash leaves one behind.
 */
export type Trash = {
  /** Notes blobs; they are removed once they are due. */
  put(db: Queryable, keys: readonly string[], due: Due): Promise<void>;
  /** Takes a blob off again. */
  keep(db: Queryable, key: string): Promise<void>;
  /** Removes what is due. */
  empty(): Promise<void>;
};

export function createTrash({ pool, blobs, clock }: VaultPorts): Trash {
  const keep = async (db: Queryable, key: string) => void (await db.query(DELETE, [key]));
  return {
    async put(db, keys, { atMs, held = false }) {
      if (keys.length > 0) await db.query(INSERT, [keys, atMs, held]);
    },
    keep,
    async empty() {
      const { rows } = await pool.query<{ key: string }>(OLDEST, [clock(), BLOBS_MAX]);
      for (const { key } of rows) {
        await blobs.delete(key);
        await keep(pool, key);
      }
    },
  };
}

/** The blobs that hold the files of records. */
export function blobsOf(table: TableSchema, records: readonly OpenRecord[]): readonly string[] {
  const columns = table.columns.filter(({ type }) => type === 'file');
  return records.flatMap((record) =>
    columns.flatMap(({ number }) => {
      const plain = record.cell(number);
      return plain === null ? [] : [fileHead(plain).blob];
    }),
  );
}
