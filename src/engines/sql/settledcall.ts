import { builtinFunction } from './catalogindex.ts';
import { known, NEUTRAL } from './fragmentkind.ts';
import type { Kind, Known } from './fragmentkind.ts';
import { parseExpression } from './parser.ts';
import { unsettled } from './settling.ts';
import type { Settling } from './settling.ts';
import { tokenIndexAt } from './token.ts';
import { replaceNode, textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { UTC_ZONE } from './utc.ts';

/** Functions that give a neutral value of neutral ones, whatever the settings are. */
export const NEUTRAL_FUNCTIONS: ReadonlySet<string> = new Set(
  `abbrev abs array_append array_cat array_length array_lower array_ndims array_position array_positions array_prepend
  array_remove array_replace array_to_string array_upper ascii bit_length broadcast btrim cardinality char_length
  character_length chr concat concat_ws div family format gcd gen_random_uuid hashtext hashtextextended host hostmask
  inet_merge inet_same_family initcap is_normalized json_array_elements_text json_array_length json_build_array
  json_build_object json_extract_path json_extract_path_text json_strip_nulls json_typeof jsonb_array_length
  jsonb_build_array jsonb_build_object jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object
  jsonb_path_exists jsonb_path_match jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set
  jsonb_strip_nulls jsonb_typeof lcm left length like_escape lower lpad ltrim masklen md5 min_scale mod netmask network
  normalize num_nonnulls num_nulls octet_length overlay position quote_ident quote_literal quote_nullable
  regexp_count regexp_instr regexp_like regexp_match regexp_replace regexp_split_to_array regexp_substr repeat
  replace reverse right rpad rtrim scale set_masklen similar_escape similar_to_escape split_part starts_with
  string_to_array strpos substr substring to_hex to_json to_jsonb translate trim_scale upper`
    .trim()
    .split(/\s+/u),
);

/** Functions that may take a neutral number for a float (pg_proc: double precision is preferred), and give one. */
const FLOAT_FUNCTIONS: ReadonlySet<string> = new Set(
  `acos asin atan atan2 cbrt ceil ceiling cos cot degrees exp floor ln log log10 pi pow power radians random round sign
  sin sqrt tan trunc abs`
    .trim()
    .split(/\s+/u),
);

/** By name and kinds of the arguments: immutable functions of dates, times and bytes. */
const CALLS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['now ', 'timestamptz'],
  ['statement_timestamp ', 'timestamptz'],
  ['transaction_timestamp ', 'timestamptz'],
  ['clock_timestamp ', 'timestamptz'],
  ['to_timestamp neutral', 'timestamptz'],
  ['to_timestamp float', 'timestamptz'],
  ['make_date neutral neutral neutral', 'date'],
  ['make_time neutral neutral neutral', 'time'],
  ['make_time neutral neutral float', 'time'],
  ['make_timestamp neutral neutral neutral neutral neutral neutral', 'timestamp'],
  ['make_timestamp neutral neutral neutral neutral neutral float', 'timestamp'],
  ['age timestamp timestamp', 'interval'],
  ['date_trunc literal timestamp', 'timestamp'],
  ['date_trunc literal interval', 'interval'],
  ['date_bin interval timestamp timestamp', 'timestamp'],
  ['date_bin interval timestamptz timestamptz', 'timestamptz'],
  ['justify_days interval', 'interval'],
  ['justify_hours interval', 'interval'],
  ['justify_interval interval', 'interval'],
  ['isfinite date', 'neutral'],
  ['isfinite timestamp', 'neutral'],
  ['isfinite timestamptz', 'neutral'],
  ['encode bytea literal', 'neutral'],
  ['decode neutral literal', 'bytea'],
  ['convert_to neutral literal', 'bytea'],
  ['length bytea', 'neutral'],
  ['octet_length bytea', 'neutral'],
  ['md5 bytea', 'neutral'],
  ...['sha224', 'sha256', 'sha384', 'sha512'].map((name): [string, Kind] => [
    `${name} bytea`,
    'bytea',
  ]),
]);

const FIELDS: ReadonlySet<string> = new Set(['date', 'timestamp', 'interval', 'time']);

