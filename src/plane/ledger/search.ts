import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Pool } from '#platform/db';
import type { Head } from './chain.ts';
import { readFloor } from './floor.ts';
import { firstSince } from './moment.ts';
import { PAGE_LEAVES_MAX, storedLeaf } from './tail.ts';
import type { LeafFilter, LeafRow, StoredLeaf } from './tail.ts';

const SEARCH = statement(import.meta.url, 'sql/search.sql');

/** Leaves of one statement: it ends within moments, and what was found ends the search early. */
const WINDOW_LEAVES = 25_000;
/** Leaves one call looks through. Texts have no index: keeping one would cost every act, and few acts are searched for. */
const SEARCH_LEAVES_MAX = 250_000;
export const SEARCH_TEXT_CHARACTERS_MAX = 200;

export type SearchOptions = LeafFilter & {
  /** Somewhere in what the leaf or its details say, upper and lower case alike. */
  readonly text?: string;
  /** An id or a name that stands in a field by itself: a source, a system, a vault, a key, a host. */
  readonly about?: string;
  /** Only leaves before this index. */
  readonly before?: number;
  readonly limit: number;
};

/** What was found, newest first; `next` is the `before` of the call that goes on, null when all was looked through. */
export type Found = { readonly items: readonly StoredLeaf[]; readonly next: number | null };

/** Looks for leaves, the newest first; throws `limit` for more than one answer may hold, or a text that is too long. */
export async function searchLeaves(
  pool: Pool,
  options: SearchOptions,
  { size }: Pick<Head, 'size'>,
): Promise<Found> {
  const { limit, sinceMs, untilMs } = options;
  requireBounds(options);
  const floor = (await readFloor(pool))?.size ?? 0;
  const first = sinceMs === undefined ? floor : await firstSince(pool, size, sinceMs);
  const end = untilMs === undefined ? size : await firstSince(pool, size, untilMs);
  let to = Math.min(options.before ?? size, end);
  const stop = Math.max(first, to - SEARCH_LEAVES_MAX);
  const items: StoredLeaf[] = [];
  while (to > stop && items.length < limit) {
    const from = Math.max(stop, to - WINDOW_LEAVES);
    const values = [from, to, ...patternsOf(options), limit - items.length];
    const { rows } = await pool.query<LeafRow>(SEARCH, values);
    items.push(...rows.map(storedLeaf));
    to = items.length < limit ? from : (items.at(-1)?.index ?? from);
  }
  return { items, next: to > first ? to : null };
}

function requireBounds({ limit, text = '', about = '' }: SearchOptions): void {
  if (!(limit >= 1 && limit <= PAGE_LEAVES_MAX)) {
    throw new Problem('limit', `expected 1 to ${PAGE_LEAVES_MAX} leaves, got ${limit}`);
  }
  if (Math.max(text.length, about.length) > SEARCH_TEXT_CHARACTERS_MAX) {
    throw new Problem('limit', `search expected at most ${SEARCH_TEXT_CHARACTERS_MAX} characters`);
  }
}

/** Entries are canonical JSON: a member and its text stand there in one way only, which LIKE finds. */
function patternsOf({ kinds, actor, about, text, sinceMs, untilMs }: SearchOptions) {
  const standing = [
    ...(actor === undefined ? [] : [`"id":${quoted(actor)}`]),
    ...(about === undefined ? [] : [quoted(about)]),
  ];
  return [
    kinds?.map((kind) => pattern(`"kind":${quoted(kind)}`)) ?? null,
    standing.map(pattern),
    text === undefined ? null : pattern(quoted(text).slice(1, -1)),
    kinds ?? null,
    actor ?? null,
    sinceMs ?? null,
    untilMs ?? null,
  ];
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function pattern(text: string): string {
  return `%${text.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`;
}
