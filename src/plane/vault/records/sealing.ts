import { Problem } from '#base/problem';
import {
  cellKeys,
  cellOpener,
  hmacOf,
  laidPlaintext,
  lendCellKeys,
  lendDigestKey,
  maskKeyHeld,
} from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { CellThread } from './cellthread.ts';
import { HEAD_BYTES, placeOf } from '../schema/place.ts';
import { attempted } from './preparedrow.ts';
import {
  batchOf,
  bodiesOf,
  CELL_OPEN,
  RECORD_CANARY,
  RECORD_CORRUPT,
  sealBatch,
} from './recordbatch.ts';
import type { Headed } from './recordbatch.ts';
import type { RecordBody } from './recordbody.ts';
import { keyVersions, layRecords, openRecord, RECORD_CODE, unfit } from './sealedrecord.ts';
import type { OpenKeys, OpenRecord, Sealable } from './sealedrecord.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';

type Where = { readonly vault: VaultSchema; readonly table: TableSchema };

/** The keys and randomness of one write. */
export type SealKeys = {
  readonly newest: MaskKey;
  readonly index: MaskKey;
  readonly random: (sizeBytes: number) => Uint8Array;
};

/** The bodies of records that are written together, sealed; in the thread where there are many. */
export async function sealRecords(
  thread: CellThread,
  where: Where,
  { keys, records }: { readonly keys: SealKeys; readonly records: readonly Sealable[] },
): Promise<readonly Uint8Array[]> {
  const batch = layRecords(where, records, keys.random);
  const { sizes } = batch;
  const cells = records.reduce((sum, { record }) => sum + record.values.length + 2, 0);
  if (!thread.takes({ cells, sizeBytes: batch.bodies.length })) {
    sealBatch(batch, { cells: cellKeys(keys.newest), code: hmacOf(keys.index, RECORD_CODE) });
    return bodiesOf(batch);
  }
  const lent = {
    cells: [lendCellKeys(keys.newest)],
    code: lendDigestKey(keys.index, RECORD_CODE),
  };
  const { bodies } = await thread.run({ kind: 'seal', batch, keys: lent }, cells);
  requireHeld([keys.newest, keys.index], bodies);
  return bodiesOf({ bodies, sizes });
}

/** A record whose parts add up, and the columns of it that will be asked for. */
export type Wanted = Headed & {
  readonly body: Uint8Array;
  readonly parts: RecordBody;
  readonly columns: readonly number[];
};

/**
 * Checks records in the thread and opens there what is wanted of them; in their order, `corrupt` where a code does not fit.
 * What else is asked for of a record is opened when it is.
 */
export async function openAhead(
  thread: CellThread,
  where: Where,
  { keys, wanted }: { readonly keys: OpenKeys; readonly wanted: readonly Wanted[] },
): Promise<readonly (OpenRecord | Problem)[]> {
  const batch = batchOf(where, wanted);
  const { sizes, heads } = batch;
  const starts = new Uint32Array(wanted.length + 1);
  for (const [i, { columns }] of wanted.entries())
    starts[i + 1] = (starts[i] as number) + columns.length;
  const columns = Uint32Array.from(wanted.flatMap((one) => one.columns));
  const needed = [...keyVersions(wanted)].flatMap((version) => {
    const key = attempted(() => keys.version(version));
    return key instanceof Problem ? [] : [key]; // a cell that names no key is as corrupt in the thread
  });
  const lent = { cells: needed.map(lendCellKeys), code: lendDigestKey(keys.index, RECORD_CODE) };
  const job = { kind: 'open', batch, wanted: { starts, columns }, keys: lent } as const;
  const { bodies, found } = await thread.run(job, wanted.length + columns.length);
  requireHeld([...needed, keys.index], bodies);
  if (found === null) throw new Problem('internal', 'records were not looked at');
  const place = placeOf(where.vault, where.table);
  const cellsOf = (version: number) => cellKeys(keys.version(version));
  const shared = cellOpener(cellsOf, null);
  return bodiesOf({ bodies, sizes }).map((body, i) => {
    const one = wanted[i] as Wanted;
    const { id, version, subject, parts, subjectKey } = one;
    if (found.records[i] === RECORD_CORRUPT) return unfit();
    const state = { version, subject, canary: found.records[i] === RECORD_CANARY };
    return openRecord({ id, state, parts }, ({ from, to }, column) => {
      const at = one.columns.indexOf(column);
      const isOpen = at >= 0 && found.cells[(starts[i] as number) + at] === CELL_OPEN;
      if (isOpen) return laidPlaintext(body.subarray(from, to));
      const opener = subjectKey === null ? shared : cellOpener(cellsOf, subjectKey);
      const head = heads.subarray(i * HEAD_BYTES, (i + 1) * HEAD_BYTES);
      return opener.open(one.body.subarray(from, to), place.cells(head)(column));
    });
  });
}

/** What was done with a key that was destroyed meanwhile is thrown away: the kill switch reaches into the thread. */
function requireHeld(keys: readonly MaskKey[], bodies: Uint8Array): void {
  if (keys.every(maskKeyHeld)) return;
  bodies.fill(0);
  throw new Problem('unavailable', 'a key was taken away while records were sealed or opened', {
    hint: 'try again in a moment',
  });
}