/** What a call in a policy's SQL gives; throws `denied` for one on which a setting of the session may bear. */
export function callKind(s: Settling, inner: Inner<'FuncCall'>, values: readonly Known[]): Known {
  const names = textsOf(inner.funcname);
  const name = names.at(-1) ?? '';
  const args = inner.args ?? [];
  const kinds = values.map((value) => value.kind);
  const builtin = (names.length === 1 || names[0] === 'pg_catalog') && builtinFunction(name);
  if (!builtin && names.length > 1) return vouchedKind(values);
  if (name === 'extract' || name === 'date_part') return fieldKind(name, values);
  if (name === 'timezone') return zoneKind(s, args, values);
  if (name === 'make_interval' && kinds.every((kind) => kind === 'neutral' || kind === 'float')) {
    return known('interval');
  }
  if (name === 'to_char') return formatKind(values);
  const made = CALLS.get(`${name} ${kinds.join(' ')}`);
  if (made !== undefined) return known(made);
  return plainKind(name, values);
}

/** What a function of the source does is its voucher's to know, but not that a date is made a timestamptz on its way in. */
function vouchedKind(values: readonly Known[]): Known {
  const moved = values.find(({ kind }) => ['date', 'timestamp', 'time'].includes(kind));
  if (moved !== undefined) throw unsettled(`a ${moved.kind} given to a function of the source`);
  return NEUTRAL;
}

function plainKind(name: string, values: readonly Known[]): Known {
  const neutral = values.every(({ kind }) => ['neutral', 'literal', 'null'].includes(kind));
  if (neutral && NEUTRAL_FUNCTIONS.has(name)) return NEUTRAL;
  // round(v, digits) and trunc(v, digits) are of numeric alone.
  if (neutral && (name === 'round' || name === 'trunc') && values.length === 2) return NEUTRAL;
  const numbers = values.every(({ kind }) => ['neutral', 'float', 'null'].includes(kind));
  if (numbers && FLOAT_FUNCTIONS.has(name)) return known('float');
  if (/^num_(non)?nulls$/u.test(name)) return NEUTRAL;
  const kinds = values.map(({ kind }) => kind).join(' and a ');
  throw unsettled(`the function \`${name}\`${kinds === '' ? '' : ` on a ${kinds}`}`);
}

/** A field of a point in time depends on the time zone; of a date, and of the seconds since 1970, it does not. */
function fieldKind(name: string, [field, value]: readonly Known[]): Known {
  const result = name === 'extract' ? NEUTRAL : known('float');
  const kind = value?.kind ?? '';
  if (FIELDS.has(kind) && field?.kind === 'literal') return result;
  if (kind === 'timestamptz' && field?.text?.toLowerCase() === 'epoch') return result;
  throw unsettled(`a field of a ${kind}`);
}

function zoneKind(s: Settling, args: readonly Node[], values: readonly Known[]): Known {
  const kind = values[1]?.kind;
  if (kind !== 'timestamp' && kind !== 'timestamptz') {
    throw unsettled(`AT TIME ZONE of a ${kind ?? 'nothing'}`);
  }
  requireUtc(s, args[0]);
  return known(kind === 'timestamp' ? 'timestamptz' : 'timestamp');
}

const UTC = /^(utc|gmt|z|etc\/utc)$/iu;

/** A zone must be UTC, and is written so that no setting bears on it. */
function requireUtc(s: Settling, node: Node | undefined): void {
  const constant = node !== undefined && 'A_Const' in node ? node.A_Const : undefined;
  const text = constant?.sval?.sval ?? '';
  const token = s.tokens[tokenIndexAt(s.tokens, constant?.location ?? -1)];
  if (
    node === undefined ||
    token === undefined ||
    token.start !== constant?.location ||
    !UTC.test(text)
  ) {
    throw unsettled(`the time zone \`${text.slice(0, 40)}\`, expected 'UTC'`);
  }
  s.edits.push({ start: token.start, end: token.end, text: UTC_ZONE });
  replaceNode(node, parseExpression(UTC_ZONE));
}

const PLAIN_NUMBER = /^[09.,MIS ]{1,60}$/u;
const PLAIN_STAMP = /^([YMDHISW0-9:./ -]|Q)+$/u;

/** to_char() with a pattern that asks no locale and no time zone. */
function formatKind([value, pattern]: readonly Known[]): Known {
  const text = pattern?.text ?? '';
  if (value?.kind === 'timestamp' && /^(?!.*TM)/iu.test(text) && PLAIN_STAMP.test(text)) {
    return NEUTRAL;
  }
  if (value?.kind === 'neutral' && value.text === null && PLAIN_NUMBER.test(text)) return NEUTRAL;
  throw unsettled('to_char(…) of that value and pattern');
}
