import { z } from 'zod';
import { Problem } from '#base/problem';
import {
  COLUMNS_MAX,
  PATTERN_CHARACTERS_MAX,
  TABLES_MAX,
  TOKEN_KINDS_MAX,
  TOKEN_TTL_SECONDS_MAX,
} from '../limits.ts';
import { COLUMN_TYPES, REDACTIONS } from './schema.ts';

/** Skyflow's names, and what is easy to read in a path and a rule. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/u;
/** Names that stand where a table's name stands in the paths of the vault's API. */
const RESERVED = new Set([
  'detokenize',
  'tokenize',
  'query',
  'files',
  'verify',
  'export',
  'skyflow_id',
]);

const name = () =>
  z
    .string()
    .regex(NAME, 'expected lower-case letters, digits, `_` and `-`, at most 63')
    .refine((text) => !RESERVED.has(text), 'expected a name that is not reserved');
const text = (charactersMax: number) => z.string().max(charactersMax);
const pattern = () => z.string().min(1).max(PATTERN_CHARACTERS_MAX);
const words = () => z.array(text(255)).max(100);

const shape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('uuid') }),
  z.strictObject({ kind: z.literal('pattern'), pattern: pattern() }),
  z.strictObject({ kind: z.literal('same-shape') }),
  z.strictObject({ kind: z.literal('card') }),
  z.strictObject({ kind: z.literal('email') }),
]);

const token = z.strictObject({
  group: z
    .string()
    .regex(/^[a-z][a-z0-9_.-]{0,127}$/u)
    .optional(),
  shape,
  deterministic: z.boolean().default(false),
  ttlSeconds: z.int().min(1).max(TOKEN_TTL_SECONDS_MAX).nullable().default(null),
});

const classification = z.strictObject({
  dataType: text(255).nullable().default(null),
  identifiability: text(63).nullable().default(null),
  sensitivity: text(63).nullable().default(null),
  personalInformation: words().default([]),
  privacyLaws: words().default([]),
  tags: words().default([]),
});

/** What of a column says how values are shown and checked, not how they are kept; it can be set at any time. */
const look = {
  redaction: z.enum(REDACTIONS),
  mask: z.strictObject({ find: pattern(), replace: text(1_000) }).nullable(),
  validation: pattern().nullable(),
  values: z.array(text(2_500)).min(1).max(10_000).nullable(),
  fileTypes: z.array(text(127)).min(1).max(100).nullable(),
  operations: z.array(z.enum(['order', 'aggregation'])),
  classification,
  displayName: text(255),
  description: text(1_000),
};
const columnChange = z.strictObject(look).partial();

const column = z.strictObject({
  name: name(),
  type: z.enum(COLUMN_TYPES),
  isArray: z.boolean().default(false),
  nullable: z.boolean().default(true),
  unique: z.boolean().default(false),
  exactIndex: z.boolean().default(false),
  prefixIndex: z
    .strictObject({ min: z.int().min(1).max(64), max: z.int().min(1).max(64) })
    .nullable()
    .default(null),
  tokens: z.array(token).max(TOKEN_KINDS_MAX).default([]),
  redaction: look.redaction.default('REDACTED'),
  mask: look.mask.default(null),
  validation: look.validation.default(null),
  values: look.values.default(null),
  fileTypes: look.fileTypes.default(null),
  operations: look.operations.default([]),
  classification: classification.default(() => classification.parse({})),
  displayName: look.displayName.default(''),
  description: look.description.default(''),
});

const table = z.strictObject({
  name: name(),
  description: text(1_000).default(''),
  columns: z.array(column).min(1).max(COLUMNS_MAX),
  /** Name of the column that says whose record it is. */
  subject: z.string().nullable().default(null),
  purposeRequired: z.boolean().default(false),
});

const vault = z.strictObject({
  name: name(),
  description: text(1_000).default(''),
  tables: z.array(table).max(TABLES_MAX).default([]),
});

/** A schema as somebody writes it: names only, everything left out has its default. */
export type VaultProposal = z.input<typeof vault>;
export type TableProposal = z.input<typeof table>;
export type ColumnProposal = z.input<typeof column>;
export type ColumnChange = z.input<typeof columnChange>;
export type ReadVault = z.output<typeof vault>;
export type ReadTable = z.output<typeof table>;
export type ReadColumn = z.output<typeof column>;

/** The proposal of a vault, complete; throws `invalid` naming the place. */
export function readVaultProposal(proposal: unknown): ReadVault {
  return parsed(vault, proposal, 'vault');
}

export function readTableProposal(proposal: unknown): ReadTable {
  return parsed(table, proposal, 'table');
}

export function readColumnProposal(proposal: unknown): ReadColumn {
  return parsed(column, proposal, 'column');
}

export function readColumnChange(change: unknown): Partial<ReadColumn> {
  const set = Object.entries(parsed(columnChange, change, 'column'));
  return Object.fromEntries(set.filter(([, value]) => value !== undefined));
}

/** A name that a table or column may have. */
export function readName(text: unknown): string {
  return parsed(name(), text, 'name');
}

export function parsed<T>(shape: z.ZodType<T>, proposal: unknown, what: string): T {
  const result = shape.safeParse(proposal);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue?.path.join('.') ?? '';
  const where = place === '' ? what : `${what} \`${place}\``;
  const why = `${issue?.message.slice(0, 1).toLowerCase()}${issue?.message.slice(1)}`;
  throw new Problem('invalid', `${where}: ${why}`);
}
