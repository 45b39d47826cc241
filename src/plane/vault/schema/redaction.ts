import type { Json } from '#base/canonical';
import { compiled } from './pattern.ts';
import { REDACTIONS } from './schema.ts';
import type { ColumnSchema, MaskPattern, Redaction } from './schema.ts';
import { decodeValue, valueText } from './value.ts';

/** What a caller asks for; DEFAULT is what the column says. */
export type AskedRedaction = Redaction | 'DEFAULT';

/** Stands where nothing of a value is shown. */
const REDACTED_TEXT = '*REDACTED*';

/** What is shown of a column: what was asked for is an upper bound, what was ruled another. */
export function shownRedaction(
  column: ColumnSchema,
  asked: AskedRedaction,
  ruled: Redaction | null,
): Redaction | null {
  if (ruled === null) return null;
  return leastRevealing(asked === 'DEFAULT' ? column.redaction : asked, ruled);
}

function leastRevealing(left: Redaction, right: Redaction): Redaction {
  return REDACTIONS.indexOf(left) > REDACTIONS.indexOf(right) ? left : right;
}

/** A value as it is shown. Without a mask pattern, or where the pattern finds nothing, MASKED shows nothing. */
export function render(column: ColumnSchema, plain: Uint8Array, redaction: Redaction): Json {
  if (redaction === 'REDACTED') return REDACTED_TEXT;
  const value = decodeValue(column, plain);
  if (redaction === 'PLAIN_TEXT') return value;
  const { mask } = column;
  if (mask === null) return REDACTED_TEXT;
  if (Array.isArray(value)) return value.map((element: Json) => masked(mask, element));
  return masked(mask, value);
}

function masked(mask: MaskPattern, value: Json): string {
  const text = valueText(value);
  const matcher = compiled(mask.find).matcher(text);
  let out = '';
  let at = 0;
  while (matcher.find()) {
    out += text.slice(at, matcher.start());
    out += mask.replace.replaceAll(
      /\$\{(\d{1,2})\}|\$(\d)/gu,
      (_, long?: string, short?: string) => {
        const group = Number(long ?? short);
        return group <= matcher.groupCount() ? (matcher.group(group) ?? '') : '';
      },
    );
    at = matcher.end();
    if (matcher.start() === matcher.end()) break; // an empty match would go on for ever
  }
  return at === 0 && out === '' ? REDACTED_TEXT : out + text.slice(at);
}
