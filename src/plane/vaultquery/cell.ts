import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { canonicalDatetime, canonicalTime } from '#plane/vault';
import type { SqlType } from './columntype.ts';

const NULL = '\\N';
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A value as a field of COPY's text format. */
export function copyField(type: SqlType, value: Json): string {
  const text = value === null ? null : typedText(type, value);
  if (text === null) return NULL;
  // PostgreSQL's texts hold no zero character.
  return text.replaceAll('\0', '\u{FFFD}').replaceAll(/[\\\n\r\t]/gu, (one) => ESCAPES[one] ?? one);
}

function typedText({ name }: SqlType, value: Json): string | null {
  if (name === 'jsonb') return jsonText(value);
  const text = typeof value === 'object' ? jsonText(value) : String(value);
  switch (name) {
    case 'bytea':
      return `\\x${Buffer.from(text, 'base64').toString('hex')}`;
    case 'date':
      return era(text);
    case 'timestamp with time zone':
      return era(canonicalDatetime(text));
    case 'time without time zone':
      return canonicalTime(text);
    default:
      return text;
  }
}

/** As everywhere else, with zero characters that `jsonb` has no place for replaced before they are escaped. */
function jsonText(value: Json): string {
  return canonicalJson(value).replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/gu, '$1\u{FFFD}');
}

/** PostgreSQL counts no year 0: it is 1 BC. */
function era(text: string | null): string | null {
  return text?.startsWith('0000-') === true ? `0001${text.slice(4)} BC` : text;
}
