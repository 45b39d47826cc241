import type { DictionaryRelation, FactOf } from '#boundary';
import { newId } from '#base/ids';
import { recordAct, touch } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { dictionaryDiff } from './dictionarydiff.ts';
import type { ColumnName, DictionaryDiff, KnownSource } from './dictionarydiff.ts';

const UPSERT_SYSTEM = statement(import.meta.url, 'sql/upsert-system.sql');
const ADOPT_SYSTEM = statement(import.meta.url, 'sql/adopt-system.sql');
const REMOVE_SYSTEM = statement(import.meta.url, 'sql/remove-system.sql');
const VERSION = statement(import.meta.url, 'sql/system-version.sql');
const PUT_PART = statement(import.meta.url, 'sql/put-part.sql');
const DROP_OTHER_PARTS = statement(import.meta.url, 'sql/drop-other-parts.sql');
const TAKE_PARTS = statement(import.meta.url, 'sql/take-parts.sql');
const KNOWN = statement(import.meta.url, 'sql/known-sources.sql');
const PUT_SOURCES = statement(import.meta.url, 'sql/put-sources.sql');
const PUT_COLUMNS = statement(import.meta.url, 'sql/put-columns.sql');
const DROP_COLUMNS = statement(import.meta.url, 'sql/drop-columns.sql');
const REMOVE_SOURCES = statement(import.meta.url, 'sql/remove-sources.sql');
const OWN_NEW = statement(import.meta.url, 'sql/own-new-sources.sql');
const MARK_NEW = statement(import.meta.url, 'sql/mark-new.sql');

export type DictionaryFact = FactOf<'dictionary'>;

/**
 * What becomes of the columns found when a system is registered. Later ones always get the tag `New`, and are masked
 * until somebody reviewed them; at registration nobody can see anything yet, because no subscription policy says so.
 */
export type RegistrationRule = { readonly columnsAtRegistration: 'seen' | 'new' };

/**
 * Takes in one part of what a plane says a system holds; changes the catalog when the last part of one digest is there.
 * The same fact again changes nothing.
 */
export async function takeDictionary(
  work: Work,
  fact: DictionaryFact,
  rule: RegistrationRule,
): Promise<void> {
  if (await isOld(work, fact)) return;
  if (fact.state === 'removed') return removeSystem(work, fact);
  const key = [fact.plane, fact.system.id, fact.digest];
  const relations = JSON.stringify(fact.relations);
  await work.tx.query(DROP_OTHER_PARTS, key);
  await work.tx.query(PUT_PART, [...key, fact.part, fact.parts, relations]);
  const { rows } = await work.tx.query<PartRow>(TAKE_PARTS, [...key, fact.parts]);
  if (rows.length === 0) return;
  const parts = rows.toSorted((left, right) => left.part - right.part);
  await swapDictionary(
    work,
    { fact, rule },
    parts.flatMap((part) => part.relations),
  );
}

async function isOld(work: Work, fact: DictionaryFact): Promise<boolean> {
  const { rows } = await work.tx.query<{ version: string }>(VERSION, [fact.plane, fact.system.id]);
  return rows[0] !== undefined && Number(rows[0].version) >= fact.version;
}

type PartRow = { readonly part: number; readonly relations: readonly DictionaryRelation[] };
/** What is said of a system beside its relations. */
export type SystemHead = Pick<
  DictionaryFact,
  'plane' | 'system' | 'mode' | 'version' | 'digest' | 'serverVersion'
> & {
  readonly engine: 'postgresql' | 'vault';
  /** Answers for its sources until others do; null for nobody. */
  readonly registeredBy: DictionaryFact['registeredBy'] | null;
};

type Taken = {
  readonly fact: SystemHead;
  /** Null where no column waits for a review. */
  readonly rule: RegistrationRule | null;
};

/** Puts the relations of a system in place of those that were known; descriptions, tags and owners of what stays stay. */
export async function swapDictionary(
  work: Work,
  taken: Taken,
  relations: readonly DictionaryRelation[],
): Promise<void> {
  const { fact, rule } = taken;
  const system = [fact.plane, fact.system.id];
  const now = new Date(work.nowMs);
  await work.tx.query(ADOPT_SYSTEM, [fact.plane, fact.system.name, fact.system.id]);
  const { rows } = await work.tx.query<{ new: boolean }>(UPSERT_SYSTEM, [
    ...system,
    fact.system.name,
    fact.mode,
    fact.version,
    fact.digest,
    fact.serverVersion,
    now,
    fact.engine,
  ]);
  const first = rows[0]?.new === true;
  const known = await work.tx.query<KnownSource>(KNOWN, system);
  const diff = dictionaryDiff(known.rows, relations, () => newId('src', work));
  await writeSources(work, system, diff);
  await writeColumns(work, diff);
  // Whoever registered a system answers for its sources until others do.
  await work.tx.query(OWN_NEW, [fact.registeredBy, diff.newSources, now]);
  const reviewed = rule === null || (first && rule.columnsAtRegistration === 'seen');
  if (!reviewed) await markNew(work, diff.unseenColumns);
  await recordAct(work, { action: 'source-changed', target: fact.system.name, after: fact.digest });
  await touch(work.tx);
}

async function writeSources(
  work: Work,
  system: readonly string[],
  diff: DictionaryDiff,
): Promise<void> {
  const sources = diff.relations.map(({ id, relation }) => ({
    id,
    schema: relation.schema,
    name: relation.name,
    kind: relation.relation,
    comment: relation.description,
    foreign_keys: relation.foreignKeys,
  }));
  await work.tx.query(PUT_SOURCES, [...system, JSON.stringify(sources), new Date(work.nowMs)]);
  await work.tx.query(REMOVE_SOURCES, [diff.goneSources]);
}

async function writeColumns(work: Work, diff: DictionaryDiff): Promise<void> {
  const columns = diff.relations.flatMap(({ id, relation }) =>
    relation.columns.map((column, index) => ({
      source_id: id,
      name: column.name,
      position: index + 1,
      type: column.type,
      not_null: column.notNull,
      in_key: relation.primaryKey.includes(column.name),
      comment: column.description,
    })),
  );
  await work.tx.query(DROP_COLUMNS, [JSON.stringify(diff.goneColumns)]);
  await work.tx.query(PUT_COLUMNS, [JSON.stringify(columns), new Date(work.nowMs)]);
}

async function markNew(work: Work, columns: readonly ColumnName[]): Promise<void> {
  if (columns.length === 0) return;
  await work.tx.query(MARK_NEW, [JSON.stringify(columns), new Date(work.nowMs)]);
}

/** Takes a system out of the catalog, and everything in it. */
export async function removeSystem(
  work: Work,
  fact: Pick<SystemHead, 'plane' | 'system' | 'version'>,
): Promise<void> {
  const values = [fact.plane, fact.system.id, new Date(work.nowMs), fact.version];
  const { rowCount } = await work.tx.query(REMOVE_SYSTEM, values);
  if (rowCount === 0) return;
  await recordAct(work, { action: 'source-disabled', target: fact.system.name });
  await touch(work.tx);
}
