import type { VaultCaller } from './caller.ts';
import type { VaultGround } from './ground.ts';
import { createKeyBag } from './keybag.ts';
import { recordDigest, toldBy } from './leaf.ts';
import { PAGE_RECORDS_MAX } from './limits.ts';
import { recordPage, recordsById, wholeRecords } from './recordtable.ts';
import type { TableSchema } from './schema.ts';

/** A record that is not as the ledger has it. */
export type Finding = {
  readonly table: string;
  readonly record: string;
  /** Its bytes are not what was written; it was put back as it was before; it was removed and is there again. */
  readonly what: 'corrupt' | 'put-back' | 'removed';
};

/** Leaves that are read at once. */
const LEAVES = 500;

/**
 * Compares every record of a vault with the ledger. A record that was put back whole, as it once was, opens: it was sealed
 * here. That it is not the newest is known to the ledger alone, and an attacker who owns the database does not own that.
 * Each finding is an alarm.
 */
export async function verifyVault(
  ground: VaultGround,
  caller: VaultCaller,
  vaultId: string,
): Promise<{ readonly records: number; readonly findings: readonly Finding[] }> {
  const { ports, schemas } = ground;
  const vault = await schemas.get(vaultId);
  const bag = await createKeyBag(ground, vault);
  const findings: (Finding & { readonly tableId: TableSchema['id'] })[] = [];
  let records = 0;
  // Before the ledger is read, so that what is written meanwhile is newer there, never older.
  const seen: { readonly table: TableSchema; readonly id: string; readonly version: number }[] = [];
  for (const table of vault.tables) {
    for (let after: string | null = null; ;) {
      // What was forgotten is left out by the database: a page that comes back short is the last one.
      const page = { after, skip: 0, limit: PAGE_RECORDS_MAX, descending: false, wholeOnly: true };
      const rows = wholeRecords(await recordPage(ports.pool, table, page));
      for (const opened of await bag.open(table, rows)) {
        if (opened.kind !== 'corrupt') continue;
        findings.push({ tableId: table.id, table: table.name, record: opened.id, what: 'corrupt' });
      }
      for (const { id, version } of rows) seen.push({ table, id, version });
      records += rows.length;
      after = rows.length < PAGE_RECORDS_MAX ? null : (rows.at(-1)?.id ?? null);
      if (after === null) break;
    }
  }
  const told = await toldVersions(ground, vaultId);
  for (const { table, id, version } of seen) {
    const newest = told.get(recordDigest(bag.index, id));
    if (newest === undefined || (newest !== 0 && newest <= version)) continue;
    const what = newest === 0 ? 'removed' : 'put-back';
    if (await isStill(ground, { table, id, version })) {
      findings.push({ tableId: table.id, table: table.name, record: id, what });
    }
  }
  for (const { tableId, record } of findings) {
    await ports.ledger.write({
      kind: 'vault-alarm',
      ...toldBy(caller, vault),
      table: tableId,
      reason: 'corrupt',
      record: recordDigest(bag.index, record),
    });
  }
  return {
    records,
    findings: findings.map(({ table, record, what }) => ({ table, record, what })),
  };
}

/** The newest version that the ledger tells of each record that was changed, by digest; 0 for one that was removed. */
async function toldVersions(
  { ports }: VaultGround,
  vaultId: string,
): Promise<ReadonlyMap<string, number>> {
  const told = new Map<string, number>();
  for (let from = 0; ;) {
    const leaves = await ports.ledger.read({ from, limit: LEAVES, kinds: ['vault-written'] });
    for (const { leaf } of leaves) {
      if (leaf.kind !== 'vault-written' || leaf.vault !== vaultId) continue;
      for (const { record, version } of leaf.changed) told.set(record, version);
    }
    const last = leaves.at(-1);
    if (last === undefined) return told;
    from = last.index + 1;
  }
}

/** Whether the record is still as it was seen: a write or a removal since then explains the difference. */
async function isStill(
  { ports }: VaultGround,
  seen: { readonly table: TableSchema; readonly id: string; readonly version: number },
): Promise<boolean> {
  const [row] = await recordsById(ports.pool, seen.table, [seen.id]);
  return row?.version === seen.version && row.body !== null;
}
