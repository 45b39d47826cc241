import { Problem } from '#base/problem';
import type { Field, Report, TransactionStatus } from './backend.ts';
import { createReader } from './reader.ts';

/** What a server asks for when a session begins (PostgreSQL protocol 55.7, Authentication…). */
export type AuthenticationRequest =
  | { readonly kind: 'ok' }
  | { readonly kind: 'cleartext' }
  | { readonly kind: 'md5'; readonly salt: Uint8Array }
  | { readonly kind: 'sasl'; readonly mechanisms: readonly string[] }
  | { readonly kind: 'sasl-continue' | 'sasl-final'; readonly data: Uint8Array };

/** Reads an Authentication… body; throws `unsupported` for Kerberos, SSPI and what is yet to be invented. */
export function decodeAuthentication(body: Uint8Array): AuthenticationRequest {
  const reader = createReader(body);
  const code = reader.int32();
  switch (code) {
    case 0:
      return { kind: 'ok' };
    case 3:
      return { kind: 'cleartext' };
    case 5:
      return { kind: 'md5', salt: reader.bytes(4) };
    case 10: {
      const mechanisms: string[] = [];
      for (let name = reader.text(); name !== ''; name = reader.text()) mechanisms.push(name);
      return { kind: 'sasl', mechanisms };
    }
    case 11:
      return { kind: 'sasl-continue', data: reader.rest() };
    case 12:
      return { kind: 'sasl-final', data: reader.rest() };
    default:
      throw new Problem('unsupported', `server authentication method ${code} is not supported`, {
        hint: 'let the role log in with scram-sha-256 in pg_hba.conf',
      });
  }
}

/** Letters and texts of an ErrorResponse or NoticeResponse body. */
export function decodeReport(body: Uint8Array): Report {
  const reader = createReader(body);
  const fields = new Map<string, string>();
  for (let letter = reader.byte(); letter !== 0; letter = reader.byte()) {
    fields.set(String.fromCharCode(letter), reader.text());
  }
  return fields;
}

/** The columns of a RowDescription body. */
export function decodeRowDescription(body: Uint8Array): Field[] {
  const reader = createReader(body);
  const fields: Field[] = [];
  for (let left = reader.uint16(); left > 0; left--) {
    fields.push({
      name: reader.text(),
      relation: reader.int32() >>> 0,
      attnum: reader.int16(),
      type: reader.int32() >>> 0,
      typeSize: reader.int16(),
      typeModifier: reader.int32(),
      format: reader.int16(),
    });
  }
  reader.end();
  return fields;
}

/** Format of a CopyOutResponse: overall and one a column. */
export function decodeCopyOut(body: Uint8Array): { format: number; columns: readonly number[] } {
  const reader = createReader(body);
  const format = reader.byte();
  const columns: number[] = [];
  for (let left = reader.uint16(); left > 0; left--) columns.push(reader.int16());
  reader.end();
  return { format, columns };
}

export function decodeParameterStatus(body: Uint8Array): { name: string; value: string } {
  const reader = createReader(body);
  return { name: reader.text(), value: reader.text() };
}

/** Process id and secret of a BackendKeyData body. */
export function decodeBackendKey(body: Uint8Array): { processId: number; key: Uint8Array } {
  const reader = createReader(body);
  return { processId: reader.int32(), key: reader.rest().slice() };
}

export function decodeReady(body: Uint8Array): TransactionStatus {
  const status = String.fromCharCode(createReader(body).byte());
  if (status === 'I' || status === 'T' || status === 'E') return status;
  throw new Problem('invalid', 'server transaction status expected I, T or E');
}

/** Command name and row count of a CommandComplete body, such as `SELECT 5`; rows is 0 where there is no count. */
export function decodeCommandTag(body: Uint8Array): { tag: string; command: string; rows: number } {
  const tag = createReader(body).text();
  const words = tag.split(' ');
  const rows = Number(words[words.length - 1]);
  const counted = words.length > 1 && Number.isSafeInteger(rows);
  return { tag, command: words[0] ?? '', rows: counted ? rows : 0 };
}

/** Readers of what a server says, by message. */
export const answer = {
  decodeAuthentication,
  decodeReport,
  decodeRowDescription,
  decodeCopyOut,
  decodeParameterStatus,
  decodeBackendKey,
  decodeReady,
  decodeCommandTag,
} as const;
