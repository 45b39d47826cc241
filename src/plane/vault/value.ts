import { concat, fromBase64, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { ARRAY_ELEMENTS_MAX, JSON_DEPTH_MAX, VALUE_BYTES_MAX } from './limits.ts';
import { canonicalDatetime, canonicalTime, isDate } from './moment.ts';
import type { ColumnSchema, ColumnType } from './schema.ts';

/**
 * How values of each type become bytes (docs/formats/vault-record.md): `encode` checks and keeps what was written,
 * `decode` gives it back, `canonical` is the same for values that are equal.
 */
type Codec = {
  /** What is expected, for messages. */
  readonly expected: string;
  encode(value: Json): Uint8Array | null;
  decode(bytes: Uint8Array): Json;
  canonical(value: Json): Uint8Array;
};

/** Keeps a byte order mark: what was written comes back. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);
const INT32_MAX = 2 ** 31 - 1;
const FLOAT32_MAX = 3.402_823_466_385_288_6e38;
const INT64 = /^-?(?:0|[1-9]\d{0,18})$/u;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u;

const asText = (bytes: Uint8Array): Json => textOf(bytes);
const textCodec = (expected: string, canonical: (text: string) => string | null): Codec => ({
  expected,
  encode: (value) =>
    typeof value === 'string' && value.isWellFormed() && canonical(value) !== null
      ? utf8(value)
      : null,
  decode: asText,
  canonical: (value) => utf8(canonical(valueText(value)) ?? ''),
});
const numberCodec = (expected: string, fits: (value: number) => boolean): Codec => ({
  expected,
  encode: (value) => (typeof value === 'number' && fits(value) ? float64Bytes(value) : null),
  decode: (bytes) => viewOf(bytes).getFloat64(0),
  canonical: (value) => float64Bytes(Number(value)),
});

const CODECS: Readonly<Record<Exclude<ColumnType, 'file'>, Codec>> = {
  string: textCodec('a text', (text) => text),
  int32: numberCodec(
    'a whole number of 32 bits',
    (value) => Number.isInteger(value) && value >= -INT32_MAX - 1 && value <= INT32_MAX,
  ),
  int64: {
    expected: 'a whole number of 64 bits, beyond 2^53 as text',
    encode: (value) => int64Bytes(value),
    decode(bytes) {
      const number = viewOf(bytes).getBigInt64(0);
      return Number.isSafeInteger(Number(number)) ? Number(number) : String(number);
    },
    canonical: (value) => int64Bytes(value) ?? new Uint8Array(0),
  },
  float32: numberCodec('a number of 32 bits', (value) => Math.abs(value) <= FLOAT32_MAX),
  float64: numberCodec('a number', (value) => Number.isFinite(value)),
  bool: {
    expected: 'true or false',
    encode: (value) => (typeof value === 'boolean' ? Uint8Array.of(value ? 1 : 0) : null),
    decode: (bytes) => bytes[0] === 1,
    canonical: (value) => Uint8Array.of(value === true ? 1 : 0),
  },
  date: textCodec('a date as `2006-01-02`', (text) => (isDate(text) ? text : null)),
  datetime: textCodec(
    'a moment as RFC 3339 or RFC 1123 writes it, with its zone',
    canonicalDatetime,
  ),
  time: textCodec('a time of day as `15:04:05` or `3:04PM`', canonicalTime),
  json: {
    expected: `json at most ${JSON_DEPTH_MAX} levels deep`,
    encode: (value) => (isSound(value, JSON_DEPTH_MAX) ? utf8(JSON.stringify(value)) : null),
    decode: (bytes) => JSON.parse(textOf(bytes)) as Json,
    canonical: (value) => utf8(canonicalJson(value)),
  },
  bytes: {
    expected: 'bytes in base64',
    encode: (value) => (typeof value === 'string' && BASE64.test(value) ? fromBase64(value) : null),
    decode: (bytes) => Buffer.from(bytes).toString('base64'),
    canonical: (value) => fromBase64(valueText(value)),
  },
};

/** A value as one text: what a pattern or a token's shape looks at. */
export function valueText(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The bytes of a value of the column; throws `invalid` or `limit`, without the value, when it is none. */
export function encodeValue(column: ColumnSchema, value: Json): Uint8Array {
  const bytes = column.isArray ? encodeArray(column, value) : encodeOne(column, value);
  if (bytes.length > VALUE_BYTES_MAX) {
    const limit = `limit ${VALUE_BYTES_MAX} bytes, got ${bytes.length}`;
    throw new Problem('limit', `value of column \`${column.name}\` too large: ${limit}`);
  }
  return bytes;
}

/** The value that `encodeValue` was given, as it was written. */
export function decodeValue(column: ColumnSchema, bytes: Uint8Array): Json {
  if (column.isArray) return JSON.parse(textOf(bytes)) as Json;
  return codecOf(column).decode(bytes);
}

/** Bytes that are the same for equal values of the column's type. */
export function canonicalValue(column: ColumnSchema, value: Json): Uint8Array {
  const codec = codecOf(column);
  if (!column.isArray) return codec.canonical(value);
  const elements = (value as readonly Json[]).map((element) => codec.canonical(element));
  return concat(...elements.flatMap((bytes) => [uint32Bytes(bytes.length), bytes]));
}

function encodeArray(column: ColumnSchema, value: Json): Uint8Array {
  if (!Array.isArray(value)) throw mistyped(column, 'a list', value);
  const elements = value as readonly Json[];
  if (elements.length > ARRAY_ELEMENTS_MAX) {
    throw new Problem(
      'limit',
      `column \`${column.name}\` expected at most ${ARRAY_ELEMENTS_MAX} elements, got ${elements.length}`,
    );
  }
  for (const element of elements) encodeOne(column, element);
  return utf8(JSON.stringify(elements));
}

function encodeOne(column: ColumnSchema, value: Json): Uint8Array {
  const codec = codecOf(column);
  const bytes = codec.encode(value);
  if (bytes === null) throw mistyped(column, codec.expected, value);
  return bytes;
}

function codecOf(column: ColumnSchema): Codec {
  if (column.type !== 'file') return CODECS[column.type];
  throw new Problem('invalid', `column \`${column.name}\` holds files`, {
    hint: 'upload a file instead of writing a value',
  });
}

function mistyped(column: ColumnSchema, expected: string, value: Json): Problem {
  const got = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  return new Problem('invalid', `column \`${column.name}\` expected ${expected}, got ${got}`, {
    hint: typeof value === 'string' ? 'the text is not of that form' : `the value is ${got}`,
  });
}

/** Whether JSON is shallow enough and holds only well-formed texts; stops at the first fault. */
function isSound(value: Json, depthLeft: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (value === null || typeof value !== 'object') return true;
  if (depthLeft === 0) return false;
  return Object.entries(value as Readonly<Record<string, Json>>).every(
    ([key, member]) => key.isWellFormed() && isSound(member, depthLeft - 1),
  );
}

function int64Bytes(value: Json): Uint8Array | null {
  const whole = typeof value === 'number' && Number.isSafeInteger(value);
  const digits = typeof value === 'string' && INT64.test(value);
  if (!whole && !digits) return null;
  const number = BigInt(value);
  if (BigInt.asIntN(64, number) !== number) return null;
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigInt64(0, number);
  return bytes;
}

function float64Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setFloat64(0, value === 0 ? 0 : value); // -0 equals 0
  return bytes;
}

function uint32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
