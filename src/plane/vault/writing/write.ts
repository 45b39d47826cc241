import { Problem } from '#base/problem';
import { transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { LeafBody } from '#plane/ledger';
import { alarmCanaries, canaryLeaf } from '../reveal/canary.ts';
import type { Ruling } from '../caller.ts';
import { writtenLeaves } from './changeleaf.ts';
import { toldBy } from '../leaf.ts';
import { claimAnswer, keepAnswer } from './idempotency.ts';
import { bagsOf } from '../keys/keybag.ts';
import type { Bags, KeyBag } from '../keys/keybag.ts';
import { BATCH_RECORDS_MAX } from '../limits.ts';
import { recordIds } from '../schema/place.ts';
import { recordsById, wholeRecords } from '../records/recordtable.ts';
import { attempted } from '../records/preparedrow.ts';
import { runAgain } from './runagain.ts';
import { RowFailures } from '../records/rowfailures.ts';
import { holdSchema } from '../schema/schematable.ts';
import { requireKept } from './subjecttable.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';
import { checkRow, requireRights, subjectDigest } from './writerow.ts';
import type { CheckedRow, WriteRow, WriteRulings } from './writerow.ts';
import type { WriteOutcome, WriteRequest } from './writerequest.ts';
import { findUnique, WriteAgain, writeWave } from './writewave.ts';
import type { Written, WriteSetting } from './writewave.ts';
import type { VaultGround } from '../ground.ts';
import { heldTokenOf } from '../tokens/heldtoken.ts';

/**
 * Writes rows, all in one transaction with their leaves. Throws the problem of the first row that cannot be written
 * (saying which), unless the request goes on without such rows.
 */
export async function writeRecords(
  ground: VaultGround,
  request: WriteRequest,
): Promise<readonly WriteOutcome[]> {
  if (request.rows.length > BATCH_RECORDS_MAX) {
    const got = request.rows.length;
    throw new Problem('limit', `write expected at most ${BATCH_RECORDS_MAX} rows, got ${got}`);
  }
  const failed = new Map<number, Problem>();
  const bags = bagsOf(ground);
  const write = runAgain(async () => {
    try {
      return await writeOnce(ground, { request, bags }, failed);
    } catch (thrown) {
      if (!(thrown instanceof RowFailures)) throw thrown;
      for (const [row, problem] of thrown.problems) failed.set(row, problem);
      refuse(request, failed);
      throw new WriteAgain();
    }
  }, request.rows.length + 1);
  try {
    const outcomes = await write;
    const refused = request.rows.filter((_, row) => outcomes[row]?.kind === 'failed');
    await alarmNamed(ground, { request, bags }, refused);
    return outcomes;
  } catch (thrown) {
    if (thrown instanceof Problem) await alarmNamed(ground, { request, bags }, request.rows);
    throw thrown;
  }
}

/** Raises the alarm for canaries among records that rows meant and that were not written. */
async function alarmNamed(
  ground: VaultGround,
  { request, bags }: { readonly request: WriteRequest; readonly bags: Bags },
  refused: readonly WriteRow[],
): Promise<void> {
  const naming = refused.filter((row) => row.kind === 'update' || (row.upsert ?? null) !== null);
  if (naming.length === 0) return;
  const vault = await ground.schemas.get(request.vault);
  const bag = await bags(vault);
  const bring = request.bringTokens ?? 'never';
  const rows = naming.flatMap((row, number) => {
    const checked = attempted(() => checkRow(vault, row, { number, bring }));
    return checked instanceof Problem ? [] : [checked];
  });
  for (const [table, group] of Map.groupBy(rows, (row) => row.table)) {
    const found = await findUnique(ground.ports.pool, bag, group);
    const ids = group.flatMap(({ row, target }) =>
      target.kind === 'id' ? target.id : (found.get(row)?.record ?? []),
    );
    await alarmCanaries(ground, bag, { caller: request.caller, vault, table, ids });
  }
}

/** Throws the first failure unless the request goes on without it. */
function refuse(request: WriteRequest, failed: ReadonlyMap<number, Problem>): void {
  if (request.continueOnError === true || failed.size === 0) return;
  const row = Math.min(...failed.keys());
  const problem = failed.get(row) as Problem; // INVARIANT: a key of the map
  if (request.rows.length === 1) throw problem;
  const { hint, cause } = problem;
  throw new Problem(problem.code, `row ${row + 1}: ${problem.message}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

async function writeOnce(
  ground: VaultGround,
  { request, bags }: { readonly request: WriteRequest; readonly bags: Bags },
  known: ReadonlyMap<number, Problem>,
): Promise<readonly WriteOutcome[]> {
  const vault = await ground.schemas.get(request.vault);
  const bag = await bags(vault);
  const failed = new Map(known);
  const rows: CheckedRow[] = [];
  const rulings: WriteRulings = remembered(
    (table, operation) => request.rulings[operation]?.(table) ?? null,
  );
  for (const [number, row] of request.rows.entries()) {
    if (failed.has(number)) continue;
    const bring = request.bringTokens ?? 'never';
    const result = attempted(() => {
      const checked = checkRow(vault, row, { number, bring });
      requireRights(rulings, checked);
      return checked;
    });
    if (result instanceof Problem) failed.set(number, result);
    else rows.push(result);
  }
  refuse(request, failed);
  return commitRows(ground, { request, vault, bag, rows, failed, met: known });
}

/** Rows that were checked, and what they are written with. */
export type CheckedWrite = {
  readonly request: WriteRequest;
  readonly vault: VaultSchema;
  readonly bag: KeyBag;
  readonly rows: readonly CheckedRow[];
  readonly failed: ReadonlyMap<number, Problem>;
  /** Those of the failures that a try to write met; the others lie in the rows, and in what they may. */
  readonly met?: ReadonlyMap<number, Problem>;
  /** What else must be done in the transaction. */
  readonly also?: (tx: Transaction) => Promise<void>;
};

/** Writes checked rows in one transaction with their leaves. Throws `WriteAgain` and `RowFailures` for `runAgain`. */
export async function commitRows(
  ground: VaultGround,
  write: CheckedWrite,
): Promise<readonly WriteOutcome[]> {
  const { schemas, ports, trash } = ground;
  const { request, vault, bag, rows, failed } = write;
  const setting = await settingOf(ground, write);
  const { answer, written } = await transaction(ports.pool, async (tx) => {
    const hold = await holdSchema(tx, vault);
    if (hold === null) {
      schemas.drop(vault.id);
      throw new WriteAgain();
    }
    await requireKept(tx, [...setting.subjects.values()]);
    const claim = { vault, index: bag.index, request };
    const earlier = await claimAnswer(ground, tx, claim);
    if (earlier !== null) {
      return { answer: await answeredAgain(tx, write, earlier), written: [] };
    }
    const written = await writeAll(tx, { ...setting, ...hold }, rows);
    const answer = outcomesOf(request, written, failed);
    await keepAnswer(ground, tx, { ...claim, answer });
    const blobs = written.flatMap((one) => one.blobs);
    if (blobs.length > 0) {
      await trash.put(tx, blobs, { atMs: ports.clock(), held: hold.exporting });
    }
    await write.also?.(tx);
    const leaves = leavesOf(request, setting, written);
    if (leaves.length > 0) await ports.ledger.appendAll(tx, leaves);
    return { answer, written };
  });
  const given = new Set(rows.flatMap((one) => (one.wantsTokens ? [one.row] : [])));
  for (const { row, table, operation, tokens } of written) {
    setting.rulings(table, operation).came?.({ records: 1, values: 0 });
    const values = tokens.length;
    if (given.has(row)) request.rulings.tokenize?.(table).came?.({ records: 1, values });
  }
  return answer;
}

/**
 * What was answered then, where it still holds: not for who may not write it any more, nor for a row that is none any more since
 * the table was changed (what it may cannot be asked then), nor of a record that was deleted or forgotten.
 */
async function answeredAgain(
  tx: Transaction,
  { request, rows, failed, met = new Map() }: CheckedWrite,
  earlier: readonly WriteOutcome[],
): Promise<readonly WriteOutcome[]> {
  const there = await recordsThere(tx, rows, earlier);
  const now = new Map<number, Problem>();
  for (const [row, outcome] of earlier.entries()) {
    const problem = met.has(row) ? undefined : failed.get(row);
    if (problem !== undefined) now.set(row, problem);
    else if (outcome.kind === 'written' && !there.has(outcome.record)) now.set(row, noMore());
  }
  refuse(request, now);
  return earlier.map((outcome, row) => {
    const problem = now.get(row);
    return problem === undefined ? outcome : { kind: 'failed', problem };
  });
}

/** Which of the records that were written are still there, and whose people are not forgotten. */
async function recordsThere(
  tx: Transaction,
  rows: readonly CheckedRow[],
  earlier: readonly WriteOutcome[],
): Promise<ReadonlySet<string>> {
  const there = new Set<string>();
  for (const [table, group] of Map.groupBy(rows, (one) => one.table)) {
    const ids = group.flatMap(({ row }) => {
      const outcome = earlier[row];
      return outcome?.kind === 'written' ? [outcome.record] : [];
    });
    for (const { id } of wholeRecords(await recordsById(tx, table, ids))) there.add(id);
  }
  return there;
}

function noMore(): Problem {
  return new Problem('gone', 'the record that this row became is no more', {
    hint: 'take a new idempotency key to write it anew',
  });
}

async function settingOf(
  { ports, subjectKeys, cellThread }: VaultGround,
  { request, vault, bag, rows }: CheckedWrite,
): Promise<WriteSetting> {
  const tables = new Set(rows.map(({ table }) => table));
  const newest = new Map();
  for (const table of tables) newest.set(table.id, await bag.newest(table));
  const digestsOf = (some: readonly CheckedRow[]) =>
    some.flatMap(({ table, change }) => subjectDigest(bag.index, table, change.values) ?? []);
  const rulings: WriteSetting['rulings'] = remembered((table, operation) =>
    request.rulings[operation](table),
  );
  // Whether a record may be changed may hang on what it is: nobody gets a key before that is known.
  const isSettled = ({ target, table }: CheckedRow) =>
    target.kind === 'new' ||
    (target.kind === 'unique' && rulings(table, 'update').reads.length === 0);
  const made = digestsOf(rows.filter(isSettled));
  const known = digestsOf(rows.filter((row) => !isSettled(row)));
  const subjects = new Map([
    ...(made.length > 0 ? await subjectKeys.ensure(vault, made) : []),
    ...(known.length > 0 ? await subjectKeys.find(vault, known) : []),
  ]);
  await bag.fetchSubjects([...subjects.values()].map(({ number }) => number));
  const { random, clock } = ports;
  const [nowMs, inPieces] = [clock(), batchedRandom(random)];
  const mint = {
    vault,
    index: bag.index,
    random: inPieces,
    nowMs,
    newId: recordIds(nowMs, inPieces),
    heldToken: heldTokenOf(bag, vault),
  };
  const makeSubjects = async (fresh: readonly Uint8Array[]) =>
    void (await subjectKeys.ensure(vault, fresh));
  const { read } = request.rulings;
  return { mint, cellThread, bag, newest, subjects, makeSubjects, rulings, read };
}

/** Asks for a ruling once an operation and table. */
function remembered<O extends string, R>(
  ask: (table: TableSchema, operation: O) => R,
): (table: TableSchema, operation: O) => R {
  const known = new Map<string, R>();
  return (table, operation) => {
    const name = `${operation} ${table.id}`;
    const ruling = known.get(name) ?? ask(table, operation);
    known.set(name, ruling);
    return ruling;
  };
}

/** Hands out randomness in small pieces of large draws: a draw costs as much as a cell. */
function batchedRandom(
  random: (sizeBytes: number) => Uint8Array,
): (sizeBytes: number) => Uint8Array {
  const DRAW_BYTES = 16 * 1024;
  let held = new Uint8Array(0);
  let at = 0;
  return (sizeBytes) => {
    if (sizeBytes > DRAW_BYTES) return random(sizeBytes);
    if (at + sizeBytes > held.length) [held, at] = [new Uint8Array(random(DRAW_BYTES)), 0];
    at += sizeBytes;
    return held.slice(at - sizeBytes, at);
  };
}

/**
 * Keeps records anew, in the caller's transaction: sealed under the newest key, found by what the schema says now, with a token
 * of every kind it says. Content and versions stay. Throws `WriteAgain` and `KeysMissing` for `runAgain`.
 */
export async function rewriteRecords(
  ground: VaultGround,
  tx: Transaction,
  work: {
    readonly vault: VaultSchema;
    readonly table: TableSchema;
    readonly bag: KeyBag;
    readonly ids: readonly string[];
  },
): Promise<void> {
  const { vault, table, bag, ids } = work;
  const allowed: Ruling = {
    id: 'dec_rewriting',
    effect: 'allow',
    reads: [],
    shows: () => 'PLAIN_TEXT',
  };
  const rulings = { insert: () => allowed, update: () => allowed };
  const caller = { actor: { kind: 'plane' }, session: null, purpose: null } as const;
  const request = { caller, vault: vault.id, rows: [], rulings };
  const rows = ids.map((id, row): CheckedRow => ({
    row,
    table,
    change: { values: [], cleared: [] },
    tokens: {},
    wantsTokens: false,
    target: { kind: 'id', id, ifVersion: null },
  }));
  const write = { request, vault, bag, rows, failed: new Map() };
  if (rows.length > 0)
    await writeAll(tx, { ...(await settingOf(ground, write)), keepVersion: true }, rows);
}

async function writeAll(
  tx: Transaction,
  setting: WriteSetting,
  rows: readonly CheckedRow[],
): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (const group of Map.groupBy(rows, ({ table }) => table).values()) {
    let waiting: readonly CheckedRow[] = group;
    while (waiting.length > 0) {
      const wave = await writeWave(tx, setting, waiting);
      written.push(...wave.written);
      ({ waiting } = wave);
    }
  }
  return written;
}

function outcomesOf(
  request: WriteRequest,
  written: readonly Written[],
  failed: ReadonlyMap<number, Problem>,
): readonly WriteOutcome[] {
  const byRow = new Map(written.map((one) => [one.row, one]));
  return request.rows.map((_, row) => {
    const one = byRow.get(row);
    if (one === undefined) {
      const problem =
        failed.get(row) ?? new Problem('internal', 'a row was neither written nor refused');
      return { kind: 'failed', problem };
    }
    const { operation, record, version, tokens } = one;
    return { kind: 'written', operation, record, version, tokens };
  });
}

function leavesOf(
  request: WriteRequest,
  { mint, rulings, bag }: WriteSetting,
  written: readonly Written[],
): readonly LeafBody[] {
  const told = toldBy(request.caller, mint.vault);
  const groups = Map.groupBy(written, ({ table, operation }) => `${operation} ${table.id}`);
  const acts = [...groups.values()].flatMap((group): readonly LeafBody[] => {
    const first = group[0];
    if (first === undefined) return [];
    const { table, operation } = first;
    const tokens = group.reduce((sum, one) => sum + one.tokens.length, 0);
    const act = {
      kind: 'vault-written',
      ...told,
      table: table.id,
      decision: rulings(table, operation).id,
      operation,
      records: group.length,
      tokens,
    } as const;
    const changed = operation === 'insert' ? [] : group;
    return writtenLeaves(
      bag.index,
      act,
      changed.map(({ record: id, version }) => ({ id, version })),
    );
  });
  const { caller } = request;
  const alarms = written
    .filter(({ canary }) => canary)
    .map(({ table, record }) =>
      canaryLeaf(bag.index, { caller, vault: mint.vault, table }, record),
    );
  return [...acts, ...alarms];
}
