import { Problem } from '#base/problem';
import type { Ruling } from '../caller.ts';
import { openCursor, sealCursor } from './cursor.ts';
import type { GetRequest, Selection } from './getrequest.ts';
import type { VaultGround } from '../ground.ts';
import type { KeyBag, Opened } from '../keys/keybag.ts';
import { PAGE_RECORDS_MAX, READ_IDS_MAX, SCAN_RECORDS_MAX } from '../limits.ts';
import { prefixDigest, prefixSpace, valueDigest } from '../records/lookups.ts';
import { findLookups } from '../records/lookuptable.ts';
import type { Found } from '../records/lookuptable.ts';
import { isUuid } from '../schema/place.ts';
import { checked } from '../records/preparedrow.ts';
import { recordPage, recordsById, wholeRecords } from '../records/recordtable.ts';
import type { RecordRow } from '../records/recordtable.ts';
import { columnOf } from '../schema/schema.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';
import type { ShownRecord } from '../records/shownrecord.ts';

/** A request and what it is answered from. */
export type Finding = {
  readonly request: GetRequest;
  readonly vault: VaultSchema;
  readonly table: TableSchema;
  readonly bag: KeyBag;
};

/** Picks the records that the caller may know of. */
type Seen = (opened: readonly Opened[]) => readonly ShownRecord[];

type FoundShown = { readonly shown: readonly ShownRecord[]; readonly next: string | null };

/** The records a request selects, as far as they are shown; what is not shown counts for no limit, offset or cursor. */
export async function findShown(
  ground: VaultGround,
  finding: Finding & { readonly ruling: Ruling },
  seen: Seen,
): Promise<FoundShown> {
  const { request, table, bag, ruling } = finding;
  const { pool } = ground.ports;
  const { select } = request;
  const limit = Math.min(request.limit ?? PAGE_RECORDS_MAX, PAGE_RECORDS_MAX);
  if (select.kind === 'page') return findPage(ground, { ...finding, select, limit }, seen);
  const open = async (ids: readonly string[]) =>
    seen(await bag.open(table, wholeRecords(inOrder(ids, await recordsById(pool, table, ids)))));
  if (select.kind === 'ids') {
    checkCount(select.ids.length);
    return { shown: await open([...new Set(select.ids)].filter(isUuid)), next: null };
  }
  if (ruling.reads.length === 0) {
    const ids = await findByValue(ground, finding, { select, limit });
    return { shown: await open(ids), next: null };
  }
  // Where it hangs on the row whether it is shown, all that are found are looked at: what is hidden takes nobody's place.
  const ids = await findByValue(ground, finding, { select, limit: SCAN_RECORDS_MAX + 1 });
  if (ids.length > SCAN_RECORDS_MAX) throw tooMany();
  const shown: ShownRecord[] = [];
  for (let at = 0; at < ids.length; at += PAGE_RECORDS_MAX) {
    shown.push(...(await open(ids.slice(at, at + PAGE_RECORDS_MAX))));
  }
  return { shown: shown.slice(0, limit), next: null };
}

/** It reads alike, and takes as long, whether anything is shown of them or nothing. */
function tooMany(): Problem {
  const message = `scan-limit: more than ${SCAN_RECORDS_MAX} records would have to be looked at`;
  return new Problem('limit', message, {
    hint: 'look for a value or beginning that fewer records have, or go through the table page by page',
  });
}

type PageFinding = Finding & {
  readonly ruling: Ruling;
  readonly select: Extract<Selection, { kind: 'page' }>;
  readonly limit: number;
};

async function findPage(
  { ports }: VaultGround,
  { vault, table, bag, ruling, select, limit }: PageFinding,
  seen: Seen,
): Promise<FoundShown> {
  const { descending } = select;
  const walk = { vault, table, descending };
  const from = select.after === null ? null : openCursor(bag.index, walk, select.after);
  let after = from?.after ?? null;
  let skip = from !== null && 'skip' in from ? from.skip : select.skip;
  // Where it does not hang on the row, the database can leave out what is to be skipped.
  const skipsAnywhere = ruling.reads.length === 0;
  const shown: ShownRecord[] = [];
  const nextAfter = (record: string) =>
    sealCursor(bag.index, walk, { cursor: { after: record, skip }, random: ports.random });
  let size = limit;
  for (let looked = 0; ; looked += size, size = Math.min(2 * size, PAGE_RECORDS_MAX)) {
    const skipped = skipsAnywhere ? skip : 0;
    const page = { after, descending, skip: skipped, limit: size, wholeOnly: true };
    const rows = await recordPage(ports.pool, table, page);
    skip -= skipped;
    const found = seen(await bag.open(table, wholeRecords(rows)));
    const kept = found.slice(skip);
    skip -= found.length - kept.length;
    const room = limit - shown.length;
    shown.push(...kept.slice(0, room));
    const last = rows.at(-1);
    if (last === undefined || (rows.length < size && kept.length <= room)) {
      return { shown, next: null };
    }
    const lastShown = shown.at(-1)?.record.id;
    if (shown.length === limit && lastShown !== undefined) {
      return { shown, next: nextAfter(lastShown) };
    }
    after = last.id;
    if (looked + size >= SCAN_RECORDS_MAX) return { shown, next: nextAfter(after) };
  }
}

/** Ids of records that a value or a beginning leads to, each once; throws `invalid` where nothing is found that way. */
export async function findByValue(
  { ports: { pool } }: VaultGround,
  { table, bag }: Pick<Finding, 'table' | 'bag'>,
  {
    select,
    limit,
  }: {
    readonly select: Extract<Selection, { kind: 'values' | 'prefix' }>;
    readonly limit: number;
  },
): Promise<readonly string[]> {
  const by = columnOf(table, select.column);
  if (select.kind === 'values') {
    checkCount(select.values.length);
    if (!by.unique && !by.exactIndex) {
      throw new Problem('invalid', `column \`${by.name}\` is neither unique nor indexed`, {
        hint: 'an exact index lets records be found by it',
      });
    }
    const digests = select.values.map((json) =>
      valueDigest(bag.index, by.number, checked(by, json)),
    );
    return idsOf(table, await findLookups(pool, { space: by.number, digests, limit }));
  }
  const { prefixIndex } = by;
  const length = Array.from(select.beginning).length;
  if (prefixIndex === null || length < prefixIndex.min || length > prefixIndex.max) {
    const takes =
      prefixIndex === null ? 'none' : `${prefixIndex.min} to ${prefixIndex.max} characters`;
    throw new Problem('invalid', `column \`${by.name}\` can be found by beginnings of ${takes}`);
  }
  const digests = [prefixDigest(bag.index, by, select.beginning)];
  return idsOf(table, await findLookups(pool, { space: prefixSpace(by), digests, limit }));
}

function checkCount(count: number): void {
  if (count > READ_IDS_MAX) {
    throw new Problem('limit', `get expected at most ${READ_IDS_MAX} ids or values, got ${count}`);
  }
}

function idsOf(table: TableSchema, found: readonly Found[]): readonly string[] {
  return [
    ...new Set(found.filter((one) => one.table === table.number).map(({ record }) => record)),
  ];
}

function inOrder(ids: readonly string[], rows: readonly RecordRow[]): readonly RecordRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
