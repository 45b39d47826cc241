import { hash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import { COLUMNS_MAX } from '#boundary';
import type { Catalog, Relation, RelationColumn, RelationKind, UserType } from '#engines/sql';
import { statement } from '#platform/db';
import { sourceProblem } from './fault.ts';
import type { SourceClient } from './connect.ts';
import { RELATIONS_MAX, SERVER_MAJOR_MAX, SERVER_MAJOR_MIN, SYSTEM_COLUMNS_MAX } from './limits.ts';

const SERVER = statement(import.meta.url, 'sql/server.sql');
const RELATIONS = statement(import.meta.url, 'sql/relations.sql');
const COLUMNS = statement(import.meta.url, 'sql/columns.sql');
const KEYS = statement(import.meta.url, 'sql/keys.sql');
const PARENTS = statement(import.meta.url, 'sql/parents.sql');
const TYPES = statement(import.meta.url, 'sql/types.sql');
const PULSE = statement(import.meta.url, 'sql/pulse.sql');

/** What the server says about itself and about the role we came as. */
export type ServerFacts = {
  readonly version: number;
  readonly role: string;
  readonly superuser: boolean;
  readonly createRole: boolean;
  readonly bypassRls: boolean;
  readonly replication: boolean;
  readonly createSchema: boolean;
  readonly temporary: boolean;
  readonly standby: boolean;
};

export type ForeignKey = {
  readonly columns: readonly string[];
  readonly target: number;
  readonly references: readonly string[];
};

/** One look at a source system: the catalog the planner uses, and what only the dictionary needs. */
export type Survey = {
  readonly server: ServerFacts;
  readonly catalog: Catalog;
  /** Foreign keys by OID of the relation that has them. */
  readonly foreignKeys: ReadonlyMap<number, readonly ForeignKey[]>;
  /** Comments of columns, by OID of the relation and attribute number. */
  readonly columnComments: ReadonlyMap<string, string>;
  /** Relations the role may change. */
  readonly writable: number;
  /** Relations the role may read outside of the registered schemas. */
  readonly beyond: number;
};

/** What the server says; throws `server-too-old` or `server-too-new`. */
export async function serverFacts(client: SourceClient): Promise<ServerFacts> {
  const { rows } = await client.query<ServerFacts>(SERVER);
  const facts = rows[0];
  if (facts === undefined) throw new Problem('corrupt', 'source expected to know its own role');
  checkVersion(facts.version);
  return facts;
}

/** Throws `server-too-old` or `server-too-new` for a `server_version_num` we do not know. */
export function checkVersion(version: number): void {
  const major = Math.floor(version / 10_000);
  if (major < SERVER_MAJOR_MIN) {
    throw sourceProblem(
      'server-too-old',
      `PostgreSQL ${major} is too old: expected ${SERVER_MAJOR_MIN} or newer`,
    );
  }
  if (major > SERVER_MAJOR_MAX) {
    throw sourceProblem(
      'server-too-new',
      `PostgreSQL ${major} is too new: expected ${SERVER_MAJOR_MAX} or older`,
      { hint: 'a newer version of Privet may know its grammar and its catalog' },
    );
  }
}

/** A value that changes with every DDL statement; cheap enough to ask every few seconds. */
export async function readPulse(client: SourceClient): Promise<string> {
  const { rows } = await client.query<{ pulse: string }>(PULSE);
  return rows[0]?.pulse ?? '';
}

/**
 * Reads what the role may read, in one snapshot. `schemas` limits it; null means all. Throws `no-tables` when there is
 * nothing, `limit` when there is more than we take.
 */
export async function survey(
  client: SourceClient,
  schemas: readonly string[] | null,
): Promise<Survey> {
  const server = await serverFacts(client);
  await client.query('begin transaction isolation level repeatable read read only');
  const all = (await client.query<RelationRow>(RELATIONS)).rows;
  const readable = all.filter((row) => row.readable && namable(row.schema) && namable(row.name));
  const governed = readable.filter((row) => schemas?.includes(row.schema) ?? true);
  checkExtent(governed.length, server.role);
  const oids = governed.map((row) => row.oid);
  const columns = (await client.query<ColumnRow>(COLUMNS, [oids])).rows.filter((row) =>
    namable(row.name),
  );
  if (columns.length > SYSTEM_COLUMNS_MAX) {
    throw new Problem('limit', `source expected at most ${SYSTEM_COLUMNS_MAX} columns`);
  }
  const keys = (await client.query<KeyRow>(KEYS, [oids])).rows;
  const parents = (await client.query<ParentRow>(PARENTS, [oids])).rows;
  const types = (await client.query<TypeRow>(TYPES)).rows;
  await client.query('commit');
  const content = {
    serverVersion: server.version,
    relations: relationsOf(governed, { columns, keys, parents }),
    types: types.map(typeOf),
    functions: [],
  };
  return {
    server,
    catalog: { digest: hash('sha256', canonicalJson(content)), ...content },
    foreignKeys: foreignKeysOf(keys),
    columnComments: new Map(columns.map((row) => [`${row.relation} ${row.attnum}`, row.comment])),
    writable: governed.filter((row) => row.writable).length,
    beyond: readable.length - governed.length,
  };
}

/** Names with control characters forge log lines and terminals: such relations and columns are not there for us. */
function namable(name: string): boolean {
  return !/[\p{Cc}\u2028\u2029]/u.test(name);
}

function checkExtent(count: number, role: string): void {
  if (count === 0) {
    throw sourceProblem('no-tables', `\`${role}\` sees no tables there`, {
      hint: 'grant USAGE on the schemas and SELECT on the tables to that role, or check the list of schemas',
    });
  }
  if (count > RELATIONS_MAX) {
    throw new Problem('limit', `source expected at most ${RELATIONS_MAX} relations, got ${count}`, {
      hint: 'name the schemas to govern',
    });
  }
}

type RelationRow = {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly comment: string;
  readonly readable: boolean;
  readonly writable: boolean;
};
type ColumnRow = Omit<RelationColumn, 'typeOid'> & {
  readonly relation: string;
  readonly typeOid: string;
  readonly comment: string;
};
type KeyRow = {
  readonly relation: string;
  readonly kind: 'p' | 'f';
  readonly columns: readonly string[];
  readonly target: string;
  readonly references: readonly string[];
};
type ParentRow = { readonly relation: string; readonly parent: string };
type TypeRow = {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly arrayOid: string;
  readonly attributes: UserType['attributes'];
};

const RELATION_KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
};

