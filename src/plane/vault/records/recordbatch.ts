import { equalConstantTime } from '#base/bytes';
import { Problem } from '#base/problem';
import {
  cellOpener,
  cellSealer,
  KEY_BYTES,
  laidPlaintext,
  NONCE_HALF_BYTES,
} from '#engines/crypto';
import type { CellKeys, CellOpener, CellSealer, FastHmac } from '#engines/crypto';
import {
  HEAD_BYTES,
  hasSubject,
  markCanary,
  placeOf,
  TOKENS_COLUMN,
  writeHead,
} from '../schema/place.ts';
import type { Place, RecordState } from '../schema/place.ts';
import { bodySize, CODE_BYTES, layBody, RecordBody } from './recordbody.ts';
import type { BodyPlan } from './recordbody.ts';

/**
 * Records of one table as a few long arrays, so that another thread can seal or open them: what it is given is all it
 * has, and it keeps nothing.
 */
export type RecordBatch = {
  readonly vault: { readonly id: string };
  readonly table: { readonly id: string };
  /** One after the other. */
  readonly bodies: Uint8Array<ArrayBuffer>;
  readonly sizes: Uint32Array<ArrayBuffer>;
  /** `HEAD_BYTES` each. */
  readonly heads: Uint8Array<ArrayBuffer>;
  /** `KEY_BYTES` each, of which those of records without a subject mean nothing. */
  readonly subjectKeys: Uint8Array<ArrayBuffer>;
};

/** The code over a record: place, head, and all of a body but its code. */
function recordCode(code: FastHmac, place: Uint8Array, body: Uint8Array): Uint8Array {
  const covered = body.subarray(0, body.length - CODE_BYTES);
  return Buffer.from(code.text([place, covered]).slice(0, CODE_BYTES), 'latin1');
}

/** What a record is beside its body, and whose key its cells need. */
export type Headed = RecordState & { readonly id: string; readonly subjectKey: Uint8Array | null };

/** An empty batch for bodies of these sizes. */
function newBatch(
  where: Pick<RecordBatch, 'vault' | 'table'>,
  records: readonly Headed[],
  sizes: Uint32Array<ArrayBuffer>,
): RecordBatch & { readonly bodies: Buffer<ArrayBuffer> } {
  const heads = Buffer.alloc(records.length * HEAD_BYTES);
  const subjectKeys = new Uint8Array(records.length * KEY_BYTES);
  for (const [i, record] of records.entries()) {
    writeHead(heads, i * HEAD_BYTES, record);
    if (record.subjectKey !== null) subjectKeys.set(record.subjectKey, i * KEY_BYTES);
  }
  const bodies = Buffer.from(new ArrayBuffer(sizes.reduce((sum, size) => sum + size, 0)));
  const { vault, table } = where;
  return { vault: { id: vault.id }, table: { id: table.id }, bodies, sizes, heads, subjectKeys };
}

/** A batch to be sealed: in each place of a cell lie what is to be sealed and the cell's half of its nonce. */
export type LaidBatch = RecordBatch & {
  /** The other halves, `NONCE_HALF_BYTES` a record: one for all, or where it has a subject's key one for itself. */
  readonly writeNonces: Uint8Array<ArrayBuffer>;
};

/** Lays records out to be sealed; every nonce is drawn here. */
export function layOut(
  where: Pick<RecordBatch, 'vault' | 'table'>,
  records: readonly (Headed & BodyPlan)[],
  random: (sizeBytes: number) => Uint8Array,
): LaidBatch {
  const batch = newBatch(where, records, Uint32Array.from(records, bodySize));
  const writeNonces = new Uint8Array(records.length * NONCE_HALF_BYTES);
  const shared = random(NONCE_HALF_BYTES);
  let at = 0;
  for (const [i, record] of records.entries()) {
    const own = record.subjectKey === null ? shared : random(NONCE_HALF_BYTES);
    writeNonces.set(own, i * NONCE_HALF_BYTES);
    const nonces = random((record.values.length + 1) * NONCE_HALF_BYTES);
    let next = 0;
    const nonce = () => nonces.subarray(next, (next += NONCE_HALF_BYTES));
    layBody(record, nonce, { out: batch.bodies, at });
    at += batch.sizes[i] as number;
  }
  return { ...batch, writeNonces };
}

/** Bodies as they lie in the database, to be opened. */
export function batchOf(
  where: Pick<RecordBatch, 'vault' | 'table'>,
  records: readonly (Headed & { readonly body: Uint8Array })[],
): RecordBatch {
  const batch = newBatch(
    where,
    records,
    Uint32Array.from(records, ({ body }) => body.length),
  );
  let at = 0;
  for (const { body } of records) {
    batch.bodies.set(body, at);
    at += body.length;
  }
  return batch;
}

