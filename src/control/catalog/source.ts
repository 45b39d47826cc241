import type { CatalogSource, Tag } from '#boundary';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { nearest } from '#platform/settings';

const LIST = statement(import.meta.url, 'sql/list-sources.sql');
const FIND_ID = statement(import.meta.url, 'sql/find-source-id.sql');
const NEAR = statement(import.meta.url, 'sql/near-source-names.sql');
const BESIDE = statement(import.meta.url, 'sql/beside-source.sql');
const COLUMNS = statement(import.meta.url, 'sql/source-columns.sql');
const FOREIGN_KEYS = statement(import.meta.url, 'sql/source-foreign-keys.sql');
const OWNS = statement(import.meta.url, 'sql/owns-source.sql');
const SYSTEMS = statement(import.meta.url, 'sql/list-systems.sql');
const BUNDLE = statement(import.meta.url, 'sql/bundle-sources.sql');

export type SourceState = 'active' | 'disabled' | 'removed';

/** One table or view, as lists show it. */
export type SourceSummary = {
  readonly id: Id<'src'>;
  readonly plane: string;
  /** `<system>.<schema>.<table>`. */
  readonly fullName: string;
  readonly system: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly state: SourceState;
  /** What people wrote, or else the table's comment. */
  readonly description: string;
  readonly owners: readonly string[];
  readonly tags: readonly Tag[];
  readonly columnCount: number;
  /** Columns that still carry the tag `New`. */
  readonly unreviewedCount: number;
  readonly reviewedAt: string | null;
  readonly reviewedBy: string | null;
};

export type Column = {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly inKey: boolean;
  readonly description: string;
  readonly tags: readonly Tag[];
};

export type ForeignKey = {
  readonly columns: readonly string[];
  readonly schema: string;
  readonly name: string;
  readonly references: readonly string[];
};

export type Source = SourceSummary & {
  readonly columns: readonly Column[];
  readonly foreignKeys: readonly ForeignKey[];
};

/** A registered database, or a vault. */
export type System = {
  readonly plane: string;
  readonly id: Id<'sys'>;
  readonly name: string;
  readonly mode: 'splice' | 'hardened';
  readonly engine: 'postgresql' | 'vault';
  readonly serverVersion: number;
  readonly sourceCount: number;
  readonly unreviewedCount: number;
  readonly registeredAt: string;
  readonly updatedAt: string;
};

export type SourceFilter = {
  readonly plane?: string | undefined;
  readonly system?: string | undefined;
  readonly state?: SourceState | undefined;
  /** The source or a column of it carries this tag or one below it. */
  readonly tag?: string | undefined;
  /** Part of a name, description, column or tag. */
  readonly search?: string | undefined;
  /** Only full names after this one. */
  readonly after?: string | undefined;
  /** Only sources of this owner, by id. */
  readonly ownerId?: string | undefined;
  readonly id?: Id<'src'> | undefined;
  readonly limit: number;
};

/** Sources by full name. */
export async function listSources(
  tx: Queryable,
  filter: SourceFilter,
): Promise<readonly SourceSummary[]> {
  const { rows } = await tx.query<SourceRow>(LIST, [
    filter.plane ?? null,
    filter.system ?? null,
    filter.state ?? null,
    filter.tag ?? null,
    filter.search === undefined ? null : `%${literalPattern(filter.search)}%`,
    filter.after ?? null,
    filter.limit,
    filter.ownerId ?? null,
    filter.state === 'removed',
    filter.id ?? null,
  ]);
  return rows.map(summaryOf);
}

/** One source with its columns, by id or full name; throws `not-found` with the nearest name. */
export async function findSource(tx: Queryable, name: string): Promise<Source> {
  const { id } = await sourceId(tx, name);
  const [summary] = await listSources(tx, { id, limit: 1 });
  if (summary === undefined) throw new Problem('not-found', `no source is called \`${name}\``);
  const columns = await tx.query<ColumnRow>(COLUMNS, [id]);
  const keys = await tx.query<{ foreign_keys: readonly ForeignKey[] }>(FOREIGN_KEYS, [id]);
  return {
    ...summary,
    columns: columns.rows.map(columnOf),
    foreignKeys: keys.rows[0]?.foreign_keys ?? [],
  };
}

