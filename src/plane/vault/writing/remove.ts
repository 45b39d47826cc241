import { Problem } from '#base/problem';
import { transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { LeafBody } from '#plane/ledger';
import { canaryLeaf } from '../reveal/canary.ts';
import type { Ruling, RulingOf, VaultCaller } from '../caller.ts';
import type { VaultGround } from '../ground.ts';
import { bagsOf } from '../keys/keybag.ts';
import type { KeyBag } from '../keys/keybag.ts';
import { writtenLeaves } from './changeleaf.ts';
import { toldBy } from '../leaf.ts';
import { BATCH_RECORDS_MAX } from '../limits.ts';
import { keepForExports } from '../moving/exportkept.ts';
import { deleteLookups } from '../records/lookuptable.ts';
import { isUuid } from '../schema/place.ts';
import { deleteRecords, lockRecords, recordPage, wholeRecords } from '../records/recordtable.ts';
import { runAgain } from './runagain.ts';
import { holdSchema } from '../schema/schematable.ts';
import type { Hold } from '../schema/schematable.ts';
import type { OpenRecord } from '../records/sealedrecord.ts';
import { tableOf } from '../schema/schema.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';
import { isVisible } from '../records/shownrecord.ts';
import { blobsOf } from '../trash.ts';
import { tokenDigest } from '../tokens/tokenname.ts';
import { deleteTokens } from '../tokens/tokentable.ts';
import { noRecord, requireWritable } from './writerow.ts';
import { valuesOf, WriteAgain } from './writewave.ts';

export type RemoveRequest = {
  readonly caller: VaultCaller;
  readonly vault: string;
  readonly table: string;
  /** Ids of records, or every record of the table. */
  readonly records: readonly string[] | 'all';
  readonly ruling: RulingOf;
  /** What the caller may read: only of what it sees is it told that it may not remove it. */
  readonly read?: RulingOf;
};

/** What became of an id, in the order of the request; every id that was removed where all were asked for. */
export type Removal = { readonly id: string; readonly problem: Problem | null };

/** Removes records with their tokens, lookups and files. One that may not be removed stays, and the others go. */
export async function removeRecords(
  ground: VaultGround,
  request: RemoveRequest,
): Promise<readonly Removal[]> {
  if (request.records !== 'all') return removeSome(ground, request, request.records);
  const vault = await ground.schemas.get(request.vault);
  const table = tableOf(vault, request.table);
  const removals: Removal[] = [];
  let after: string | null = null;
  for (;;) {
    const page = { after, skip: 0, limit: BATCH_RECORDS_MAX, descending: false };
    const rows = await recordPage(ground.ports.pool, table, page);
    after = rows.at(-1)?.id ?? null;
    if (after === null) return removals;
    removals.push(
      ...(await removeSome(
        ground,
        request,
        rows.map(({ id }) => id),
      )),
    );
  }
}

async function removeSome(
  ground: VaultGround,
  request: RemoveRequest,
  ids: readonly string[],
): Promise<readonly Removal[]> {
  if (ids.length > BATCH_RECORDS_MAX) {
    throw new Problem(
      'limit',
      `delete expected at most ${BATCH_RECORDS_MAX} ids, got ${ids.length}`,
    );
  }
  const { schemas, ports } = ground;
  const bags = bagsOf(ground);
  const { removals, ruling } = await runAgain(async () => {
    const vault = await schemas.get(request.vault);
    const table = tableOf(vault, request.table);
    const ruling = request.ruling(table);
    const bag = await bags(vault);
    const removals = await transaction(ports.pool, async (tx) => {
      const hold = await holdSchema(tx, vault);
      if (hold === null) {
        schemas.drop(vault.id);
        throw new WriteAgain();
      }
      return removeLocked(ground, tx, { request, vault, table, ruling, bag, ids, hold });
    });
    return { removals, ruling };
  });
  const removed = removals.filter(({ problem }) => problem === null).length;
  ruling.came?.({ records: removed, values: 0 });
  await ground.trash.empty();
  return removals;
}

type Removing = {
  readonly request: RemoveRequest;
  readonly vault: VaultSchema;
  readonly table: TableSchema;
  readonly ruling: Ruling;
  readonly bag: KeyBag;
  readonly ids: readonly string[];
  readonly hold: Hold;
};

async function removeLocked(
  { ports, trash }: VaultGround,
  tx: Transaction,
  removing: Removing,
): Promise<readonly Removal[]> {
  const { request, vault, table, ruling, bag, ids, hold } = removing;
  const rows = await lockRecords(tx, table, [...new Set(ids)].filter(isUuid));
  const problems = new Map<string, Problem | null>();
  const records: OpenRecord[] = [];
  const canaries: string[] = [];
  // What is left of a forgotten person's record holds nothing that could be read or ruled on; it is there for those who may delete.
  const remnant = (id: string) => (ruling.effect === 'allow' ? null : noRecord(table, id));
  for (const { id, body } of rows) if (body === null) problems.set(id, remnant(id));
  for (const opened of bag.opened(table, wholeRecords(rows))) {
    if (opened.kind === 'record') {
      const refusal = refusalOf(ruling, table, opened.record);
      const isTold = refusal === null || isVisible(request.read, table, opened.record);
      problems.set(opened.record.id, isTold ? refusal : noRecord(table, opened.record.id));
      if (refusal === null) records.push(opened.record);
      if (opened.record.state.canary) canaries.push(opened.record.id);
    } else {
      problems.set(opened.id, opened.kind === 'corrupt' ? opened.problem : remnant(opened.id));
    }
  }
  const removed = [...problems].flatMap(([id, problem]) => (problem === null ? [id] : []));
  await removeContents(tx, { vault, table, bag, records });
  if (hold.exporting) await keepForExports(tx, { vault, table, ids: removed });
  const due = { atMs: ports.clock(), held: hold.exporting };
  await trash.put(tx, blobsOf(table, records), due);
  await deleteRecords(tx, table, removed);
  const touch = { caller: request.caller, vault, table };
  const leaves = [
    ...leavesOf(request, { vault, table, ruling, bag, records, removed }),
    ...canaries.map((id) => canaryLeaf(bag.index, touch, id)),
  ];
  if (leaves.length > 0) await ports.ledger.appendAll(tx, leaves);
  return ids.map((id) => ({
    id,
    problem: problems.has(id) ? (problems.get(id) ?? null) : noRecord(table, id),
  }));
}

/** Takes away what leads to records, and what they hold elsewhere. */
async function removeContents(
  tx: Transaction,
  {
    vault,
    table,
    bag,
    records,
  }: {
    readonly vault: VaultSchema;
    readonly table: TableSchema;
    readonly bag: KeyBag;
    readonly records: readonly OpenRecord[];
  },
): Promise<void> {
  await deleteLookups(
    tx,
    records.flatMap(({ id, body }) => body.lookups.map((lookup) => ({ ...lookup, record: id }))),
  );
  const deterministic = new Set(
    table.columns.flatMap(({ tokens }) =>
      tokens.filter((one) => one.deterministic).map(({ space }) => space),
    ),
  );
  const tokens = records.flatMap((record) =>
    record.tokens().filter(({ space }) => !deterministic.has(space)),
  );
  await deleteTokens(
    tx,
    vault.number,
    tokens.map(({ token }) => tokenDigest(bag.index, token)),
  );
}

function refusalOf(ruling: Ruling, table: TableSchema, record: OpenRecord): Problem | null {
  try {
    const values = valuesOf(table, record);
    requireWritable(ruling, { table, columns: values.map(({ column }) => column), values });
    return null;
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'denied') return thrown;
    throw thrown;
  }
}

function leavesOf(
  request: RemoveRequest,
  what: Omit<Removing, 'request' | 'ids' | 'hold'> & {
    readonly records: readonly OpenRecord[];
    readonly removed: readonly string[];
  },
): readonly LeafBody[] {
  const { vault, table, ruling, bag, records, removed } = what;
  if (removed.length === 0) return [];
  const told = { ...toldBy(request.caller, vault), table: table.id };
  const tokens = records.reduce((sum, record) => sum + record.tokens().length, 0);
  const act = { kind: 'vault-written', ...told, decision: ruling.id, operation: 'delete' } as const;
  const gone = removed.map((id) => ({ id, version: 0 }));
  return writtenLeaves(bag.index, { ...act, records: removed.length, tokens }, gone);
}
