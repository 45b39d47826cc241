import { NAME_MAX, TAGS_MAX } from '#boundary';
import { momentOf, recordAct, touch } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const TAGGED = statement(import.meta.url, 'sql/tagged-columns.sql');
const PUT = statement(import.meta.url, 'sql/put-lineage-tags.sql');
const DROP = statement(import.meta.url, 'sql/drop-lineage-tags.sql');

/** A tag that a column carries because of what it is made of. */
export type LineageTag = {
  readonly sourceId: string;
  readonly column: string;
  readonly tag: string;
  /** Full name of the column the tag comes from. */
  readonly from: string;
};

/** Columns with the tags they carry by themselves: all but those of lineage, and `New`, which says nothing of content. */
export async function taggedColumns(tx: Queryable): Promise<
  readonly {
    readonly sourceId: string;
    readonly fullName: string;
    readonly column: string;
    readonly tags: readonly string[];
  }[]
> {
  const { rows } = await tx.query<TaggedRow>(TAGGED);
  return rows.map((row) => ({
    sourceId: row.source_id,
    fullName: row.full_name,
    column: row.column_name,
    tags: row.tags,
  }));
}

/**
 * Makes the tags of lineage these, except that those of sources to `keep` are only added to. What a person took off stays
 * off, and what a person put on stays theirs. Says whether anything changed.
 */
export async function placeLineageTags(
  work: Work,
  tags: { readonly wanted: readonly LineageTag[]; readonly keep: readonly string[] },
): Promise<boolean> {
  const wanted = JSON.stringify(
    tags.wanted.map((one) => ({
      source_id: one.sourceId,
      column_name: one.column,
      tag: one.tag,
      by_name: fitting(one.from),
    })),
  );
  const gone = await work.tx.query<ChangedRow>(DROP, [wanted, tags.keep]);
  const come = await work.tx.query<ChangedRow>(PUT, [wanted, momentOf(work), TAGS_MAX]);
  await record(work, 'tag-removed', gone.rows);
  await record(work, 'tag-added', come.rows);
  if (gone.rows.length + come.rows.length === 0) return false;
  await touch(work.tx);
  return true;
}

/** One act a source, or a wide view would fill the trail. */
async function record(
  work: Work,
  action: 'tag-added' | 'tag-removed',
  rows: readonly ChangedRow[],
): Promise<void> {
  for (const [source, changed] of Map.groupBy(rows, (row) => row.full_name)) {
    const after = changed.map(({ column_name, tag }) => [column_name, tag]);
    await recordAct(work, { action, target: `${source} by lineage`, after });
  }
}

function fitting(name: string): string {
  let kept = name;
  while (Buffer.byteLength(kept) > NAME_MAX) kept = kept.slice(1);
  return kept.toWellFormed();
}

type TaggedRow = {
  readonly source_id: string;
  readonly full_name: string;
  readonly column_name: string;
  readonly tags: readonly string[];
};
type ChangedRow = {
  readonly full_name: string;
  readonly column_name: string;
  readonly tag: string;
};
