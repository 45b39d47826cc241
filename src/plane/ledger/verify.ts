import { equalConstantTime } from '#base/bytes';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { genesis, leafHash, nextChain } from './chain.ts';
import type { Head } from './chain.ts';
import { detailsFit } from './details.ts';
import { readFloor } from './floor.ts';

const RANGE = statement(import.meta.url, 'sql/range.sql');
const NEXT = statement(import.meta.url, 'sql/next.sql');
const AT = statement(import.meta.url, 'sql/at.sql');

/** Rows held at once: a few megabytes. */
const PAGE_ROWS = 5_000;

export type VerifyOptions = {
  readonly plane: string;
  /** First leaf to check; the chain value before it is taken as it stands. */
  readonly from?: number;
  /** Heads known from elsewhere (the head file, heartbeats control kept): the ledger must contain each. */
  readonly expected?: readonly Head[];
  /** Told how many leaves are checked, once a page. */
  readonly onProgress?: (checked: number) => void;
};

/** What a check found; `index` is the first bad leaf. */
export type Verdict =
  | { readonly kind: 'intact'; readonly checked: number; readonly head: Head }
  | {
      readonly kind: 'broken';
      readonly checked: number;
      readonly index: number;
      readonly fault: 'missing' | 'entry' | 'leaf-hash' | 'chain' | 'details' | 'cut-off' | 'head';
    };

type Row = [
  index: string,
  entry: string,
  leafHash: Uint8Array,
  chain: Uint8Array,
  details: Uint8Array | null,
];
type Broken = Extract<Verdict, { kind: 'broken' }>;

/** Reads every leaf that is not pruned from `from` on, in order, and recomputes hashes and chain; stops at the first bad one. */
export async function verifyLeaves(db: Queryable, options: VerifyOptions): Promise<Verdict> {
  const floor = await readFloor(db);
  const from = Math.max(options.from ?? 0, floor?.size ?? 0);
  const before = from === floor?.size ? floor.chain : await chainBefore(db, from, options.plane);
  if (before === null) return broken(0, from - 1, 'missing');
  const awaited = new Map((options.expected ?? []).map((head) => [head.size, head.chain]));
  let head: Head = { size: from, chain: before };
  let coming = page(db, head.size);
  for (;;) {
    const rows = await coming;
    const more = rows.length === PAGE_ROWS;
    // The server reads the next page while this one is hashed.
    if (more) coming = ahead(page(db, head.size + PAGE_ROWS));
    for (const row of rows) {
      const next = step(head, row, from);
      if ('fault' in next) return next;
      head = next;
      const known = awaited.get(head.size);
      if (known !== undefined && !equalConstantTime(known, head.chain)) {
        return broken(head.size - from, head.size - 1, 'head');
      }
    }
    options.onProgress?.(head.size - from);
    if (!more) break;
  }
  return endAt(db, head, { from, awaited });
}

/** The range query stops at a gap or at the end; which of the two it was decides the verdict. */
async function endAt(
  db: Queryable,
  head: Head,
  { from, awaited }: { from: number; awaited: ReadonlyMap<number, Uint8Array> },
): Promise<Verdict> {
  const { rows } = await db.query<{ index: string }>(NEXT, [head.size]);
  const checked = head.size - from;
  if (rows[0] !== undefined && Number(rows[0].index) > head.size) {
    return broken(checked, head.size, 'missing');
  }
  if ([...awaited.keys()].some((size) => size > head.size)) {
    return broken(checked, head.size, 'cut-off');
  }
  return { kind: 'intact', checked, head };
}

function step(head: Head, row: Row, from: number): Head | Broken {
  const [index, entry, leaf, chain, details] = row;
  const checked = head.size - from;
  if (Number(index) !== head.size) return broken(checked, head.size, 'missing');
  const hashed = leafHash(entry);
  if (!equalConstantTime(hashed, leaf)) return broken(checked, head.size, 'entry');
  const linked = nextChain(head.chain, hashed);
  if (!equalConstantTime(linked, chain)) return broken(checked, head.size, 'chain');
  if (details !== null && !detailsFit(entry, details)) {
    return broken(checked, head.size, 'details');
  }
  return { size: head.size + 1, chain: linked };
}

async function page(db: Queryable, from: number): Promise<readonly Row[]> {
  const { rows } = await db.query<Row>({
    text: RANGE,
    values: [from, from + PAGE_ROWS],
    rowMode: 'array',
  });
  return rows;
}

/** A page that may never be asked for: its failure counts only when it is. */
function ahead<T>(coming: Promise<T>): Promise<T> {
  coming.catch(() => undefined);
  return coming;
}

async function chainBefore(db: Queryable, from: number, plane: string): Promise<Uint8Array | null> {
  if (from === 0) return genesis(plane);
  const { rows } = await db.query<{ chain: Uint8Array }>(AT, [from - 1]);
  return rows[0] === undefined ? null : new Uint8Array(rows[0].chain);
}

function broken(checked: number, index: number, fault: Broken['fault']): Broken {
  return { kind: 'broken', checked, index, fault };
}
