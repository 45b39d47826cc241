import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { statement, transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { VaultCaller } from '../caller.ts';
import type { VaultGround } from '../ground.ts';
import { dropFiles } from './importfiles.ts';
import { readImport } from './importing.ts';
import { IMPORT_DAYS_MAX } from '../limits.ts';
import { prefixSpace } from '../records/lookups.ts';
import { runAgain } from '../writing/runagain.ts';
import { lockSchema } from '../schema/schematable.ts';
import type { VaultSchema } from '../schema/schema.ts';
import { vaultScopes } from '../keys/vaultkeys.ts';
import { WriteAgain } from '../writing/writewave.ts';

const OPEN = statement(import.meta.url, '../sql/importopen.sql');
const LOCK = statement(import.meta.url, '../sql/importlock.sql');
const UNTIMED = statement(import.meta.url, '../sql/importuntimed.sql');
const ABANDON = statement(import.meta.url, '../sql/importabandon.sql');
const PARTS = statement(import.meta.url, '../sql/importpartsdelete.sql');
const HIDDEN = statement(import.meta.url, '../sql/vaulthidden.sql');
const RECORDS = statement(import.meta.url, '../sql/recorddeleteall.sql');
const LOOKUPS = statement(import.meta.url, '../sql/lookupdeleteall.sql');
const TOKENS = statement(import.meta.url, '../sql/tokendeleteall.sql');
const SCHEMAS = statement(import.meta.url, '../sql/schemadelete.sql');
const VAULT = statement(import.meta.url, '../sql/vaultdelete.sql');

const DAY_MS = 24 * 60 * 60 * 1_000;
const PLANE: VaultCaller = { actor: { kind: 'plane' }, session: null, purpose: null };

type Abandoning = { readonly id: string; readonly reason: 'asked' | 'expired' };

/**
 * Takes an import back that was given up: its key, and the vault it was making with all that is in and every key of it, are
 * gone when it resolves. Throws `conflict` when the import is over.
 */
export async function abandonImport(
  ground: VaultGround,
  caller: VaultCaller,
  { id, reason }: Abandoning,
): Promise<void> {
  const { ports, manifests } = ground;
  await runAgain(() =>
    transaction(ports.pool, async (tx) => {
      const { document: seen } = await readImport(tx, id);
      // Parts hold the vault before the import: the other way round each would wait for the other.
      if (seen !== null) await lockSchema(tx, seen.number);
      await tx.query(LOCK, [id]);
      const { ended, document: vault } = await readImport(tx, id);
      if (ended) throw new Problem('conflict', 'the import is over');
      if (vault?.number !== seen?.number) throw new WriteAgain(); // it began in this moment
      const counts =
        vault === null ? { records: 0, tokens: 0 } : await emptyVault(ground, tx, vault);
      await tx.query(PARTS, [id]);
      await dropFiles(ground, tx, { id, keepUsed: false });
      await tx.query(ABANDON, [id]);
      if (vault !== null) await removeVault(ground, tx, { caller, vault });
      const { actor, session, purpose } = caller;
      await ports.ledger.append(tx, {
        kind: 'vault-import-abandoned',
        actor,
        session,
        purpose,
        vault: vault?.id ?? null,
        import: id as Id<'imp'>, // INVARIANT: the database has it
        reason,
        ...counts,
      });
    }),
  );
  manifests.drop(id);
  await ground.trash.empty();
}

/** Abandons the imports that nobody finished in time. */
export async function abandonExpired(ground: VaultGround): Promise<void> {
  const { pool, clock } = ground.ports;
  const { rows } = await pool.query<{ id: string }>(OPEN, [clock() - IMPORT_DAYS_MAX * DAY_MS]);
  for (const { id } of rows) {
    await abandonImport(ground, PLANE, { id, reason: 'expired' }).catch((thrown: unknown) => {
      // Somebody else has just ended it.
      if (!(thrown instanceof Problem) || thrown.code !== 'conflict') throw thrown;
    });
  }
}

/** Deletes what is in a vault that was never seen: it has no answers of writes or passes. */
async function emptyVault(
  { subjectKeys }: VaultGround,
  tx: Transaction,
  vault: VaultSchema,
): Promise<{ readonly records: number; readonly tokens: number }> {
  const { rowCount } = await tx.query(HIDDEN, [vault.number]);
  if (rowCount !== 1) throw new Problem('conflict', 'the import is over');
  await tx.query(UNTIMED);
  const columns = vault.tables.flatMap((table) => table.columns);
  const spaces = columns.flatMap((column) => [
    column.number,
    prefixSpace(column),
    ...column.tokens.map(({ space }) => space),
  ]);
  const records = await tx.query(RECORDS, [vault.tables.map(({ number }) => number)]);
  await tx.query(LOOKUPS, [spaces]);
  const tokens = await tx.query(TOKENS, [vault.number]);
  await subjectKeys.destroyAll(tx, vault);
  return { records: records.rowCount ?? 0, tokens: tokens.rowCount ?? 0 };
}

async function removeVault(
  { ports }: VaultGround,
  tx: Transaction,
  { caller, vault }: { readonly caller: VaultCaller; readonly vault: VaultSchema },
): Promise<void> {
  await tx.query(SCHEMAS, [vault.number]);
  await tx.query(VAULT, [vault.number]);
  for (const scope of vaultScopes(vault)) await ports.keyring.destroy(scope, caller.actor, tx);
}
