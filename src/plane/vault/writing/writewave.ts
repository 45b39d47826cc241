import { present } from '#base/assert';
import { hex } from '#base/bytes';
import { Problem } from '#base/problem';
import type { MaskKey } from '#engines/crypto';
import type { Queryable, Transaction } from '#platform/db';
import type { Ruling, RulingOf } from '../caller.ts';
import type { CellThread } from '../records/cellthread.ts';
import { keepForExports } from '../moving/exportkept.ts';
import { issueTokens } from '../tokens/issue.ts';
import type { Mint, TokenWish } from '../tokens/issue.ts';
import { KeysMissing } from '../keys/keybag.ts';
import type { KeyBag } from '../keys/keybag.ts';
import { lookupName, lookupsOf, valueDigest } from '../records/lookups.ts';
import type { Lookup } from '../records/lookups.ts';
import { deleteLookups, findLookups, insertLookups } from '../records/lookuptable.ts';
import type { RecordState } from '../schema/place.ts';
import { attempted } from '../records/preparedrow.ts';
import type { Value } from '../records/preparedrow.ts';
import { insertRecords, lockRecords, updateRecords, wholeRecords } from '../records/recordtable.ts';
import { RowFailures } from '../records/rowfailures.ts';
import type { HeldToken, OpenRecord } from '../records/sealedrecord.ts';
import { sealRecords } from '../records/sealing.ts';
import type { TableSchema } from '../schema/schema.ts';
import { isVisible } from '../records/shownrecord.ts';
import type { Subject } from '../keys/subjectkeys.ts';
import { tokenDigest } from '../tokens/tokenname.ts';
import { deleteTokens } from '../tokens/tokentable.ts';
import { blobsOf } from '../trash.ts';
import { decodeValue, encodeValue, isCurrent } from '../schema/value.ts';
import {
  broughtToken,
  isWritable,
  noRecord,
  refused,
  requireWritable,
  subjectDigest,
} from './writerow.ts';
import type { CheckedRow } from './writerow.ts';

/** Thrown to run a write again from its beginning: somebody else changed what it stood on. */
export class WriteAgain extends Error {}

/** What the rows of a write are written with. */
export type WriteSetting = {
  readonly mint: Mint;
  readonly cellThread: CellThread;
  readonly bag: KeyBag;
  readonly newest: ReadonlyMap<string, MaskKey>;
  readonly rulings: (table: TableSchema, operation: 'insert' | 'update') => Ruling;
  readonly read: RulingOf | undefined;
  /** By the digest of what names them, in hex; of records that are changed, only those that were there before. */
  readonly subjects: ReadonlyMap<string, Subject>;
  /** Makes subjects, outside of the transaction, for rows that may be written. */
  readonly makeSubjects: (digests: readonly Uint8Array[]) => Promise<void>;
  /** Nothing is changed but how it is kept. */
  readonly keepVersion?: boolean;
  /** What is written is kept as it was, for an export. */
  readonly exporting?: boolean;
};

/** A token of a written value. */
export type IssuedToken = {
  readonly column: string;
  readonly group: string;
  readonly token: string;
};

export type Written = {
  readonly row: number;
  readonly table: TableSchema;
  readonly record: string;
  readonly version: number;
  readonly operation: 'insert' | 'update';
  readonly tokens: readonly IssuedToken[];
  /** It is a canary, and was changed. */
  readonly canary: boolean;
  /** Files that were in it and are not any more. */
  readonly blobs: readonly string[];
};

/** A record on its way from what it was to what it will be. */
type Job = {
  readonly kind: 'job';
  readonly checked: CheckedRow;
  readonly id: string;
  readonly before: OpenRecord | null;
  readonly values: readonly Value[];
  readonly changed: ReadonlySet<number>;
  readonly state: RecordState;
  readonly lookups: readonly Lookup[];
  readonly kept: readonly HeldToken[];
  readonly dropped: readonly HeldToken[];
};