function relationsOf(
  rows: readonly RelationRow[],
  parts: {
    readonly columns: readonly ColumnRow[];
    readonly keys: readonly KeyRow[];
    readonly parents: readonly ParentRow[];
  },
): readonly Relation[] {
  const columns = Map.groupBy(parts.columns, (row) => row.relation);
  const parents = Map.groupBy(parts.parents, (row) => row.relation);
  const primary = new Map(
    parts.keys.filter((key) => key.kind === 'p').map((key) => [key.relation, key.columns]),
  );
  return rows.map((row) => {
    const own = columns.get(row.oid) ?? [];
    if (own.length > COLUMNS_MAX) {
      throw new Problem(
        'limit',
        `\`${row.schema}.${row.name}\` expected at most ${COLUMNS_MAX} columns`,
      );
    }
    return {
      oid: Number(row.oid),
      schema: row.schema,
      name: row.name,
      kind: RELATION_KINDS[row.kind] ?? 'table',
      columns: own.map(columnOf),
      parents: (parents.get(row.oid) ?? []).map((parent) => Number(parent.parent)),
      primaryKey: primary.get(row.oid) ?? [],
      comment: row.comment,
    };
  });
}

function columnOf(row: ColumnRow): RelationColumn {
  const { name, attnum, type, notNull, deterministic } = row;
  return { name, attnum, type, typeOid: Number(row.typeOid), notNull, deterministic };
}

function foreignKeysOf(keys: readonly KeyRow[]): ReadonlyMap<number, readonly ForeignKey[]> {
  const foreign = keys.filter((key) => key.kind === 'f');
  const byRelation = Map.groupBy(foreign, (key) => Number(key.relation));
  return new Map(
    [...byRelation].map(([oid, list]) => [
      oid,
      list.map(({ columns, target, references }) => ({
        columns,
        target: Number(target),
        references,
      })),
    ]),
  );
}

const TYPE_KINDS: Readonly<Record<string, UserType['kind']>> = {
  e: 'enum',
  d: 'domain',
  c: 'composite',
  r: 'range',
  m: 'multirange',
};

function typeOf(row: TypeRow): UserType {
  return {
    oid: Number(row.oid),
    schema: row.schema,
    name: row.name,
    kind: TYPE_KINDS[row.kind] ?? 'base',
    arrayOid: Number(row.arrayOid),
    attributes: row.attributes,
  };
}
