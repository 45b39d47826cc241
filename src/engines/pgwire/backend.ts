import { utf8 } from '#base/bytes';
import { backendTag } from './tags.ts';
import { PROTOCOL_MINOR_MAX } from './startup.ts';
import { byte, int16, int32, message } from './writer.ts';

export type TransactionStatus = 'I' | 'T' | 'E';

/** One column of a RowDescription. */
export type Field = {
  readonly name: string;
  readonly relation: number;
  readonly attnum: number;
  readonly type: number;
  readonly typeSize: number;
  readonly typeModifier: number;
  readonly format: number;
};

/** The letters of an ErrorResponse or NoticeResponse (PostgreSQL protocol 55.8). */
export type Report = ReadonlyMap<string, string>;

/** One-message answers without a body. */
export const parseComplete = message(backendTag.parseComplete);
export const bindComplete = message(backendTag.bindComplete);
export const closeComplete = message(backendTag.closeComplete);
export const noData = message(backendTag.noData);
export const emptyQuery = message(backendTag.emptyQuery);
export const portalSuspended = message(backendTag.portalSuspended);
export const copyDone = message(backendTag.copyDone);

/** Tells the client that it is logged in. */
export const authenticationOk = message(backendTag.authentication, int32(0));

/** Offers SASL mechanisms, best first. */
export function authenticationSasl(mechanisms: readonly string[]): Uint8Array {
  return message(backendTag.authentication, int32(10), ...mechanisms, new Uint8Array(1));
}

/** A SASL step of the server: `continue` asks for an answer, `final` ends the exchange. */
export function authenticationStep(step: 'continue' | 'final', text: string): Uint8Array {
  return message(backendTag.authentication, int32(step === 'continue' ? 11 : 12), utf8(text));
}

export function parameterStatus(name: string, value: string): Uint8Array {
  return message(backendTag.parameterStatus, name, value);
}

/** The key a client must show to cancel. */
export function backendKeyData(processId: number, key: Uint8Array): Uint8Array {
  return message(backendTag.backendKeyData, int32(processId), key);
}

export function readyForQuery(status: TransactionStatus): Uint8Array {
  return message(backendTag.readyForQuery, utf8(status));
}

export function commandComplete(tag: string): Uint8Array {
  return message(backendTag.commandComplete, tag);
}

/** Says which newest minor version and which options the gateway does not know. */
export function negotiateProtocolVersion(unknownOptions: readonly string[]): Uint8Array {
  const version = (3 << 16) | PROTOCOL_MINOR_MAX;
  return message(
    backendTag.negotiateProtocolVersion,
    int32(version),
    int32(unknownOptions.length),
    ...unknownOptions,
  );
}

/** An ErrorResponse (`error`) or NoticeResponse (`notice`). */
export function encodeReport(kind: 'error' | 'notice', report: Report): Uint8Array {
  const fields = [...report].flatMap(([letter, value]) => [utf8(letter), value]);
  return message(backendTag[kind], ...fields, new Uint8Array(1));
}

export function encodeRowDescription(fields: readonly Field[]): Uint8Array {
  return message(backendTag.rowDescription, int16(fields.length), ...fields.flatMap(encodeField));
}

function encodeField(field: Field): (Uint8Array | string)[] {
  return [
    field.name,
    int32(field.relation),
    int16(field.attnum),
    int32(field.type),
    int16(field.typeSize),
    int32(field.typeModifier),
    int16(field.format),
  ];
}

export function encodeParameterDescription(types: readonly number[]): Uint8Array {
  return message(backendTag.parameterDescription, int16(types.length), ...types.map(int32));
}

/** A DataRow of text cells; null is SQL's null. */
export function encodeDataRow(cells: readonly (Uint8Array | null)[]): Uint8Array {
  const pieces = cells.flatMap((cell) =>
    cell === null ? [int32(-1)] : [int32(cell.length), cell],
  );
  return message(backendTag.dataRow, int16(cells.length), ...pieces);
}

/** A DataRow whose body came from a server. */
export function encodeRow(body: Uint8Array): Uint8Array {
  return message(backendTag.dataRow, body);
}

/** Begins a COPY to the client: overall format 0 text, 1 binary; one format a column. */
export function encodeCopyOut(format: number, columns: readonly number[]): Uint8Array {
  return message(backendTag.copyOut, byte(format), int16(columns.length), ...columns.map(int16));
}

/** Messages of a server, by what they say. */
export const reply = {
  parseComplete,
  bindComplete,
  closeComplete,
  noData,
  emptyQuery,
  portalSuspended,
  copyDone,
  authenticationOk,
  authenticationSasl,
  authenticationStep,
  parameterStatus,
  backendKeyData,
  readyForQuery,
  commandComplete,
  negotiateProtocolVersion,
  encodeReport,
  encodeRowDescription,
  encodeParameterDescription,
  encodeDataRow,
  encodeRow,
  encodeCopyOut,
} as const;