/**
 * Writes rows of one table, in the transaction; gives what was written and the rows that must wait for these: two rows of
 * a wave never mean the same record. Throws `RowFailures` when some cannot be written, and then all of it is undone.
 */
export async function writeWave(
  tx: Transaction,
  setting: WriteSetting,
  rows: readonly CheckedRow[],
): Promise<{ readonly written: readonly Written[]; readonly waiting: readonly CheckedRow[] }> {
  const { table } = rows[0] as CheckedRow;
  const { placed, waiting } = await placeRows(tx, setting, rows);
  const jobs = jobsOf(setting, placed);
  await moveLookups(tx, setting, jobs);
  await deleteTokens(
    tx,
    setting.mint.vault.number,
    jobs.flatMap(({ dropped }) =>
      dropped.map(({ token }) => tokenDigest(setting.bag.index, token)),
    ),
  );
  const wishes = jobs.flatMap((job) => wishesOf(setting.bag.index, job));
  const issued = await issueTokens(tx, setting.mint, wishes);
  const byRecord = Map.groupBy(wishes, ({ record }) => record);
  const records = jobs.map((job) => {
    const fresh = (byRecord.get(job.id) ?? []).flatMap((wish) => heldOf(wish, issued));
    const { id, state, values, lookups } = job;
    const record = { id, state, values, lookups, tokens: [...job.kept, ...fresh] };
    return { record, subjectKey: setting.bag.subjectKey(state.subject) };
  });
  const where = { vault: setting.mint.vault, table };
  const keys = {
    newest: setting.newest.get(table.id) as MaskKey, // INVARIANT: fetched for every table of the write
    index: setting.bag.index,
    random: setting.mint.random,
  };
  const bodies = await sealRecords(setting.cellThread, where, { keys, records });
  const stored = jobs.map(({ id, state, before }, i) => {
    const body = present(bodies[i], 'sealed record');
    return { before, id, version: state.version, subject: state.subject, body };
  });
  const ofKind = (fresh: boolean) => stored.filter(({ before }) => (before === null) === fresh);
  if (setting.exporting === true) {
    await keepForExports(tx, { vault: setting.mint.vault, table, ids: jobs.map(({ id }) => id) });
  }
  await insertRecords(tx, table, ofKind(true));
  await updateRecords(tx, table, ofKind(false));
  const written = jobs.map((job): Written => ({
    row: job.checked.row,
    table,
    record: job.id,
    version: job.state.version,
    operation: job.before === null ? 'insert' : 'update',
    canary: job.before !== null && job.state.canary,
    blobs: droppedBlobs(job),
    tokens: [
      ...job.kept.flatMap((held) => keptToken(job, held)),
      ...(byRecord.get(job.id) ?? []).map((wish) => ({
        column: wish.value.column.name,
        group: wish.policy.group,
        token: issued.get(wish) ?? '',
      })),
    ],
  }));
  return { written, waiting };
}

/** A row and the record it means. */
type Placed = { readonly checked: CheckedRow; readonly before: OpenRecord | null };

