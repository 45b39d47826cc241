import type { Clock } from '#base/clock';
import { Problem } from '#base/problem';
import type { Pool } from '#platform/db';
import { readSchema } from './schematable.ts';
import type { VaultSchema } from './schema.ts';

/** Reads may go by a schema this old; writes compare it under a lock. */
const AGE_MS_MAX = 1_000;

/** Schemas in force, read again when they are a second old. */
export type SchemaCache = {
  /** Throws `not-found` when there is no such vault. */
  get(vaultId: string): Promise<VaultSchema>;
  /** What was just put in force here. */
  put(schema: VaultSchema): void;
  /** Forgets what is known of a vault. */
  drop(vaultId: string): void;
};

export function createSchemaCache(pool: Pool, clock: Clock): SchemaCache {
  const known = new Map<string, { readonly schema: VaultSchema; readonly untilMs: number }>();
  const put = (schema: VaultSchema) =>
    void known.set(schema.id, { schema, untilMs: clock() + AGE_MS_MAX });
  return {
    async get(vaultId) {
      const held = known.get(vaultId);
      if (held !== undefined && held.untilMs > clock()) return held.schema;
      const schema = await readSchema(pool, vaultId);
      if (schema === null) {
        known.delete(vaultId);
        throw new Problem('not-found', `no vault \`${vaultId}\``);
      }
      put(schema);
      return schema;
    },
    put,
    drop: (vaultId) => void known.delete(vaultId),
  };
}
