import type { Tag } from '#boundary';
import { DESCRIPTION_MAX, OWNERS_MAX, TAGS_MAX } from '#boundary';
import { Problem } from '#base/problem';
import { findSubject, momentOf, recordAct, touch } from '#control/identity';
import type { ActionName, Work } from '#control/identity';
import { statement } from '#platform/db';
import { nearest } from '#platform/settings';
import { sourceId } from './source.ts';
import { defineTag, listTags, NEW_TAG, tagName } from './tag.ts';

const DESCRIBE_SOURCE = statement(import.meta.url, 'sql/describe-source.sql');
const DESCRIBE_COLUMN = statement(import.meta.url, 'sql/describe-column.sql');
const SET_STATE = statement(import.meta.url, 'sql/set-source-state.sql');
const COLUMN_NAMES = statement(import.meta.url, 'sql/column-exists.sql');
const PUT_TAGGING = statement(import.meta.url, 'sql/put-tagging.sql');
const DROP_TAGGING = statement(import.meta.url, 'sql/drop-tagging.sql');
const REFUSE_LINEAGE = statement(import.meta.url, 'sql/refuse-lineage.sql');
const DROP_NEW = statement(import.meta.url, 'sql/drop-new.sql');
const MARK_REVIEWED = statement(import.meta.url, 'sql/mark-reviewed.sql');
const COUNT_TAGGINGS = statement(import.meta.url, 'sql/count-taggings.sql');
const COUNT_OWNERS = statement(import.meta.url, 'sql/count-owners.sql');
const PUT_OWNER = statement(import.meta.url, 'sql/put-owner.sql');
const DROP_OWNER = statement(import.meta.url, 'sql/drop-owner.sql');

/** A source, or one column of it. */
export type Place = { readonly source: string; readonly column?: string | undefined };

/** Writes what a source or column is about; an empty text gives the place back to the database's comment. */
export async function describe(work: Work, place: Place, text: string): Promise<void> {
  const description = text.normalize('NFC').trim();
  if (Buffer.byteLength(description) > DESCRIPTION_MAX) {
    throw new Problem('limit', `description expected at most ${DESCRIPTION_MAX} bytes`);
  }
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/u.test(description)) {
    throw new Problem('invalid', 'description expected no control characters');
  }
  const { id, fullName } = await located(work, place);
  await (place.column === undefined
    ? work.tx.query(DESCRIBE_SOURCE, [id, description])
    : work.tx.query(DESCRIBE_COLUMN, [id, place.column, description]));
  await finish(work, 'source-changed', fullName);
}

/** Shuts a source for everybody, or opens it to policy again. */
export async function setSourceState(
  work: Work,
  source: string,
  state: 'active' | 'disabled',
): Promise<void> {
  const { id, fullName } = await sourceId(work.tx, source);
  await work.tx.query(SET_STATE, [id, state]);
  await finish(work, state === 'active' ? 'source-enabled' : 'source-disabled', fullName);
}

export type Tagging = Place & {
  readonly tag: string;
  readonly by: Tag['by'];
  /** Make the tag known when it is not; otherwise an unknown tag is refused, as it may be a slip of the hand. */
  readonly define?: boolean | undefined;
};

/** Puts a tag on a source or column; throws `not-found` for an unknown tag, source or column. */
export async function addTag(work: Work, tagging: Tagging): Promise<void> {
  const tag = tagName(tagging.tag);
  if (tag === NEW_TAG) throw reserved();
  const { id, fullName } = await located(work, tagging);
  await requireTag(work, tag, tagging.define === true);
  const by = [tagging.by.kind, tagging.by.name];
  const row = [id, tagging.column ?? '', tag, ...by, momentOf(work)];
  const { rowCount } = await work.tx.query(PUT_TAGGING, row);
  if (rowCount === 0) return;
  await requireRoom(work, COUNT_TAGGINGS, [id, tagging.column ?? '']);
  await finish(work, 'tag-added', `${fullName} ${tag}`);
}

/** Takes a tag off; throws `not-found` when it is not there, `denied` for `New`, which only a review removes. */
export async function dropTag(work: Work, place: Place & { readonly tag: string }): Promise<void> {
  if (place.tag === NEW_TAG) throw reserved();
  const { id, fullName } = await located(work, place);
  const tagging = [id, place.column ?? '', place.tag];
  const { rows } = await work.tx.query<{ by_kind: string }>(DROP_TAGGING, tagging);
  if (rows.length === 0) {
    throw new Problem('not-found', `\`${fullName}\` has no tag \`${place.tag}\``);
  }
  // Or lineage would put it back at once.
  if (rows[0]?.by_kind === 'lineage') {
    await work.tx.query(REFUSE_LINEAGE, [...tagging, work.actor.name, momentOf(work)]);
  }
  await finish(work, 'tag-removed', `${fullName} ${place.tag}`);
}

