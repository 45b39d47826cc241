import type { LeafBody } from '#plane/ledger';
import { transaction } from '#platform/db';
import type { VaultCaller } from './caller.ts';
import type { VaultGround } from './ground.ts';
import { createKeyBag } from './keys/keybag.ts';
import { recordDigest, toldBy } from './leaf.ts';
import { PAGE_RECORDS_MAX } from './limits.ts';
import { countRecords, recordPage, recordsById, wholeRecords } from './records/recordtable.ts';
import type { RecordRow } from './records/recordtable.ts';
import type { TableSchema } from './schema/schema.ts';

/** A record that is not as the ledger has it. */
export type Finding = {
  readonly table: string;
  readonly record: string;
  /** Its bytes are not what was written; it was put back as it was before; it was removed and is there again. */
  readonly what: 'corrupt' | 'put-back' | 'removed';
};

/** Leaves that are read at once. */
const LEAVES = 500;

export type Comparison = {
  /** Records that were looked at. */
  readonly records: number;
  readonly findings: readonly Finding[];
  /** Records that the ledger has and the database has not: deleted behind the vault's back. Which they were, nobody can tell. */
  readonly missing: number;
};

/**
 * Compares every record of a vault with the ledger. A record that was put back whole, as it once was, opens: it was sealed
 * here. That it is not the newest is known to the ledger alone, and an attacker who owns the database does not own that.
 * Each finding is an alarm, and one more stands for all that are missing.
 */
export async function verifyVault(
  ground: VaultGround,
  caller: VaultCaller,
  vaultId: string,
): Promise<Comparison> {
  const { ports, schemas } = ground;
  const vault = await schemas.get(vaultId);
  const bag = await createKeyBag(ground, vault);
  const findings: (Finding & { readonly tableId: TableSchema['id'] })[] = [];
  // Before the ledger is read, so that what is written meanwhile is newer there, never older.
  const seen: Seen[] = [];
  for (const table of vault.tables) {
    for await (const page of recordPages(ground, table)) {
      const rows = wholeRecords(page);
      for (const opened of await bag.open(table, rows)) {
        if (opened.kind !== 'corrupt') continue;
        findings.push({ tableId: table.id, table: table.name, record: opened.id, what: 'corrupt' });
      }
      for (const { id, version } of rows) seen.push({ table, id, version });
    }
  }
  const { there, size } = await transaction(
    ports.pool,
    async (tx) => ({
      there: await countRecords(tx, vault.tables),
      size: await ports.ledger.sizeIn(tx),
    }),
    'repeatable read',
  );
  const told = await toldOf(ground, vaultId, size);
  for (const { table, id, version } of seen) {
    const newest = told.versions.get(recordDigest(bag.index, id));
    if (newest === undefined || (newest !== 0 && newest <= version)) continue;
    const what = newest === 0 ? 'removed' : 'put-back';
    if (await isStill(ground, { table, id, version })) {
      findings.push({ tableId: table.id, table: table.name, record: id, what });
    }
  }
  const extra = findings.filter(({ what }) => what === 'removed').length;
  const missing = Math.max(0, told.records - (there - extra));
  const alarm = { kind: 'vault-alarm', ...toldBy(caller, vault), reason: 'corrupt' } as const;
  for (const { tableId, record } of findings) {
    const digest = recordDigest(bag.index, record);
    await ports.ledger.write({ ...alarm, table: tableId, record: digest });
  }
  if (missing > 0) await ports.ledger.write({ ...alarm, table: null, record: null });
  return {
    records: seen.length,
    findings: findings.map(({ table, record, what }) => ({ table, record, what })),
    missing,
  };
}

type Seen = { readonly table: TableSchema; readonly id: string; readonly version: number };

/** Every record of a table, what is left of forgotten people's among them. */
async function* recordPages(
  { ports }: VaultGround,
  table: TableSchema,
): AsyncGenerator<readonly RecordRow[]> {
  for (let after: string | null = null; ;) {
    const page = { after, skip: 0, limit: PAGE_RECORDS_MAX, descending: false };
    const rows = await recordPage(ports.pool, table, page);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/**
 * What the ledger tells of a vault: the newest version of each record that was changed, by digest, 0 for one that was removed;
 * and how many records it had when the ledger had `size` leaves.
 */
async function toldOf(
  { ports }: VaultGround,
  vaultId: string,
  size: number,
): Promise<{ readonly versions: ReadonlyMap<string, number>; readonly records: number }> {
  const versions = new Map<string, number>();
  let records = 0;
  for (let from = 0; ;) {
    const leaves = await ports.ledger.read({ from, limit: LEAVES, kinds: ['vault-written'] });
    for (const { leaf, index } of leaves) {
      if (leaf.kind !== 'vault-written' || leaf.vault !== vaultId) continue;
      if (index < size) records += cameBy(leaf);
      for (const { record, version } of leaf.changed) versions.set(record, version);
    }
    const last = leaves.at(-1);
    if (last === undefined) return { versions, records };
    from = last.index + 1;
  }
}

/** How many more records there are by a write. */
function cameBy({ operation, records }: LeafBody<'vault-written'>): number {
  if (operation === 'insert') return records;
  return operation === 'delete' ? -records : 0;
}

/** Whether the record is still as it was seen: a write or a removal since then explains the difference. */
async function isStill({ ports }: VaultGround, seen: Seen): Promise<boolean> {
  const [row] = await recordsById(ports.pool, seen.table, [seen.id]);
  return row?.version === seen.version && row.body !== null;
}