async function placeRows(
  tx: Transaction,
  setting: WriteSetting,
  rows: readonly CheckedRow[],
): Promise<{ readonly placed: readonly Placed[]; readonly waiting: readonly CheckedRow[] }> {
  const { table } = rows[0] as CheckedRow;
  const anyNew = rows.some(({ target }) => target.kind === 'new');
  const now: { checked: CheckedRow; id: string | null }[] = [];
  const waiting: CheckedRow[] = [];
  const taken = new Set<string>();
  const found = await findUnique(tx, setting.bag, anyNew ? [] : rows);
  for (const checked of rows) {
    const { target } = checked;
    const id = target.kind === 'id' ? target.id : (found.get(checked.row)?.record ?? null);
    const name = id ?? found.get(checked.row)?.name ?? null;
    const mustWait = (target.kind === 'unique' && anyNew) || (name !== null && taken.has(name));
    if (mustWait) waiting.push(checked);
    else {
      if (name !== null) taken.add(name);
      now.push({ checked, id });
    }
  }
  const ids = now.flatMap(({ id }) => id ?? []);
  const before = new Map<string, OpenRecord>();
  const failures = new Map<number, Problem>();
  const stored = ids.length === 0 ? [] : await lockRecords(tx, table, ids);
  const broken = new Map<string, Problem>();
  for (const opened of setting.bag.opened(table, wholeRecords(stored))) {
    if (opened.kind === 'record') before.set(opened.record.id, opened.record);
    if (opened.kind === 'corrupt') broken.set(opened.id, opened.problem);
  }
  for (const { checked, id } of now) {
    if (id === null || before.has(id)) continue;
    if (checked.target.kind === 'unique') throw new WriteAgain(); // deleted since it was found
    failures.set(checked.row, broken.get(id) ?? noRecord(table, id));
  }
  if (failures.size > 0) throw new RowFailures(failures);
  const placed = now.map(({ checked, id }) => ({
    checked,
    before: id === null ? null : (before.get(id) ?? null),
  }));
  return { placed, waiting };
}

/** Of rows that mean a record by a unique value: its name for waiting, and the record when there is one. */
export async function findUnique(
  tx: Queryable,
  bag: Pick<KeyBag, 'index'>,
  rows: readonly CheckedRow[],
): Promise<ReadonlyMap<number, { readonly name: string; readonly record: string | null }>> {
  const wanted = rows.flatMap(({ row, target }) => {
    if (target.kind !== 'unique') return [];
    const space = target.value.column.number;
    const digest = valueDigest(bag.index, space, target.value);
    return [{ row, space, digest, name: lookupName({ space, digest }) }];
  });
  const answer = new Map<number, { readonly name: string; readonly record: string | null }>();
  for (const [space, group] of Map.groupBy(wanted, (one) => one.space)) {
    const digests = group.map(({ digest }) => digest);
    const found = await findLookups(tx, { space, digests, limit: group.length });
    const records = new Map(found.map(({ position, record }) => [position - 1, record]));
    for (const [i, { row, name }] of group.entries()) {
      answer.set(row, { name, record: records.get(i) ?? null });
    }
  }
  return answer;
}

/** Throws `RowFailures` for what may not be written, and then `KeysMissing` for people who are new. */
function jobsOf(setting: WriteSetting, placed: readonly Placed[]): readonly Job[] {
  const failures = new Map<number, Problem>();
  const strangers: Uint8Array[] = [];
  const jobs = placed.flatMap((place): readonly Job[] => {
    const job = attempted(() => jobOf(setting, place));
    if (job instanceof Problem) failures.set(place.checked.row, job);
    else if (job.kind === 'stranger') strangers.push(job.digest);
    else return [job];
    return [];
  });
  if (failures.size > 0) throw new RowFailures(failures);
  if (strangers.length > 0) throw new KeysMissing(() => setting.makeSubjects(strangers));
  return jobs;
}

/** Whose data the record would be has no key yet. */
type Stranger = { readonly kind: 'stranger'; readonly digest: Uint8Array };