/** Takes `New` off the columns named, or off all; gives the names it was taken from. */
export async function review(
  work: Work,
  source: string,
  columns?: readonly string[],
): Promise<readonly string[]> {
  const { id, fullName } = await sourceId(work.tx, source);
  for (const column of columns ?? []) await located(work, { source, column });
  const { rows } = await work.tx.query<{ column_name: string }>(DROP_NEW, [id, columns ?? null]);
  await work.tx.query(MARK_REVIEWED, [id, momentOf(work), work.actor.name]);
  const names = rows.map((row) => row.column_name).sort();
  await recordAct(work, { action: 'source-reviewed', target: fullName, after: names });
  await touch(work.tx);
  return names;
}

/** Makes a subject an owner of a source: answers for it, may describe, tag and review it. */
export async function addOwner(work: Work, source: string, subject: string): Promise<void> {
  const { id, fullName } = await sourceId(work.tx, source);
  const owner = await findSubject(work.tx, subject);
  await work.tx.query(PUT_OWNER, [id, owner.id, momentOf(work)]);
  await requireRoom(work, COUNT_OWNERS, [id]);
  await finish(work, 'source-changed', `${fullName} owner ${owner.name}`);
}

export async function dropOwner(work: Work, source: string, subject: string): Promise<void> {
  const { id, fullName } = await sourceId(work.tx, source);
  const owner = await findSubject(work.tx, subject);
  const { rowCount } = await work.tx.query(DROP_OWNER, [id, owner.id]);
  if (rowCount === 0) throw new Problem('not-found', `\`${subject}\` does not own \`${fullName}\``);
  await finish(work, 'source-changed', `${fullName} owner ${owner.name}`);
}

/** What a bundle carries of one place. One tag is left free for `New`, which comes without being asked. */
const ROOM = { tags: TAGS_MAX - 1, owners: OWNERS_MAX } as const;

/** More than a bundle carries, and no plane would get any bundle; throws `limit`. */
async function requireRoom(work: Work, count: string, place: readonly string[]): Promise<void> {
  const { rows } = await work.tx.query<{ what: keyof typeof ROOM; held: number }>(count, [
    ...place,
  ]);
  const [row] = rows;
  if (row === undefined || row.held <= ROOM[row.what]) return;
  throw new Problem('limit', `one place has at most ${ROOM[row.what]} ${row.what}`);
}

async function located(work: Work, place: Place) {
  const found = await sourceId(work.tx, place.source);
  if (place.column === undefined) return found;
  const { rows } = await work.tx.query<{ name: string }>(COLUMN_NAMES, [found.id]);
  if (rows.some((row) => row.name === place.column)) {
    return { id: found.id, fullName: `${found.fullName}.${place.column}` };
  }
  const near = rows.find((row) => row.name.toLowerCase() === place.column?.toLowerCase());
  throw new Problem('not-found', `\`${found.fullName}\` has no column \`${place.column}\``, {
    hint:
      near === undefined
        ? `\`privet source show ${found.fullName}\` lists its columns`
        : `did you mean \`${near.name}\`?`,
  });
}

async function requireTag(work: Work, tag: string, define: boolean): Promise<void> {
  const known = await listTags(work.tx, tag);
  if (known.some((one) => one.name === tag)) return;
  if (define) return defineTag(work, { name: tag });
  const names = (await listTags(work.tx)).map((one) => one.name);
  const near = names.find((name) => name.endsWith(`.${tag}`)) ?? nearest(tag, names);
  throw new Problem('not-found', `no tag is called \`${tag}\``, {
    hint:
      near === undefined
        ? `make it known first: \`privet tag define ${tag}\``
        : `did you mean \`${near}\`?`,
  });
}

async function finish(work: Work, action: ActionName, target: string): Promise<void> {
  await recordAct(work, { action, target });
  await touch(work.tx);
}

function reserved(): Problem {
  return new Problem(
    'denied',
    `tag \`${NEW_TAG}\` is put by introspection and removed by a review`,
    {
      hint: '`privet source review` removes it',
    },
  );
}
