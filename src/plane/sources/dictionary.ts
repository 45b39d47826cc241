import { hash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import {
  DESCRIPTION_MAX,
  DICTIONARY_PART_RELATIONS_MAX,
  FACT_BYTES_MAX,
  TYPE_MAX,
} from '#boundary';
import type { DictionaryRelation, FactBody } from '#boundary';
import type { Relation } from '#engines/sql';
import type { Survey } from './introspect.ts';

/** What control is told a system holds, without OIDs: a restored copy of a database has the same dictionary. */
export type Dictionary = {
  /** SHA-256 of the relations' canonical JSON, hex. */
  readonly digest: string;
  readonly relations: readonly DictionaryRelation[];
  readonly columns: number;
};

/** Room for the fields of a fact beside its relations. */
const PART_BYTES_MAX = FACT_BYTES_MAX - 4_096;
/** More foreign keys or parents than this are cut off: they help people find their way and decide nothing. */
const FOREIGN_KEYS_MAX = 500;
const PARENTS_MAX = 100;

/** The dictionary of a survey: names, types, keys and comments; no statistics, defaults, enum labels or view texts. */
export function dictionaryOf(survey: Survey): Dictionary {
  const byOid = new Map(survey.catalog.relations.map((relation) => [relation.oid, relation]));
  const relations = survey.catalog.relations.map((relation) => entryOf(relation, survey, byOid));
  return {
    digest: hash('sha256', canonicalJson(relations)),
    relations,
    columns: relations.reduce((count, relation) => count + relation.columns.length, 0),
  };
}

function entryOf(
  relation: Relation,
  survey: Survey,
  byOid: ReadonlyMap<number, Relation>,
): DictionaryRelation {
  const { oid, schema, name, kind, primaryKey } = relation;
  const named = (target: number) => byOid.get(target);
  const keys = survey.foreignKeys.get(oid) ?? [];
  return {
    schema,
    name,
    relation: kind,
    description: described(relation.comment),
    parents: relation.parents
      .flatMap((parent) => named(parent) ?? [])
      .slice(0, PARENTS_MAX)
      .map((parent) => `${parent.schema}.${parent.name}`),
    primaryKey,
    foreignKeys: keys.slice(0, FOREIGN_KEYS_MAX).flatMap(({ columns, target, references }) => {
      const to = named(target);
      return to === undefined ? [] : [{ columns, schema: to.schema, name: to.name, references }];
    }),
    columns: relation.columns.map((column) => ({
      name: column.name,
      type: cutTo(column.type.replaceAll(/\p{Cc}/gu, ' '), TYPE_MAX),
      notNull: column.notNull,
      description: described(survey.columnComments.get(`${oid} ${column.attnum}`) ?? ''),
    })),
  };
}

/** A comment as it may cross the border: without control characters, cut to what a description may hold. */
function described(comment: string): string {
  const plain = comment.toWellFormed().replaceAll(/[^\P{Cc}\n\t]|[\u2028\u2029]/gu, ' ');
  return cutTo(plain, DESCRIPTION_MAX);
}

/** The longest beginning of a text that fits into so many bytes of UTF-8. */
function cutTo(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  // Bytes 10xxxxxx continue a character: the cut must not fall before one.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** Everything about a system that a dictionary fact says beside its relations. */
export type DictionaryHead = Pick<
  FactBody<'dictionary'>,
  | 'system'
  | 'state'
  | 'mode'
  | 'registeredBy'
  | 'registeredAtMs'
  | 'version'
  | 'serverVersion'
  | 'timeMs'
>;

/** The facts that carry a dictionary, in parts that each fit into one fact. */
export function dictionaryFacts(
  head: DictionaryHead,
  dictionary: Dictionary,
): readonly FactBody<'dictionary'>[] {
  const parts = partsOf(dictionary.relations);
  return parts.map((relations, i) => ({
    kind: 'dictionary',
    ...head,
    engine: 'postgresql',
    digest: dictionary.digest,
    part: i + 1,
    parts: parts.length,
    relations,
  }));
}

function partsOf(relations: readonly DictionaryRelation[]): readonly DictionaryRelation[][] {
  const parts: DictionaryRelation[][] = [[]];
  let sizeBytes = 0;
  for (const relation of relations) {
    const bytes = Buffer.byteLength(canonicalJson(relation)) + 1;
    const last = parts.at(-1) ?? [];
    const full = last.length >= DICTIONARY_PART_RELATIONS_MAX || sizeBytes + bytes > PART_BYTES_MAX;
    if (full && last.length > 0) {
      parts.push([relation]);
      sizeBytes = bytes;
    } else {
      last.push(relation);
      sizeBytes += bytes;
    }
  }
  return parts;
}