function jobOf(setting: WriteSetting, { checked, before }: Placed): Job | Stranger {
  const { table, change, target } = checked;
  const { bag, mint, rulings, subjects } = setting;
  const old = before === null ? [] : valuesOf(table, before);
  const columns = [...change.values.map(({ column }) => column), ...change.cleared];
  const given = new Set(columns);
  const values = [...old.filter(({ column }) => !given.has(column)), ...change.values];
  // An upsert that is refused tells not whether there is such a record.
  const { id: told } = rulings(table, target.kind === 'id' ? 'update' : 'insert');
  const ruling = { ...rulings(table, before === null ? 'insert' : 'update'), id: told };
  if (before !== null && !isWritable(ruling, { table, columns, values: old })) {
    const isTold = target.kind === 'unique' || isVisible(setting.read, table, before);
    throw isTold ? refused(ruling, table) : noRecord(table, before.id);
  }
  requireWritable(ruling, { table, columns, values });
  if (
    target.kind === 'id' &&
    target.ifVersion !== null &&
    target.ifVersion !== before?.state.version
  ) {
    throw new Problem(
      'conflict',
      `record expected version ${target.ifVersion}, got ${before?.state.version ?? 0}`,
      {
        hint: 'somebody changed it: read it again',
      },
    );
  }
  if (before === null) {
    const lacking = table.columns.find(
      (column) => !column.nullable && !values.some((value) => value.column === column),
    );
    if (lacking !== undefined) {
      throw new Problem(
        'invalid',
        `column \`${table.name}.${lacking.name}\` expected a value, got none`,
      );
    }
  }
  const changed = changedColumns(old, values);
  const digest = subjectDigest(bag.index, table, change.values);
  const named = digest === null ? null : subjects.get(hex(digest));
  if (named === undefined && digest !== null) return { kind: 'stranger', digest };
  if (named !== null && named?.state !== 'kept') throw new WriteAgain();
  const subject = named?.number ?? before?.state.subject ?? null;
  const canary = before?.state.canary ?? (target.kind !== 'id' && target.canary);
  const { kept, dropped } = sortTokens(table, before, changed);
  return {
    kind: 'job',
    checked,
    id: before?.id ?? (target.kind === 'new' ? target.id : undefined) ?? mint.newId(),
    before,
    values,
    changed,
    state: {
      version: (before?.state.version ?? 0) + (setting.keepVersion === true ? 0 : 1),
      subject,
      canary,
    },
    lookups: lookupsOf(bag.index, values),
    kept,
    dropped,
  };
}

function droppedBlobs({ checked, before, changed }: Job): readonly string[] {
  if (before === null) return [];
  const columns = checked.table.columns.filter(({ number }) => changed.has(number));
  return blobsOf({ ...checked.table, columns }, [before]);
}

/** Every value of a record that its table still has a column for. */
export function valuesOf(table: TableSchema, record: OpenRecord): readonly Value[] {
  return table.columns.flatMap((column) => {
    const plain = record.cell(column.number);
    if (plain === null) return [];
    if (column.type === 'file') return [{ column, plain, json: null }];
    const json = decodeValue(column, plain);
    return [{ column, plain: isCurrent(column, plain) ? plain : encodeValue(column, json), json }];
  });
}

/** Numbers of the columns whose value is another one now. */
function changedColumns(old: readonly Value[], values: readonly Value[]): ReadonlySet<number> {
  const before = new Map(old.map(({ column, plain }) => [column.number, plain]));
  const changed = new Set(before.keys());
  for (const { column, plain } of values) {
    const was = before.get(column.number);
    if (was !== undefined && Buffer.compare(was, plain) === 0) changed.delete(column.number);
    else changed.add(column.number);
  }
  return changed;
}

/** Tokens go with the value they stood for. Deterministic ones are the value's, and stay for whoever has it. */
function sortTokens(
  table: TableSchema,
  before: OpenRecord | null,
  changed: ReadonlySet<number>,
): Pick<Job, 'kept' | 'dropped'> {
  const held = before?.tokens() ?? [];
  const kept = held.filter(({ column }) => !changed.has(column));
  const dropped = held.filter(({ column, space }) => {
    const policy = table.columns
      .find(({ number }) => number === column)
      ?.tokens.find((token) => token.space === space);
    return changed.has(column) && policy?.deterministic !== true;
  });
  return { kept, dropped };
}

