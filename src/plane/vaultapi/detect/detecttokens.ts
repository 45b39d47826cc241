import { Problem } from '#base/problem';
import type { Entity } from '#engines/detect';
import type { ColumnSchema, TableSchema, VaultSchema } from '#plane/vault';
import type { VaultCall } from '../route.ts';
import type { Rulings } from '../ruling.ts';
import { tokensByColumn } from '../shape.ts';
import { writeRows } from '../write.ts';

/** Where a vault keeps what is found of a kind. */
type Kept = { readonly table: TableSchema; readonly column: ColumnSchema };

/** Columns of what is found in texts, as Skyflow's own vaults for texts name them. */
const COLUMN = /^(?<entity>[a-z_]{1,40})_entity$/u;

/** The column `<kind>_entity` of a vault, in whichever table; null where there is none. Throws `invalid` where there are two. */
export function columnFor({ tables }: VaultSchema, entity: Entity): Kept | null {
  const kept = tables.flatMap((table) =>
    table.columns
      .filter(({ name }) => COLUMN.exec(name)?.groups?.['entity'] === entity)
      .map((column) => ({ table, column })),
  );
  if (kept.length > 1) {
    throw new Problem('invalid', `the vault has several columns \`${entity}_entity\``, {
      hint: 'rename all but one: it cannot be told which one a token in a text is of',
    });
  }
  return kept[0] ?? null;
}

function requireColumn(schema: VaultSchema, entity: Entity): Kept {
  const kept = columnFor(schema, entity);
  if (kept === null) {
    throw new Problem('invalid', `the vault has no column \`${entity}_entity\``, {
      hint: 'tokens need a column of texts with that name, in any table, with a token kind; or ask for `entity_unq_counter`',
    });
  }
  const { column, table } = kept;
  if (column.type === 'string' && !column.isArray && column.tokens.length > 0) return kept;
  throw new Problem(
    'invalid',
    `column \`${table.name}.${column.name}\` expected texts with a token kind`,
  );
}

/** Values that were found, each kind's once. */
export type FoundValues = ReadonlyMap<Entity, ReadonlySet<string>>;
export type Tokens = (entity: Entity, value: string) => string;

type Call = Pick<VaultCall<unknown, unknown, unknown>, 'room' | 'caller' | 'open' | 'noteDenied'>;

/**
 * The tokens of values, which the vault keeps from now on: a value it has a lasting token for is not written again. All are
 * written or none. Throws `denied` where the caller may not write one, or have its token.
 */
export async function tokensFor(
  call: Call,
  { schema, rulings }: { readonly schema: VaultSchema; readonly rulings: Rulings },
  found: FoundValues,
): Promise<Tokens> {
  const wanted = [...found].flatMap(([entity, values]) => {
    const kept = requireColumn(schema, entity);
    return [...values].map((value) => ({ ...kept, entity, value }));
  });
  const tokens = new Map<string, string>();
  const key = (entity: Entity, value: string) => `${entity} ${value}`;
  const known = await knownTokens(call, { schema, rulings }, wanted);
  const fresh = wanted.filter((_, i) => known[i] === null);
  for (const [i, { entity, value }] of wanted.entries()) {
    const token = known[i] ?? null;
    if (token !== null) tokens.set(key(entity, value), token);
  }
  if (fresh.length > 0) {
    const outcomes = await writeRows(
      // A key is for one write; which values are new differs from try to try.
      { ...call, header: () => null },
      {
        vault: schema.id,
        rows: fresh.map(({ table, column, value }) => ({
          row: {
            kind: 'insert',
            table: table.name,
            fields: { [column.name]: value },
            upsert: column.unique ? column.name : null,
          },
          tokens: true,
        })),
        continueOnError: false,
        bringTokens: 'never',
      },
    );
    for (const [i, { entity, value, column }] of fresh.entries()) {
      const outcome = outcomes[i];
      if (outcome?.kind !== 'written') {
        throw outcome?.problem ?? new Problem('internal', 'a row is lost');
      }
      const token = tokensByColumn(outcome, { [column.name]: value })[column.name];
      if (token === undefined) throw new Problem('internal', 'a written value has no token');
      tokens.set(key(entity, value), token);
    }
  }
  return (entity, value) => {
    const token = tokens.get(key(entity, value));
    if (token === undefined) throw new Problem('internal', 'a value has no token');
    return token;
  };
}

/** Lasting tokens that values have already; null for those without. */
async function knownTokens(
  { room, caller, noteDenied }: Call,
  { schema, rulings }: { readonly schema: VaultSchema; readonly rulings: Rulings },
  wanted: readonly (Kept & { readonly value: string })[],
): Promise<readonly (string | null)[]> {
  const lasting = wanted.map(({ column }) => column.tokens[0]?.deterministic === true);
  const asked = wanted.filter((_, i) => lasting[i] === true);
  if (asked.length === 0) return wanted.map(() => null);
  const outcomes = [
    ...(await room.vaults.tokenise({
      caller,
      vault: schema.id,
      values: asked.map(({ table, column, value }) => ({
        value,
        in: { table: table.name, column: column.name },
      })),
      ruling: rulings.for('tokenize'),
    })),
  ];
  await noteDenied(outcomes.flatMap((one) => (one.kind === 'failed' ? [one.problem] : [])));
  return lasting.map((isLasting) => {
    if (!isLasting) return null;
    const outcome = outcomes.shift();
    if (outcome?.kind === 'token') return outcome.token;
    if (outcome?.problem.code === 'not-found') return null;
    throw outcome?.problem ?? new Problem('internal', 'a value is lost');
  });
}
