import { z } from 'zod';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { AskedRedaction, VaultSchema, WriteOutcome, WriteRequest } from '#plane/vault';

/** Ids, names of tables and columns. */
export const word = z.string().min(1).max(200);
/** What SDKs leave out by sending nothing in it. */
export const maybe = z
  .string()
  .max(200)
  .nullish()
  .transform((text) => (text === undefined || text === null || text === '' ? null : text));
export const vaultParams = z.object({ vault: word });
export const tableParams = z.object({ vault: word, table: word });
export const recordParams = z.object({ vault: word, table: word, id: word });

/** A value of a record: any JSON; what it must be, its column says. */
const json: z.ZodType<Json> = z.json();
export const fields = z.record(z.string().max(200), json);
const tokenTexts = z.record(z.string().max(200), z.string().max(8_192));
export const tokens = tokenTexts.nullish().transform((given) => given ?? undefined);
export const byot = z.enum(['DISABLE', 'ENABLE', 'ENABLE_STRICT']).default('DISABLE');
export const redaction = z
  .enum(['PLAIN_TEXT', 'MASKED', 'REDACTED', 'DEFAULT', ''])
  .nullish()
  .transform((level): AskedRedaction => (level ? level : 'DEFAULT'));

/** `true` and `false` as a query writes them. */
export const flag = z
  .enum(['true', 'false', ''])
  .default('false')
  .transform((text) => text === 'true');
/** A query key that may come once, several times or not at all. */
export const repeated = z
  .union([z.string().max(8_192), z.array(z.string().max(8_192)).max(5_000)])
  .optional()
  .transform((given) => [given ?? []].flat().filter((one) => one !== ''));

type BringTokens = NonNullable<WriteRequest['bringTokens']>;

const BRING: Readonly<Record<z.output<typeof byot>, BringTokens>> = {
  DISABLE: 'never',
  ENABLE: 'may',
  ENABLE_STRICT: 'must',
};

export function bringTokens(level: z.output<typeof byot>): BringTokens {
  return BRING[level];
}

const tokensShape = z.record(z.string(), z.string()).nullable();
export const writtenShape = z.object({ skyflow_id: z.string(), tokens: tokensShape });

export type Written = Extract<WriteOutcome, { kind: 'written' }>;

/** Tokens of the fields that were written, by column as Skyflow gives them: of several kinds, the first. */
export function tokensByColumn(
  { tokens: issued }: Written,
  written: Readonly<Record<string, Json>>,
): Record<string, string> {
  const byColumn: Record<string, string> = {};
  for (const { column, token } of issued) {
    if (Object.hasOwn(written, column)) byColumn[column] ??= token;
  }
  return byColumn;
}

/** Throws what is wrong with the vault's path or name. */
export function requireTable(schema: VaultSchema, name: string) {
  const table = schema.tables.find((one) => one.name === name || one.id === name);
  if (table !== undefined) return table;
  throw new Problem('not-found', `the vault has no table \`${name.slice(0, 63)}\``);
}
