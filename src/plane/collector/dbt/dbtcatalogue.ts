import { hash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import type { FactBody } from '#boundary';
import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import type { DbtNode, DbtTest } from './dbtnode.ts';
import { pieces } from '../tell.ts';

const TAKE_PROJECT = statement(import.meta.url, '../sql/take-project.sql');
const RAISE = statement(import.meta.url, '../sql/raise-projects.sql');
const STAGE = statement(import.meta.url, '../sql/stage.sql');
const PUT_STAGED = statement(import.meta.url, '../sql/put-staged.sql');
const TAKE_STAGED = statement(import.meta.url, '../sql/take-staged.sql');
const DROP_UNSTAGED = statement(import.meta.url, '../sql/drop-unstaged.sql');
const PAGE = statement(import.meta.url, '../sql/page-nodes.sql');
const MARK = statement(import.meta.url, '../sql/mark-nodes.sql');
const PUT_STATS = statement(import.meta.url, '../sql/put-stats.sql');
const TESTS_OF = statement(import.meta.url, '../sql/tests-of.sql');

export type Stats = Pick<DbtNode, 'rows' | 'bytes'> & {
  readonly types: Readonly<Record<string, string>>;
  /** Names of all columns, in order. */
  readonly order: readonly string[];
};
export type StagedNode =
  /** `code`: its compiled SQL, which is read and not kept; null where there is none. */
  | { readonly kind: 'node'; readonly record: DbtNode; readonly code: string | null }
  | { readonly kind: 'test'; readonly record: DbtTest };

/** Nodes in one fact; each may have many columns (boundary/observefact.ts). */
const NODES_MAX = 50;
const PAGE_NODES = 500;

/** Where nodes of a manifest wait until all of them are there; gone with the transaction. */
export type Stage = { add(nodes: readonly StagedNode[]): Promise<void> };

export async function openStage(tx: Transaction): Promise<Stage> {
  await tx.query(STAGE);
  return {
    async add(nodes) {
      const ids = nodes.map((node) => (node.kind === 'node' ? node.record.node : node.record.test));
      const kinds = nodes.map(({ kind }) => kind);
      const records = nodes.map(({ record }) => JSON.stringify(record));
      const code = nodes.map((node) => (node.kind === 'node' ? node.code : null));
      await tx.query(PUT_STAGED, [ids, kinds, records, code]);
    },
  };
}

export type Project = {
  readonly target: string;
  readonly project: string;
  readonly origin: 'dbt' | 'elementary';
};

/**
 * Takes what is staged in place of what the project held, and gives the facts about what changed. Gives null when what
 * was taken before is newer. The transaction is the caller's.
 */
export async function takeStaged(
  tx: Transaction,
  of: Project & { readonly generatedMs: number },
  head: { readonly timeMs: number },
): Promise<readonly FactBody[] | null> {
  const { target, project } = of;
  const { rows } = await tx.query<{ revision: string }>(TAKE_PROJECT, [
    target,
    project,
    of.generatedMs,
  ]);
  const revision = rows[0]?.revision;
  if (revision === undefined) return null;
  await tx.query(TAKE_STAGED, [target, project]);
  const gone = await tx.query<{ id: string; kind: string }>(DROP_UNSTAGED, [target, project]);
  const changed = await changedNodes(tx, of);
  return factsOf(of, { ...head, revision: Number(revision) }, { ...changed, gone: gone.rows });
}

/** Takes what a catalog artifact says of relations; gives the facts about nodes that changed by it. */
export async function takeStats(
  tx: Transaction,
  of: { readonly target: string; readonly stats: ReadonlyMap<string, Stats> },
  head: { readonly timeMs: number },
): Promise<readonly FactBody[]> {
  const ids = [...of.stats.keys()];
  await tx.query(PUT_STATS, [
    of.target,
    ids,
    [...of.stats.values()].map((stats) => JSON.stringify(stats)),
  ]);
  const { rows } = await tx.query<{ project: string; revision: string }>(RAISE, [of.target]);
  const facts: FactBody[] = [];
  for (const { project, revision } of rows) {
    const named = { target: of.target, project, origin: 'dbt' } as const;
    const changed = await changedNodes(tx, named);
    facts.push(
      ...factsOf(named, { ...head, revision: Number(revision) }, { ...changed, gone: [] }),
    );
  }
  return facts;
}

type Changed = { readonly nodes: readonly DbtNode[]; readonly tests: readonly DbtTest[] };

type Row = {
  readonly id: string;
  readonly kind: 'node' | 'test';
  readonly record: DbtNode | DbtTest;
  readonly stats: Stats | null;
  readonly told_digest: string | null;
};

/** What was not told yet as it is now; marks it as told. */
async function changedNodes(tx: Transaction, { target, project }: Project): Promise<Changed> {
  const nodes: DbtNode[] = [];
  const tests: DbtTest[] = [];
  let after = '';
  for (;;) {
    const { rows } = await tx.query<Row>(PAGE, [target, project, after, PAGE_NODES]);
    const last = rows.at(-1);
    if (last === undefined) return { nodes, tests };
    after = last.id;
    const marks: [string, string][] = [];
    for (const row of rows) {
      const record = merged(row);
      const digest = hash('sha256', canonicalJson(record));
      if (digest === row.told_digest) continue;
      marks.push([row.id, digest]);
      if (row.kind === 'node') nodes.push(record as DbtNode);
      else tests.push(record as DbtTest);
    }
    await tx.query(MARK, [
      target,
      project,
      marks.map(([id]) => id),
      marks.map(([, digest]) => digest),
    ]);
  }
}

function merged({ kind, record, stats }: Row): DbtNode | DbtTest {
  if (kind === 'test' || stats === null) return record;
  const node = record as DbtNode;
  const named = new Set(node.columns.map(({ name }) => name));
  const columns = node.columns.map((column) => ({
    ...column,
    type: column.type ?? stats.types[column.name] ?? null,
  }));
  const more = Object.entries(stats.types)
    .filter(([name]) => !named.has(name))
    .map(([name, type]) => ({ name, type, description: '', tags: [] }));
  return {
    ...node,
    rows: stats.rows,
    bytes: stats.bytes,
    columns: [...columns, ...more].slice(0, COLUMNS_MAX),
  };
}
const COLUMNS_MAX = 1_664;

type Head = { readonly timeMs: number; readonly revision: number };
type Gone = readonly { readonly id: string; readonly kind: string }[];

function factsOf(
  of: Project,
  { timeMs, revision }: Head,
  { nodes, tests, gone }: Changed & { readonly gone: Gone },
): readonly FactBody[] {
  const base = {
    kind: 'dbt-nodes',
    timeMs,
    warehouse: of.target,
    project: of.project,
    origin: of.origin,
    revision,
  } as const;
  const empty = { present: [], removed: [], tests: [], removedTests: [] } as const;
  const ids = (kind: string) => gone.filter((one) => one.kind === kind).map(({ id }) => id);
  return [
    ...pieces(nodes, NODES_MAX).map((present) => ({ ...base, ...empty, present })),
    ...pieces(tests, NODES_MAX * 4).map((some) => ({ ...base, ...empty, tests: some })),
    ...pieces(ids('node')).map((removed) => ({ ...base, ...empty, removed })),
    ...pieces(ids('test')).map((removedTests) => ({ ...base, ...empty, removedTests })),
  ];
}

/** Tests by their digests, as they were told. */
export async function testsOf(
  db: Queryable,
  target: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DbtTest>> {
  const { rows } = await db.query<{ id: string; record: DbtTest }>(TESTS_OF, [target, ids]);
  return new Map(rows.map(({ id, record }) => [id, record]));
}
