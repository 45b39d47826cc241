import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import type { Frame } from './framer.ts';
import { PARAMETERS_MAX } from './limits.ts';
import { createReader, type Reader } from './reader.ts';
import { frontendTag } from './tags.ts';
import { byte, int16, int32, message } from './writer.ts';

export type Target = 'statement' | 'portal';

/** A message of a client that has logged in (PostgreSQL protocol 55.7). */
export type FrontendMessage =
  | { readonly kind: 'query'; readonly text: string }
  | ParseMessage
  | BindMessage
  | { readonly kind: 'describe' | 'close'; readonly target: Target; readonly name: string }
  | { readonly kind: 'execute'; readonly portal: string; readonly rowsMax: number }
  | { readonly kind: 'sync' | 'flush' | 'terminate' | 'copy-done' }
  | { readonly kind: 'function-call' }
  | { readonly kind: 'copy-data'; readonly bytes: Uint8Array }
  | { readonly kind: 'copy-fail'; readonly reason: string };

/** What may go upstream: everything but the fast-path function call. */
export type ForwardableMessage = Exclude<FrontendMessage, { readonly kind: 'function-call' }>;

export type ParseMessage = {
  readonly kind: 'parse';
  readonly name: string;
  readonly text: string;
  /** Types given beforehand; 0 leaves one to the server. */
  readonly parameterTypes: readonly number[];
};

export type BindMessage = {
  readonly kind: 'bind';
  readonly portal: string;
  readonly statement: string;
  /** Formats, parameter count and values exactly as they came: the gateway never reads a parameter. */
  readonly parameters: Uint8Array;
  /** 0 text, 1 binary: none = all text, one = all columns, else one a column. */
  readonly resultFormats: readonly number[];
};

/** Reads a message of a logged-in client; throws `invalid` for malformed bodies and unknown tags. */
export function decodeFrontend(frame: Frame): FrontendMessage {
  const reader = createReader(frame.body);
  const found = decodeBody(frame.tag, reader);
  reader.end();
  return found;
}

function decodeBody(tag: number, reader: Reader): FrontendMessage {
  switch (tag) {
    case frontendTag.query:
      return { kind: 'query', text: reader.text() };
    case frontendTag.parse:
      return decodeParse(reader);
    case frontendTag.bind:
      return decodeBind(reader);
    case frontendTag.describe:
      return { kind: 'describe', target: decodeTarget(reader), name: reader.text() };
    case frontendTag.close:
      return { kind: 'close', target: decodeTarget(reader), name: reader.text() };
    case frontendTag.execute:
      return { kind: 'execute', portal: reader.text(), rowsMax: Math.max(0, reader.int32()) };
    case frontendTag.sync:
      return { kind: 'sync' };
    case frontendTag.flush:
      return { kind: 'flush' };
    case frontendTag.terminate:
      return { kind: 'terminate' };
    case frontendTag.functionCall:
      reader.rest();
      return { kind: 'function-call' };
    case frontendTag.copyDone:
      return { kind: 'copy-done' };
    case frontendTag.copyData:
      return { kind: 'copy-data', bytes: reader.rest() };
    case frontendTag.copyFail:
      return { kind: 'copy-fail', reason: reader.text() };
    default:
      throw new Problem('invalid', `unknown message type ${tag}`);
  }
}

function decodeTarget(reader: Reader): Target {
  const which = reader.byte();
  if (which === 0x53) return 'statement';
  if (which === 0x50) return 'portal';
  throw new Problem('invalid', `message target expected S or P, got byte ${which}`);
}

function decodeParse(reader: Reader): ParseMessage {
  const name = reader.text();
  const text = reader.text();
  const parameterTypes = repeat(reader.uint16(), () => reader.int32());
  return { kind: 'parse', name, text, parameterTypes };
}

function decodeBind(reader: Reader): BindMessage {
  const portal = reader.text();
  const statement = reader.text();
  const rest = reader.rest();
  const inner = createReader(rest);
  skipParameters(inner);
  const size = rest.length - inner.left();
  const resultFormats = repeat(inner.uint16(), () => decodeFormat(inner));
  inner.end();
  return { kind: 'bind', portal, statement, parameters: rest.subarray(0, size), resultFormats };
}

function skipParameters(reader: Reader): void {
  const formats = reader.uint16();
  for (let i = 0; i < formats; i++) decodeFormat(reader);
  const count = reader.uint16();
  if (formats > 1 && formats !== count) {
    throw new Problem('invalid', `bind expected ${count} parameter formats, got ${formats}`);
  }
  for (let i = 0; i < count; i++) {
    const size = reader.int32();
    if (size < -1)
      throw new Problem('invalid', 'bind parameter expected a length, got a negative one');
    if (size > 0) reader.bytes(size);
  }
}

function decodeFormat(reader: Reader): number {
  const format = reader.int16();
  if (format !== 0 && format !== 1) {
    throw new Problem('invalid', `format code expected 0 or 1, got ${format}`);
  }
  return format;
}

function repeat<T>(count: number, read: () => T): T[] {
  if (count > PARAMETERS_MAX) throw new Problem('limit', `list above ${PARAMETERS_MAX} entries`);
  const out: T[] = [];
  for (let i = 0; i < count; i++) out.push(read());
  return out;
}

/** The bytes of a client message, for sending it upstream. */
export function encodeFrontend(sent: ForwardableMessage): Uint8Array {
  switch (sent.kind) {
    case 'query':
      return message(frontendTag.query, sent.text);
    case 'parse':
      return message(
        frontendTag.parse,
        sent.name,
        sent.text,
        int16(sent.parameterTypes.length),
        ...sent.parameterTypes.map(int32),
      );
    case 'bind':
      return message(
        frontendTag.bind,
        sent.portal,
        sent.statement,
        sent.parameters,
        int16(sent.resultFormats.length),
        ...sent.resultFormats.map(int16),
      );
    case 'describe':
    case 'close':
      return message(
        frontendTag[sent.kind],
        byte(sent.target === 'portal' ? 0x50 : 0x53),
        sent.name,
      );
    case 'execute':
      return message(frontendTag.execute, sent.portal, int32(sent.rowsMax));
    case 'copy-data':
      return message(frontendTag.copyData, sent.bytes);
    case 'copy-fail':
      return message(frontendTag.copyFail, sent.reason);
    case 'copy-done':
      return message(frontendTag.copyDone);
    case 'sync':
    case 'flush':
    case 'terminate':
      return message(frontendTag[sent.kind]);
    default:
      return unreachable(sent);
  }
}

/** A PasswordMessage: a password, an md5 answer or a SASL message, which share one tag. */
export function encodePassword(body: Uint8Array | string): Uint8Array {
  return message(frontendTag.password, body);
}
