import { hash } from 'node:crypto';
import { statement } from '#platform/db';
import type { Pool } from '#platform/db';
import { readManifest } from './exportmanifest.ts';
import type { ExportManifest } from './exportmanifest.ts';

const READ = statement(import.meta.url, '../sql/importmanifest.sql');

/** Manifests held at once: one of a large vault is some ten megabytes. */
const HELD_MAX = 2;

export type BelievedManifest = {
  readonly manifest: ExportManifest;
  /** SHA-256 of its text. */
  readonly digest: string;
};

/** Manifests of imports that have begun, which never change: read and parsed once, not for each part. */
export type ImportManifests = {
  /** Null when the import has not begun. */
  get(importId: string): Promise<BelievedManifest | null>;
  /** Forgets what is known of an import. */
  drop(importId: string): void;
};

export function createImportManifests(pool: Pool): ImportManifests {
  const held = new Map<string, BelievedManifest>();
  return {
    async get(importId) {
      const known = held.get(importId);
      if (known !== undefined) return known;
      const { rows } = await pool.query<{ manifest: string | null }>(READ, [importId]);
      const text = rows[0]?.manifest ?? null;
      if (text === null) return null;
      const read = { manifest: readManifest(text), digest: hash('sha256', text) };
      const [oldest] = held.keys();
      if (held.size >= HELD_MAX && oldest !== undefined) held.delete(oldest);
      held.set(importId, read);
      return read;
    },
    drop: (importId) => void held.delete(importId),
  };
}