/** The bodies of a batch, each a view. */
export function bodiesOf({ bodies, sizes }: Pick<RecordBatch, 'bodies' | 'sizes'>): Uint8Array[] {
  let at = 0;
  return Array.from(sizes, (size) => bodies.subarray(at, (at += size)));
}

/** The `i`-th of pieces of one size. */
function piece(pieces: Uint8Array, sizeBytes: number, i: number): Uint8Array {
  return pieces.subarray(i * sizeBytes, (i + 1) * sizeBytes);
}

/** Makes records of what was laid out, in place. */
export function sealBatch(
  batch: LaidBatch,
  keys: { readonly cells: CellKeys; readonly code: FastHmac },
): void {
  const place = placeOf(batch.vault, batch.table);
  let shared: CellSealer | null = null;
  const sealerOf = (i: number, subjectKey: Uint8Array | null) =>
    cellSealer(keys.cells, { nonce: piece(batch.writeNonces, NONCE_HALF_BYTES, i), subjectKey });
  for (const [i, body] of bodiesOf(batch).entries()) {
    const head = piece(batch.heads, HEAD_BYTES, i);
    const sealer = hasSubject(head)
      ? sealerOf(i, piece(batch.subjectKeys, KEY_BYTES, i))
      : (shared ??= sealerOf(i, null));
    const parts = new RecordBody(body);
    const associatedOf = place.cells(head);
    const seal = (from: number, to: number, column: number) =>
      sealer.sealLaid(body.subarray(from, to), associatedOf(column));
    parts.eachCell(seal);
    const { tokens } = parts;
    if (tokens !== null) seal(tokens.from, tokens.to, TOKENS_COLUMN);
    body.set(recordCode(keys.code, place.record(head), body), body.length - CODE_BYTES);
  }
  batch.subjectKeys.fill(0);
}

/** Which cells of a batch are wanted: of the `i`-th record the columns from `starts[i]` to before `starts[i + 1]`. */
export type WantedCells = {
  readonly starts: Uint32Array<ArrayBuffer>;
  readonly columns: Uint32Array<ArrayBuffer>;
};

/** What was found of each record and of each wanted cell; the plaintext of one that is open lies in its place. */
export type OpenedBatch = {
  readonly records: Uint8Array<ArrayBuffer>;
  readonly cells: Uint8Array<ArrayBuffer>;
};

/** Of a record: its code does not fit, fits, or fits that of a canary. */
export const RECORD_CORRUPT = 0;
const RECORD_WHOLE = 1;
export const RECORD_CANARY = 2;
/** Of a wanted cell that is open; 0 where there is none or it does not open. */
export const CELL_OPEN = 1;

/** Checks records and opens cells of them in place. Nothing of a record is opened whose code does not fit. */
export function openBatch(
  batch: RecordBatch,
  wanted: WantedCells,
  keys: { readonly cells: (version: number) => CellKeys; readonly code: FastHmac },
): OpenedBatch {
  const place = placeOf(batch.vault, batch.table);
  const records = new Uint8Array(batch.sizes.length);
  const cells = new Uint8Array(wanted.columns.length);
  const shared = cellOpener(keys.cells, null);
  for (const [i, body] of bodiesOf(batch).entries()) {
    const head = piece(batch.heads, HEAD_BYTES, i);
    const found = stateOf(place, keys.code, { head, body });
    records[i] = found;
    if (found === RECORD_CORRUPT) continue;
    const opener = hasSubject(head)
      ? cellOpener(keys.cells, piece(batch.subjectKeys, KEY_BYTES, i))
      : shared;
    const associatedOf = place.cells(head);
    const parts = new RecordBody(body);
    for (let at = wanted.starts[i] ?? 0; at < (wanted.starts[i + 1] ?? 0); at++) {
      const column = wanted.columns[at] as number;
      const span = parts.cell(column);
      if (span === null) continue;
      const cell = body.subarray(span.from, span.to);
      if (openInPlace(opener, cell, associatedOf(column))) cells[at] = CELL_OPEN;
    }
  }
  batch.subjectKeys.fill(0);
  return { records, cells };
}

function openInPlace(opener: CellOpener, cell: Uint8Array, associated: Uint8Array): boolean {
  try {
    const plain = opener.open(cell, associated);
    laidPlaintext(cell).set(plain);
    return true;
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'corrupt') return false;
    throw thrown;
  }
}

/** A canary differs from other records in its code alone, so that nobody who reads the database can tell it apart. */
export function stateOf(
  place: Place,
  code: FastHmac,
  { head, body }: { readonly head: Uint8Array; readonly body: Uint8Array },
): typeof RECORD_CORRUPT | typeof RECORD_WHOLE | typeof RECORD_CANARY {
  const written = body.subarray(body.length - CODE_BYTES);
  for (const found of [RECORD_WHOLE, RECORD_CANARY] as const) {
    markCanary(head, found === RECORD_CANARY);
    if (equalConstantTime(written, recordCode(code, place.record(head), body))) return found;
  }
  return RECORD_CORRUPT;
}
