import { Problem } from '#base/problem';
import type { ColumnType, Redaction } from './schema.ts';

/** A tag as Skyflow's schemas carry it. */
export type SkyflowTag = { readonly name: string; readonly values: readonly string[] };

/** Tags by name without their prefix; two with one name add up. */
export type TagReading = {
  /** The only value, or null; throws `invalid` for more than one. */
  one(name: string): string | null;
  all(name: string): readonly string[];
  /** Whether the value is `true`; throws `invalid` for anything but `true` and `false`. */
  flag(name: string): boolean;
};

const OPTIONS = 'skyflow.options.';
const VALIDATION = 'skyflow.validation.';
/** What Skyflow has no word for. */
const OWN = 'privet.options.';

/** Every tag that is understood; another one is refused, so that nothing is believed to protect that does not. */
const KNOWN = new Set([
  ...[
    'default_token_policy',
    'format_preserving_regex',
    'ttl',
    'default_dlp_policy',
    'find_pattern',
    'replace_pattern',
    'operation',
    'configuration_tags',
    'unique',
    'index',
    'not_null',
    'column_group',
    'data_type',
    'identifiability',
    'sensitivity',
    'personal_information_type',
    'privacy_law',
    'allowed_file_types',
    'description',
    'display_name',
  ].map((name) => OPTIONS + name),
  ...['regular_exp', 'predefinedvalues'].map((name) => VALIDATION + name),
  ...['subject', 'prefix_index', 'tags', 'purpose_required'].map((name) => OWN + name),
]);

/** The tags of a field or table; throws `invalid` for one that is not known. */
export function readTags(tags: readonly SkyflowTag[], where: string): TagReading {
  const found = new Map<string, string[]>();
  for (const { name, values } of tags) {
    if (!KNOWN.has(name))
      throw new Problem('invalid', `\`${where}\` has an unknown tag \`${name}\``);
    const short = name.slice(name.lastIndexOf('.') + 1);
    found.set(short, [...(found.get(short) ?? []), ...values]);
  }
  const one = (name: string) => {
    const values = found.get(name) ?? [];
    if (values.length <= 1) return values[0] ?? null;
    throw new Problem(
      'invalid',
      `\`${where}\` expected one value of tag \`${name}\`, got ${values.length}`,
    );
  };
  return {
    one,
    all: (name) => found.get(name) ?? [],
    flag(name) {
      const value = one(name) ?? 'false';
      if (value === 'true' || value === 'false') return value === 'true';
      throw new Problem(
        'invalid',
        `\`${where}\` expected \`true\` or \`false\` for tag \`${name}\``,
      );
    },
  };
}

/** The tag of that name with its prefix. */
export function tag(name: string, ...values: readonly string[]): SkyflowTag {
  const full = [OPTIONS, VALIDATION, OWN]
    .map((prefix) => prefix + name)
    .find((one) => KNOWN.has(one));
  return { name: full ?? name, values };
}

export const DATATYPES: Readonly<Record<string, ColumnType>> = {
  DT_STRING: 'string',
  DT_BYTES: 'bytes',
  DT_BOOL: 'bool',
  DT_INT32: 'int32',
  DT_INT64: 'int64',
  DT_INT8: 'int32',
  DT_INT16: 'int32',
  DT_UINT8: 'int32',
  DT_UINT16: 'int32',
  DT_UINT32: 'int64',
  DT_UINT64: 'int64',
  DT_FLOAT32: 'float32',
  DT_FLOAT64: 'float64',
  DT_DATE: 'date',
  DT_DATETIME: 'datetime',
  DT_TIME: 'time',
  DT_JSON: 'json',
  DT_FILE: 'file',
};

export const DLP_POLICIES: Readonly<Record<string, Redaction>> = {
  PLAIN_TEXT: 'PLAIN_TEXT',
  MASK: 'MASKED',
  REDACT: 'REDACTED',
};

/** The key of a value in one of the tables above. */
export function nameOf<T>(table: Readonly<Record<string, T>>, value: T): string {
  return Object.keys(table).find((name) => table[name] === value) ?? '';
}
