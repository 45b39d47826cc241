import { transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import { Problem } from '#base/problem';
import { newId } from '#base/ids';
import { applyChange, readChange } from './change.ts';
import type { SchemaChange } from './change.ts';
import type { VaultCaller } from '../caller.ts';
import { withTable } from './design.ts';
import type { VaultGround } from '../ground.ts';
import { schemaDigest, toldBy } from '../leaf.ts';
import { dropSpace, makeUnique } from '../records/lookuptable.ts';
import { insertPass } from './passtable.ts';
import { readVaultProposal } from '../schema/proposal.ts';
import type { VaultProposal } from '../schema/proposal.ts';
import {
  archiveVault,
  insertVault,
  lockSchema,
  readSchema,
  takeNumbers,
  updateSchema,
} from '../schema/schematable.ts';
import { columnOf, tableOf } from '../schema/schema.ts';
import type { VaultSchema } from '../schema/schema.ts';
import { COLUMNS_MAX, TOKEN_KINDS_MAX } from '../limits.ts';

/** How many numbers a table with that many columns can need: its own, and for each column its own and one a token kind. */
const numbersFor = (columns: number) => 1 + columns * (1 + TOKEN_KINDS_MAX);

/** Makes a vault; throws `conflict` when its name is in use. */
export async function createVault(
  ground: VaultGround,
  caller: VaultCaller,
  proposal: VaultProposal,
): Promise<VaultSchema> {
  const { ports, schemas } = ground;
  const schema = await transaction(ports.pool, (tx) => makeVault(ground, tx, { caller, proposal }));
  schemas.put(schema);
  ports.onSchema?.(schema, 'present');
  return schema;
}

/** A new vault with its leaf, in the transaction. */
export async function makeVault(
  { ports }: VaultGround,
  tx: Transaction,
  { caller, proposal }: { readonly caller: VaultCaller; readonly proposal: VaultProposal },
): Promise<VaultSchema> {
  const read = readVaultProposal(proposal);
  const source = { nowMs: ports.clock(), random: ports.random };
  const wanted = read.tables.reduce((sum, { columns }) => sum + numbersFor(columns.length), 0);
  const numbers = [...(await takeNumbers(tx, wanted))];
  const namer = { ...source, number: () => numbers.shift() as number }; // INVARIANT: as many as can be asked for
  const { name, description } = read;
  const bare = { id: newId('vlt', source), number: 0, name, description, version: 1, tables: [] };
  let next: VaultSchema = bare;
  for (const table of read.tables) next = withTable(next, table, namer);
  const made = await insertVault(tx, next);
  const leaf = { kind: 'vault-schema', ...toldBy(caller, made), change: 'created' } as const;
  await ports.ledger.append(tx, { ...leaf, version: 1, digest: schemaDigest(made) });
  return made;
}

/**
 * Changes a schema, and puts it in force for everybody before it resolves. What needs a look at every record is pending
 * until its pass is over. `ifVersion` refuses when somebody else changed it meanwhile.
 */
export async function changeSchema(
  { ports, schemas }: VaultGround,
  caller: VaultCaller,
  request: { readonly vault: string; readonly change: SchemaChange; readonly ifVersion?: number },
): Promise<VaultSchema> {
  const change = readChange(request.change);
  const { number } = await schemas.get(request.vault);
  const schema = await transaction(ports.pool, async (tx) => {
    await lockSchema(tx, number);
    const vault = await readSchema(tx, request.vault);
    if (vault === null) throw new Problem('not-found', `no vault \`${request.vault}\``);
    if (request.ifVersion !== undefined && request.ifVersion !== vault.version) {
      throw new Problem(
        'conflict',
        `schema expected version ${request.ifVersion}, got ${vault.version}`,
      );
    }
    const numbers = [
      ...(await takeNumbers(tx, numbersFor(change.kind === 'add-table' ? COLUMNS_MAX : 1))),
    ];
    const namer = {
      nowMs: ports.clock(),
      random: ports.random,
      number: () => numbers.shift() as number, // INVARIANT: as many as can be asked for
    };
    const changed = applyChange(vault, change, namer);
    await updateSchema(tx, changed.schema);
    if (changed.pass !== null) {
      const { table, column, kind } = changed.pass;
      await insertPass(tx, { vaultNumber: number, table: table.id, column: column.id, kind });
    }
    if (change.kind === 'drop-index' || change.kind === 'drop-unique') {
      const column = columnOf(tableOf(vault, change.table), change.column);
      if (change.kind === 'drop-unique') await makeUnique(tx, column.number, false);
      else await dropSpace(tx, column.number);
    }
    const leaf = { kind: 'vault-schema', ...toldBy(caller, vault), change: 'changed' } as const;
    await ports.ledger.append(tx, {
      ...leaf,
      version: changed.schema.version,
      digest: schemaDigest(changed.schema),
    });
    return changed.schema;
  });
  schemas.put(schema);
  ports.onSchema?.(schema, 'present');
  return schema;
}

/** Takes a vault out of use: it answers nothing from then on, and its name is free. What it holds stays as it is. */
export async function archive(
  { ports, schemas }: VaultGround,
  caller: VaultCaller,
  vaultId: string,
): Promise<void> {
  const schema = await schemas.get(vaultId);
  await transaction(ports.pool, async (tx) => {
    await lockSchema(tx, schema.number);
    await archiveVault(tx, schema.number);
    const leaf = { kind: 'vault-schema', ...toldBy(caller, schema), change: 'archived' } as const;
    await ports.ledger.append(tx, {
      ...leaf,
      version: schema.version,
      digest: schemaDigest(schema),
    });
  });
  schemas.drop(vaultId);
  ports.onSchema?.({ ...schema, version: schema.version + 1 }, 'removed');
}

/** Begins a pass that seals every record of a table anew, under the newest key; gives its number. */
export async function reseal(
  { ports, schemas }: VaultGround,
  vaultId: string,
  tableName: string,
): Promise<number> {
  const vault = await schemas.get(vaultId);
  const { id } = tableOf(vault, tableName);
  return insertPass(ports.pool, {
    vaultNumber: vault.number,
    table: id,
    column: null,
    kind: 'reseal',
  });
}
