import type { FactOf } from '#boundary';
import { TAGS_MAX } from '#boundary';
import { momentOf, recordAct, touch } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { nameTags } from './tag.ts';
import { systemOf } from './vaultsystem.ts';

const IS_AT = statement(import.meta.url, 'sql/vault-is-at.sql');
const COLUMNS = statement(import.meta.url, 'sql/vault-columns.sql');
const PUT = statement(import.meta.url, 'sql/put-vault-tags.sql');
const DROP = statement(import.meta.url, 'sql/drop-vault-tags.sql');

type Found = {
  readonly sourceId: string;
  readonly column: string;
  readonly tags: readonly string[];
};
type Changed = { readonly column_name: string; readonly tag: string };

/**
 * Makes the tags that the schema of a vault gives its columns those of the catalog, and takes off those it gives no more. What a person
 * put on stays. What is said of another version than the catalog knows changes nothing: the one behind it is on its way.
 */
export async function takeVaultClasses(work: Work, fact: FactOf<'vault-classes'>): Promise<void> {
  const { plane, vault, version, columns } = fact;
  const known = await work.tx.query(IS_AT, [vault, plane, version]);
  if (known.rows.length === 0) return;
  const system = systemOf(vault);
  const place = [plane, system, vault, version, JSON.stringify(columns)];
  const found = (await work.tx.query<Found>(COLUMNS, place)).rows;
  const wanted = found.flatMap(({ sourceId, column, tags }) =>
    tags.map((tag) => ({ source_id: sourceId, column_name: column, tag })),
  );
  await nameTags(work, new Set(wanted.map(({ tag }) => tag)));
  const kept = JSON.stringify(wanted);
  const gone = await work.tx.query<Changed>(DROP, [kept, plane, system]);
  const come = await work.tx.query<Changed>(PUT, [kept, momentOf(work), TAGS_MAX - 1]);
  await record(work, 'tag-removed', { vault, changed: gone.rows });
  await record(work, 'tag-added', { vault, changed: come.rows });
  if (gone.rows.length + come.rows.length > 0) await touch(work.tx);
}

/** One act, or a wide vault would fill the trail. */
async function record(
  work: Work,
  action: 'tag-added' | 'tag-removed',
  { vault, changed }: { readonly vault: string; readonly changed: readonly Changed[] },
): Promise<void> {
  if (changed.length === 0) return;
  const after = changed.map(({ column_name, tag }) => [column_name, tag]);
  await recordAct(work, { action, target: `vault ${vault} by its schema`, after });
}
