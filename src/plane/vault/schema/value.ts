import { concat, fromBase64 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { ARRAY_ELEMENTS_MAX, JSON_DEPTH_MAX, VALUE_BYTES_MAX } from '../limits.ts';
import { canonicalDatetime, canonicalTime, isDate } from './moment.ts';
import { COLUMN_TYPES } from './schema.ts';
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
/** From Node's pool of buffers: values are short, and a buffer of its own costs more than the text. */
const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
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
/** Numbers are told apart by how they are written, so that 5 and the text `5` have one digest. */
const numberText = (value: Json) => utf8(valueText(value === 0 ? 0 : value)); // -0 equals 0
const numberCodec = (expected: string, fits: (value: number) => boolean): Codec => ({
  expected,
  encode: (value) => (typeof value === 'number' && fits(value) ? float64Bytes(value) : null),
  decode: (bytes) => viewOf(bytes).getFloat64(0),
  canonical: numberText,
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
    canonical: numberText,
  },
  float32: numberCodec('a number of 32 bits', (value) => Math.abs(value) <= FLOAT32_MAX),
  float64: numberCodec('a number', (value) => Number.isFinite(value)),
  bool: {
    expected: 'true or false',
    encode: (value) => (typeof value === 'boolean' ? Uint8Array.of(value ? 1 : 0) : null),
    decode: (bytes) => bytes[0] === 1,
    canonical: (value) => utf8(String(value === true)),
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

/**
 * The bytes of a value of the column, the first of which names the type they were written as; throws `invalid` or `limit`,
 * without the value, when it is none.
 */
export function encodeValue(column: ColumnSchema, value: Json): Uint8Array {
  const bytes = column.isArray ? encodeArray(column, value) : encodeOne(column, value);
  if (bytes.length > VALUE_BYTES_MAX) {
    const limit = `limit ${VALUE_BYTES_MAX} bytes, got ${bytes.length}`;
    throw new Problem('limit', `value of column \`${column.name}\` too large: ${limit}`);
  }
  const marked = Buffer.allocUnsafe(1 + bytes.length);
  marked[0] = typeMark(column);
  marked.set(bytes, 1);
  return marked;
}

/** The value that `encodeValue` was given, as it was written; of another type now when the column is. */
export function decodeValue(column: ColumnSchema, plain: Uint8Array): Json {
  const bytes = plain.subarray(1);
  if (plain[0] === typeMark(column)) {
    return column.isArray ? (JSON.parse(textOf(bytes)) as Json) : codecOf(column).decode(bytes);
  }
  const type = COLUMN_TYPES[plain[0] ?? COLUMN_TYPES.length];
  if (type === undefined || type === 'file')
    throw new Problem('corrupt', 'value expected a known type');
  const converted = convertValue({ ...column, type }, CODECS[type].decode(bytes), column.type);
  if (converted === null) throw new Problem('corrupt', 'value expected the type of its column');
  return converted;
}

/** Whether the bytes were written as the type the column has now. */
export function isCurrent(column: ColumnSchema, plain: Uint8Array): boolean {
  return column.type === 'file' || plain[0] === typeMark(column);
}

/**
 * The value as another type, or null when it is none of that type. Where values are found by their digests it must also
 * keep its digest, or it would not be found again.
 */
export function convertValue(column: ColumnSchema, value: Json, type: ColumnType): Json {
  if (type === 'file' || column.type === 'file' || column.isArray) return null;
  const codec = CODECS[type];
  const text = valueText(value);
  const candidates: readonly Json[] = [
    value,
    text,
    Number(text),
    text === 'true',
    text === 'false' ? false : null,
  ];
  const fit = candidates.find(
    (one) =>
      one !== null && codec.encode(one) !== null && sameText(codec.canonical(one), column, value),
  );
  if (fit !== undefined) return fit;
  const loose = isFound(column)
    ? undefined
    : [value, text].find((one) => codec.encode(one) !== null);
  return loose ?? null;
}

function sameText(canonical: Uint8Array, column: ColumnSchema, value: Json): boolean {
  return Buffer.compare(canonical, codecOf(column).canonical(value)) === 0;
}

/** Whether digests of the column's values are kept anywhere. */
function isFound({ unique, exactIndex, tokens }: ColumnSchema): boolean {
  return unique || exactIndex || tokens.some(({ deterministic }) => deterministic);
}

/** Names the type in the first byte of a value. */
function typeMark({ type, isArray }: ColumnSchema): number {
  return COLUMN_TYPES.indexOf(type) + (isArray ? 128 : 0);
}

/** Bytes that are the same for equal values. */
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
