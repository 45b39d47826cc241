import { Problem } from '#base/problem';
import { transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import { changeColumn } from './change.ts';
import type { PassKind } from './change.ts';
import type { VaultGround } from '../ground.ts';
import { bagsOf } from '../keys/keybag.ts';
import type { KeyBag } from '../keys/keybag.ts';
import { schemaDigest } from '../leaf.ts';
import { makeUnique, sharedValues } from '../records/lookuptable.ts';
import { advancePass, endPass, takePass } from './passtable.ts';
import type { Pass } from './passtable.ts';
import { recordPage, wholeRecords } from '../records/recordtable.ts';
import type { RecordRow } from '../records/recordtable.ts';
import { runAgain } from '../writing/runagain.ts';
import { holdSchema, lockSchema, readSchema, updateSchema } from '../schema/schematable.ts';
import { columnOf, tableOf } from '../schema/schema.ts';
import type { ColumnSchema, TableSchema, VaultSchema } from '../schema/schema.ts';
import { convertValue, decodeValue } from '../schema/value.ts';
import { rewriteRecords } from '../writing/write.ts';
import { WriteAgain } from '../writing/writewave.ts';

/** Records that one step looks at: short enough for others to write in between. */
const STEP_RECORDS = 500;
/** Groups of records that a report names. */
const REPORTED_MAX = 100;

/**
 * Takes running passes one step further; false when there is nothing to do. Each step is one transaction with its place in
 * the table, so that a crash costs a step and nothing is done twice.
 */
export async function stepPass(ground: VaultGround): Promise<boolean> {
  const bags = bagsOf(ground);
  return runAgain(() =>
    transaction(ground.ports.pool, async (tx) => {
      const pass = await takePass(tx);
      if (pass === null) return false;
      const vault = await ground.schemas.get(pass.vault);
      const table = vault.tables.find(({ id }) => id === pass.table);
      if (table === undefined) await endPass(tx, pass.number, { state: 'failed', report: [] });
      else await step(ground, tx, { pass, vault, table, bag: await bags(vault) });
      return true;
    }),
  );
}

type Step = {
  readonly pass: Pass;
  readonly vault: VaultSchema;
  readonly table: TableSchema;
  readonly bag: KeyBag;
};

async function step(
  ground: VaultGround,
  tx: Transaction,
  { pass, vault, table, bag }: Step,
): Promise<void> {
  const page = { after: pass.cursor, skip: 0, limit: STEP_RECORDS, descending: false };
  const rows = await recordPage(tx, table, page);
  if (rows.length === 0) return finish(ground, tx, { pass, vault, table, bag });
  if ((await holdSchema(tx, vault)) === null) {
    ground.schemas.drop(vault.id);
    throw new WriteAgain();
  }
  const column = pass.column === null ? null : columnOf(table, pass.column);
  const unfit = column === null ? [] : unfitRecords({ bag, table, column, rows });
  const report = [...pass.report, ...unfit.map((id) => [id])].slice(0, REPORTED_MAX);
  const whole = wholeRecords(rows).map(({ id }) => id);
  const checking = column?.pending?.kind === 'retype';
  if (!checking) await rewriteRecords(ground, tx, { vault, table, bag, ids: whole });
  await advancePass(tx, pass.number, {
    cursor: rows.at(-1)?.id ?? null,
    records: pass.records + rows.length,
    changed: pass.changed + (checking ? 0 : whole.length),
    report,
  });
}

/** Records whose value is none of the type the column is to have. */
function unfitRecords(work: {
  readonly bag: KeyBag;
  readonly table: TableSchema;
  readonly column: ColumnSchema;
  readonly rows: readonly RecordRow[];
}): readonly string[] {
  const { bag, table, column, rows } = work;
  const { pending } = column;
  if (pending?.kind !== 'retype') return [];
  const opened = bag.opened(table, wholeRecords(rows));
  return opened.flatMap((one) => {
    if (one.kind !== 'record') return one.kind === 'corrupt' ? [one.id] : [];
    const plain = one.record.cell(column.number);
    if (plain === null) return [];
    return convertValue(column, decodeValue(column, plain), pending.type) === null
      ? [one.record.id]
      : [];
  });
}

/** Every record was looked at: what was pending holds now, or cannot, and then the report says which records forbid it. */
async function finish(ground: VaultGround, tx: Transaction, { pass, table }: Step): Promise<void> {
  const { ports, schemas } = ground;
  if (pass.column === null) return endPass(tx, pass.number, { state: 'done', report: [] });
  const number = await vaultNumber(tx, pass.vault);
  await lockSchema(tx, number);
  const vault = await readSchema(tx, pass.vault);
  if (vault === null) throw new WriteAgain();
  const place = { table: table.id, column: pass.column };
  const column = columnOf(tableOf(vault, table.id), pass.column);
  const retyped = column.pending?.kind === 'retype';
  const report =
    pass.kind === 'unique' ? await sharedValues(tx, column.number, REPORTED_MAX) : pass.report;
  const fits = report.length === 0;
  if (fits && pass.kind === 'unique') await makeUnique(tx, column.number, true);
  const next = changeColumn({ ...vault, version: vault.version + 1 }, place, (one) =>
    fits
      ? settled(one, pass.kind)
      : { ...one, pending: null, exactIndex: one.exactIndex || pass.kind === 'unique' },
  );
  await updateSchema(tx, next);
  const digest = schemaDigest(next);
  await ports.ledger.append(tx, {
    kind: 'vault-schema',
    actor: { kind: 'plane' },
    session: null,
    purpose: null,
    vault: vault.id,
    change: 'changed',
    version: next.version,
    digest,
  });
  // A retyped column is looked over once more, to keep its values as the type they have now.
  if (fits && retyped)
    await advancePass(tx, pass.number, { cursor: null, records: 0, changed: 0, report: [] });
  else await endPass(tx, pass.number, { state: fits ? 'done' : 'failed', report });
  schemas.drop(vault.id);
  ports.onSchema?.(next, 'present');
}

async function vaultNumber(tx: Transaction, vaultId: string): Promise<number> {
  const vault = await readSchema(tx, vaultId);
  if (vault === null) throw new Problem('not-found', `no vault \`${vaultId}\``);
  return vault.number;
}

function settled(column: ColumnSchema, kind: PassKind): ColumnSchema {
  if (kind === 'retype' && column.pending?.kind === 'retype') {
    return { ...column, type: column.pending.type, pending: null };
  }
  return { ...column, pending: null, exactIndex: true, unique: column.unique || kind === 'unique' };
}
