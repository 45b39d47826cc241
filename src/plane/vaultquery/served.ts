import { Problem } from '#base/problem';
import type { ProblemCode } from '#base/problem';
import { answer, BACKEND_BYTES_MAX, backendTag, createFramer } from '#engines/pgwire';
import type { Field } from '#engines/pgwire';
import { redactedText, StatedProblem } from '#plane/gateway';

/** What a server said to one statement. */
export type Served = {
  /** Types of the parameters, where they were asked for. */
  readonly parameterTypes: readonly number[];
  /** Null for a statement without a result. */
  readonly fields: readonly Field[] | null;
  /** Bodies of DataRow messages. */
  readonly rows: readonly Uint8Array[];
  /** Such as `SELECT 5`; empty when nothing was executed. */
  readonly tag: string;
};

function codeOf(sqlState: string): ProblemCode {
  if (sqlState.startsWith('53') || sqlState.startsWith('54')) return 'limit';
  if (sqlState === '42501') return 'denied';
  if (sqlState.startsWith('0A')) return 'unsupported';
  return /^(?:21|22|42)/u.test(sqlState) ? 'invalid' : 'unavailable';
}

/** Reads the messages of a server; throws what it refused, without values, and `limit` above `rowsMax` rows. */
export function readServed(bytes: Uint8Array, rowsMax: number): Served {
  const framer = createFramer();
  framer.push(bytes);
  const rows: Uint8Array[] = [];
  let parameterTypes: readonly number[] = [];
  let fields: readonly Field[] | null = null;
  let tag = '';
  let bound = false;
  for (;;) {
    const frame = framer.next({ kind: 'message', bytesMax: BACKEND_BYTES_MAX });
    if (frame === null) return { parameterTypes, fields, rows, tag };
    const { body } = frame;
    if (frame.tag === backendTag.dataRow) rows.push(body);
    else if (frame.tag === backendTag.rowDescription) fields = answer.decodeRowDescription(body);
    else if (frame.tag === backendTag.parameterDescription) parameterTypes = typesIn(body);
    else if (frame.tag === backendTag.commandComplete) ({ tag } = answer.decodeCommandTag(body));
    else if (frame.tag === backendTag.bindComplete) bound = true;
    else if (frame.tag === backendTag.portalSuspended) throw tooManyRows(rowsMax);
    else if (frame.tag === backendTag.error) throw refusedBy(answer.decodeReport(body), bound);
  }
}

function typesIn(body: Uint8Array): readonly number[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return Array.from({ length: view.getUint16(0) }, (_, i) => view.getUint32(2 + i * 4));
}

/** What is said of the text alone names types, functions and columns; once it runs a message may quote values, which belong in no log. */
function refusedBy(report: ReadonlyMap<string, string>, bound: boolean): StatedProblem {
  const sqlState = report.get('C') ?? 'XX000';
  const message = report.get('M') ?? '';
  const ofText = !bound && sqlState.startsWith('42');
  const told = ofText ? message : redactedText(sqlState, message);
  return new StatedProblem(new Problem(codeOf(sqlState), told), { sqlState, position: null });
}

function tooManyRows(rowsMax: number): Problem {
  return new Problem('limit', `answer expected to have at most ${rowsMax} rows`, {
    hint: 'page with LIMIT and OFFSET',
  });
}