/** A token for every token kind of every value that has none of it; transient ones for values that were given. */
function wishesOf(index: MaskKey, job: Job): readonly TokenWish[] {
  const { checked, id, values, kept, changed } = job;
  return values.flatMap((value) =>
    value.column.tokens.flatMap((policy, place) => {
      const { number } = value.column;
      const moved = movedWishes(job, { value, policy });
      if (moved !== null) return moved;
      if (kept.some(({ column, space }) => column === number && space === policy.space)) return [];
      if (policy.ttlSeconds !== null && !changed.has(number)) return [];
      const brought = broughtToken(checked.tokens, value.column, place);
      const table = checked.table.number;
      const digest = policy.deterministic ? valueDigest(index, policy.space, value) : null;
      return [{ row: checked.row, table, record: id, value, policy, digest, brought }];
    }),
  );
}

/** The transient tokens that an imported record comes with, in place of new ones; null where it is none. */
function movedWishes(
  { checked, id }: Job,
  { value, policy }: Pick<TokenWish, 'value' | 'policy'>,
): readonly TokenWish[] | null {
  const { target } = checked;
  if (policy.ttlSeconds === null || target.kind !== 'new' || target.transient === undefined) {
    return null;
  }
  const { row, table } = checked;
  const moved = target.transient.filter(
    ({ column, space }) => column === value.column.number && space === policy.space,
  );
  return moved.map(({ token, expiresAtMs }) => {
    const wish = { row, table: table.number, record: id, value, policy, digest: null };
    return { ...wish, brought: token, expiresAtMs };
  });
}

/** Transient tokens are handed out and not kept with the record. */
function heldOf(wish: TokenWish, issued: ReadonlyMap<TokenWish, string>): readonly HeldToken[] {
  const token = issued.get(wish);
  if (token === undefined || wish.policy.ttlSeconds !== null) return [];
  return [{ column: wish.value.column.number, space: wish.policy.space, token }];
}

function keptToken({ checked }: Job, held: HeldToken): readonly IssuedToken[] {
  const column = checked.table.columns.find(({ number }) => number === held.column);
  const policy = column?.tokens.find(({ space }) => space === held.space);
  if (column === undefined || policy === undefined) return [];
  return [{ column: column.name, group: policy.group, token: held.token }];
}

/** Replaces the lookups of changed records. Throws `RowFailures` or `WriteAgain` where a unique value is another's. */
async function moveLookups(
  tx: Transaction,
  { keepVersion = false }: WriteSetting,
  jobs: readonly Job[],
): Promise<void> {
  const added = jobs.flatMap((job) => {
    // A pass puts all of them in their places, wherever they went.
    const known = keepVersion ? [] : (job.before?.body.lookups ?? []);
    const had = new Set(known.map(lookupName));
    const table = job.checked.table.number;
    return job.lookups
      .filter((lookup) => had.size === 0 || !had.has(lookupName(lookup)))
      .map(({ space, digest, unique }) => ({ space, digest, unique, record: job.id, table, job }));
  });
  const removed = jobs.flatMap((job) => {
    if (job.before === null) return [];
    const has = new Set(job.lookups.map(lookupName));
    return job.before.body.lookups
      .filter((lookup) => !has.has(lookupName(lookup)))
      .map((lookup) => ({ ...lookup, record: job.id }));
  });
  await deleteLookups(tx, removed);
  const refused = (await insertLookups(tx, added)) as typeof added;
  if (refused.length === 0) return;
  if (refused.some(({ job }) => job.checked.target.kind === 'unique' && job.before === null)) {
    throw new WriteAgain(); // somebody else inserted it in this moment: now it can be changed
  }
  const failures = new Map<number, Problem>();
  for (const { job, space } of refused) {
    const column = job.checked.table.columns.find(({ number }) => number === space);
    failures.set(
      job.checked.row,
      new Problem(
        'conflict',
        `another record has this value of unique column \`${column?.name ?? ''}\``,
      ),
    );
  }
  throw new RowFailures(failures);
}