/** The id of the source of that id or full name; throws `not-found`, or `conflict` when two planes have one. */
export async function sourceId(
  tx: Queryable,
  name: string,
): Promise<{ readonly id: Id<'src'>; readonly fullName: string }> {
  const { rows } = await tx.query<{ id: Id<'src'>; full_name: string }>(FIND_ID, [name]);
  const [found, other] = rows;
  if (found === undefined) throw await missing(tx, name);
  if (other !== undefined) {
    throw new Problem('conflict', `two planes have a source \`${name}\``, {
      hint: 'name it by its id, as `privet source list` shows it',
    });
  }
  return { id: found.id, fullName: found.full_name };
}

/** Whether a subject owns the source of that id or full name. */
export async function ownsSource(tx: Queryable, name: string, subjectId: string): Promise<boolean> {
  const { rows } = await tx.query<{ owns: boolean }>(OWNS, [name, subjectId]);
  return rows[0]?.owns === true;
}

/** The registered databases, of one plane or of all. */
export async function listSystems(tx: Queryable, plane?: string): Promise<readonly System[]> {
  const { rows } = await tx.query<SystemRow>(SYSTEMS, [plane ?? null]);
  return rows.map((row) => ({
    plane: row.plane,
    id: row.id,
    name: row.name,
    mode: row.mode,
    engine: row.engine,
    serverVersion: row.server_version,
    sourceCount: row.sources,
    unreviewedCount: row.unreviewed,
    registeredAt: row.registered_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }));
}

/** Every source of a plane that is not gone, as a bundle carries it. */
export async function catalogSources(
  tx: Queryable,
  plane: string,
): Promise<readonly CatalogSource[]> {
  const { rows } = await tx.query<CatalogSource>(BUNDLE, [plane]);
  return rows;
}

async function missing(tx: Queryable, name: string): Promise<Problem> {
  const table = name.split('.').at(-1) ?? name;
  const near = await tx.query<{ full_name: string }>(NEAR, [`%${literalPattern(table)}%`, table]);
  const found = near.rows[0]?.full_name ?? (await misspelt(tx, name));
  return new Problem('not-found', `no source is called \`${name}\``, {
    hint:
      found === undefined ? '`privet source list` shows them all' : `did you mean \`${found}\`?`,
  });
}

/** The table of the same schema whose name is nearest. */
async function misspelt(tx: Queryable, name: string): Promise<string | undefined> {
  const [system, schema] = name.split('.');
  const { rows } = await tx.query<{ full_name: string }>(BESIDE, [system, schema]);
  return nearest(
    name,
    rows.map((row) => row.full_name),
  );
}

/** A text as a LIKE pattern that means only itself. */
function literalPattern(text: string): string {
  return text.replaceAll(/[\\%_]/gu, String.raw`\$&`);
}

type SourceRow = Pick<
  SourceSummary,
  'id' | 'plane' | 'system' | 'schema' | 'name' | 'kind' | 'state' | 'owners' | 'tags'
> & {
  readonly description: string;
  readonly comment: string;
  readonly columns: number;
  readonly unreviewed: number;
  readonly reviewed_at: Date | null;
  readonly reviewed_by: string | null;
};

function summaryOf(row: SourceRow): SourceSummary {
  const { id, plane, system, schema, name, kind, state, owners, tags } = row;
  return {
    id,
    plane,
    fullName: `${system}.${schema}.${name}`,
    system,
    schema,
    name,
    kind,
    state,
    description: row.description === '' ? row.comment : row.description,
    owners,
    tags,
    columnCount: row.columns,
    unreviewedCount: row.unreviewed,
    reviewedAt: row.reviewed_at?.toISOString() ?? null,
    reviewedBy: row.reviewed_by,
  };
}

type ColumnRow = {
  readonly name: string;
  readonly type: string;
  readonly not_null: boolean;
  readonly in_key: boolean;
  readonly description: string;
  readonly comment: string;
  readonly tags: readonly Tag[];
};

function columnOf(row: ColumnRow): Column {
  return {
    name: row.name,
    type: row.type,
    notNull: row.not_null,
    inKey: row.in_key,
    description: row.description === '' ? row.comment : row.description,
    tags: row.tags,
  };
}

type SystemRow = {
  readonly plane: string;
  readonly id: Id<'sys'>;
  readonly name: string;
  readonly mode: System['mode'];
  readonly engine: System['engine'];
  readonly server_version: number;
  readonly sources: number;
  readonly unreviewed: number;
  readonly registered_at: Date;
  readonly updated_at: Date;
};
