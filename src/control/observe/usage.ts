import type { FactOf } from '#boundary';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const NOTE_SOURCES = statement(import.meta.url, 'sql/note-usage.sql');
const NOTE_COLUMNS = statement(import.meta.url, 'sql/note-usage-columns.sql');
const NOTE_SHAPE = statement(import.meta.url, 'sql/note-usage-shape.sql');
const SOURCES = statement(import.meta.url, 'sql/usage-by-source.sql');
const PEOPLE = statement(import.meta.url, 'sql/usage-by-person.sql');
const COLUMNS = statement(import.meta.url, 'sql/usage-by-column.sql');
const SHAPES = statement(import.meta.url, 'sql/usage-by-shape.sql');
const UNUSED = statement(import.meta.url, 'sql/unused-sources.sql');

/** Counts a statement towards who used which table and column, in days of UTC. */
export async function noteUsage(work: Work, fact: FactOf<'decision'>): Promise<void> {
  const at = new Date(fact.timeMs);
  const refused = fact.effect === 'allow' ? 0 : 1;
  const sources = fact.sources.map((one) => one.source);
  if (sources.length === 0) return;
  await work.tx.query(NOTE_SOURCES, [
    at,
    fact.plane,
    fact.subject,
    [...new Set(sources)],
    refused,
    fact.rows,
    fact.durationMicros,
  ]);
  // What was refused showed no column.
  if (refused === 0) {
    const columns = fact.sources.flatMap((one) =>
      one.columns
        .filter(({ show }) => show !== 'hidden')
        .map(({ name, show }) => ({
          source_id: one.source,
          name,
          masked: show === 'mask' ? 1 : 0,
        })),
    );
    await work.tx.query(NOTE_COLUMNS, [at, JSON.stringify(columns)]);
  }
  if (fact.fingerprint === null || refused === 1) return;
  const { plane, fingerprint, rows, durationMicros } = fact;
  await work.tx.query(NOTE_SHAPE, [at, plane, fingerprint, sources, rows, durationMicros]);
}

export type SourceUsage = {
  readonly source: string;
  readonly statements: number;
  readonly refused: number;
  readonly people: number;
  readonly rows: number;
  readonly seconds: number;
  readonly lastAt: string;
};

export type ShapeUsage = {
  readonly fingerprint: string;
  readonly sources: readonly string[];
  readonly statements: number;
  readonly rows: number;
  readonly seconds: number;
  readonly slowestMs: number;
  readonly lastAt: string;
};

export type UnusedSource = {
  readonly source: string;
  readonly owners: readonly string[];
  /** When it was used last; null when never. */
  readonly lastAt: string | null;
};

export type Usage = {
  readonly since: string;
  /** The most used first. */
  readonly sources: readonly SourceUsage[];
  /** Shapes of statements, those that cost most time first. */
  readonly shapes: readonly ShapeUsage[];
  readonly unused: readonly UnusedSource[];
};

/** Who and what cost how much over so many days, and what nobody used; at most `limit` of each. */
export async function usageOf(
  tx: Queryable,
  asked: { readonly nowMs: number; readonly days: number; readonly limit: number },
): Promise<Usage> {
  const since = new Date(asked.nowMs - asked.days * 86_400_000);
  const values = [since, asked.limit];
  const sources = await tx.query<SourceUsage>(SOURCES, values);
  const shapes = await tx.query<ShapeUsage>(SHAPES, values);
  const unused = await tx.query<UnusedSource>(UNUSED, values);
  return {
    since: since.toISOString(),
    sources: sources.rows,
    shapes: shapes.rows,
    unused: unused.rows,
  };
}

export type UsageOfSource = {
  readonly people: readonly {
    readonly subject: string;
    readonly statements: number;
    readonly refused: number;
    readonly rows: number;
    readonly seconds: number;
    readonly lastAt: string;
  }[];
  /** Every column there is, the unused ones too. */
  readonly columns: readonly {
    readonly column: string;
    readonly statements: number;
    readonly masked: number;
  }[];
};

/** Who uses a source, and which of its columns. */
export async function usageOfSource(
  tx: Queryable,
  source: string,
  asked: { readonly nowMs: number; readonly days: number },
): Promise<UsageOfSource> {
  const since = new Date(asked.nowMs - asked.days * 86_400_000);
  const people = await tx.query<UsageOfSource['people'][number]>(PEOPLE, [source, since]);
  const columns = await tx.query<UsageOfSource['columns'][number]>(COLUMNS, [source, since]);
  return { people: people.rows, columns: columns.rows };
}
