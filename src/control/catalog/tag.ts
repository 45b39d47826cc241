import { TAG_DEPTH_MAX } from '#base/limits';
import { Problem } from '#base/problem';
import { NAME_MAX } from '#boundary';
import { lineOf, momentOf, recordAct, touch } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const PUT = statement(import.meta.url, 'sql/put-tag.sql');
const CHANGE = statement(import.meta.url, 'sql/change-tag.sql');
const LIST = statement(import.meta.url, 'sql/list-tags.sql');
const DROP = statement(import.meta.url, 'sql/drop-tag.sql');

/** On every column found after registration until somebody reviewed it; policy masks it without being asked. */
export const NEW_TAG = 'New';

/** One level of a tag: a word; policy documents say the same. */
const LEVEL = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/u;

/** A tag that may be put on sources and columns. */
export type TagDefinition = {
  readonly name: string;
  readonly description: string;
  /** What carries it, or a tag below it, must not gain visibility unasked. */
  readonly sensitive: boolean;
  readonly builtIn: boolean;
  readonly sources: number;
  readonly columns: number;
};

export type TagSpec = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly sensitive?: boolean | undefined;
};

/** The name when it can be a tag's: at most `TAG_DEPTH_MAX` levels with dots between, no longer than a bundle carries; throws `invalid`. */
export function tagName(text: string): string {
  const levels = text.split('.');
  const fits = levels.length <= TAG_DEPTH_MAX && text.length <= NAME_MAX;
  if (fits && levels.every((level) => LEVEL.test(level))) return text;
  const shown = text.slice(0, 64).replaceAll(/[^\w.-]/gu, '?');
  throw new Problem(
    'invalid',
    `tag expected at most ${TAG_DEPTH_MAX} dotted levels of letters, digits, \`_\` and \`-\`, ${NAME_MAX} in all, got \`${shown}\``,
  );
}

/** Makes a tag and the tags above it known, or changes its description and sensitivity; built-in tags stay. */
export async function defineTag(work: Work, spec: TagSpec): Promise<void> {
  const name = tagName(spec.name);
  const description = spec.description ? lineOf(spec.description, 'description') : '';
  const levels = name.split('.');
  for (const depth of levels.keys()) {
    const upper = levels.slice(0, depth + 1).join('.');
    const own = upper === name;
    await work.tx.query(PUT, [
      upper,
      own ? description : '',
      own && (spec.sensitive ?? false),
      momentOf(work),
      work.actor.name,
    ]);
  }
  await work.tx.query(CHANGE, [name, spec.description ?? null, spec.sensitive ?? null]);
  await recordAct(work, { action: 'tag-added', target: name });
}

/** Makes tags and those above them known that somebody else gives: what is known of them stays. */
export async function nameTags(work: Work, names: Iterable<string>): Promise<void> {
  const levels = new Set<string>();
  for (const name of names) {
    const parts = name.split('.');
    for (const depth of parts.keys()) levels.add(parts.slice(0, depth + 1).join('.'));
  }
  for (const name of [...levels].sort()) {
    await work.tx.query(PUT, [name, '', false, momentOf(work), work.actor.name]);
  }
}

/** Forgets a tag that nothing carries and no tag lies under; throws `conflict` otherwise. */
export async function removeTag(work: Work, name: string): Promise<void> {
  const [found] = await listTags(work.tx, name);
  if (found?.name !== name) throw new Problem('not-found', `no tag is called \`${name}\``);
  const { rowCount } = await work.tx.query(DROP, [name]);
  if (rowCount === 0) {
    throw new Problem('conflict', `tag \`${name}\` is in use, or a tag lies under it`, {
      hint: `\`privet source list --tag ${name}\` shows what carries it`,
    });
  }
  await recordAct(work, { action: 'tag-removed', target: name });
  await touch(work.tx);
}

/** Tags by name; `name` picks one and those below it. */
export async function listTags(tx: Queryable, name?: string): Promise<readonly TagDefinition[]> {
  const { rows } = await tx.query<TagRow>(LIST, [name ?? null]);
  return rows.map((row) => ({
    name: row.name,
    description: row.description,
    sensitive: row.sensitive,
    builtIn: row.built_in,
    sources: row.sources,
    columns: row.columns,
  }));
}

/** The tags said to be sensitive; every tag below one is, too. */
export async function sensitiveTags(tx: Queryable): Promise<readonly string[]> {
  const tags = await listTags(tx);
  return tags.filter((tag) => tag.sensitive).map((tag) => tag.name);
}

type TagRow = {
  readonly name: string;
  readonly description: string;
  readonly sensitive: boolean;
  readonly built_in: boolean;
  readonly sources: number;
  readonly columns: number;
};
