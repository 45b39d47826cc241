import { equalConstantTime } from '#base/bytes';
import type { Json } from '#base/canonical';
import { Problem, problemFrom } from '#base/problem';
import { alarmCanaries } from '../reveal/canary.ts';
import type { Ruling, RulingOf, VaultCaller } from '../caller.ts';
import type { VaultGround } from '../ground.ts';
import { heldTokenOf } from './heldtoken.ts';
import { deterministicToken } from './issue.ts';
import type { Mint } from './issue.ts';
import { bagsOf } from '../keys/keybag.ts';
import type { Bags, KeyBag } from '../keys/keybag.ts';
import { BATCH_TOKENS_MAX } from '../limits.ts';
import { valueDigest } from '../records/lookups.ts';
import { recordIds } from '../schema/place.ts';
import { checked } from '../records/preparedrow.ts';
import type { Value } from '../records/preparedrow.ts';
import { columnOf, tableOf } from '../schema/schema.ts';
import type { ColumnSchema, TableSchema, TokenPolicy, VaultSchema } from '../schema/schema.ts';
import { tokenDigest } from './tokenname.ts';
import { resolveTokens, tokensByValue } from './tokentable.ts';
import { whyOf } from '../reveal/reveal.ts';
import { runAgain } from '../writing/runagain.ts';

export type TokeniseRequest = {
  readonly caller: VaultCaller;
  readonly vault: string;
  /** Values with where they would stand: a token group, or a column. */
  readonly values: readonly {
    readonly value: Json;
    readonly in: { readonly group: string } | { readonly table: string; readonly column: string };
  }[];
  readonly ruling: RulingOf;
};

export type Tokenised =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'failed'; readonly problem: Problem };

/**
 * The deterministic tokens that values of the vault have; makes none. A value the vault does not know is `not-found`, a
 * column without deterministic tokens `invalid`.
 */
export async function tokenise(
  ground: VaultGround,
  request: TokeniseRequest,
): Promise<readonly Tokenised[]> {
  if (request.values.length > BATCH_TOKENS_MAX) {
    const got = request.values.length;
    throw new Problem('limit', `tokenize expected at most ${BATCH_TOKENS_MAX} values, got ${got}`);
  }
  const bags = bagsOf(ground);
  return runAgain(() => tokeniseOnce(ground, request, bags));
}

async function tokeniseOnce(
  ground: VaultGround,
  request: TokeniseRequest,
  bags: Bags,
): Promise<readonly Tokenised[]> {
  const { ports, schemas } = ground;
  const vault = await schemas.get(request.vault);
  const bag = await bags(vault);
  const mint: Mint = {
    vault,
    index: bag.index,
    random: ports.random,
    nowMs: ports.clock(),
    newId: recordIds(ports.clock(), ports.random),
    heldToken: heldTokenOf(bag, vault),
  };
  const wishes = request.values.map((wanted) => wishOf(vault, request.ruling, wanted));
  const asked = wishes.flatMap((wish) => ('policy' in wish ? [wish] : []));
  const digests = asked.map(({ value, policy }) => valueDigest(bag.index, policy.space, value));
  const spaces = asked.map(({ policy }) => policy.space);
  const found = new Map<object, Tokenised>();
  const known = await tokensByValue(ports.pool, spaces, digests);
  const { caller } = request;
  await alarmBehind(ground, { caller, vault, bag, digests: known.map(({ digest }) => digest) });
  for (const { position, digest, draw } of known) {
    const wish = asked[position - 1];
    const valueName = digests[position - 1];
    if (wish === undefined || wish.problem !== null || valueName === undefined) continue;
    const token =
      draw < 0
        ? await mint.heldToken(ports.pool, {
            space: wish.policy.space,
            valueDigest: valueName,
            digest,
          })
        : deterministicToken(mint, { ...wish, digest: valueName }, draw);
    if (token !== null && equalConstantTime(tokenDigest(bag.index, token), digest)) {
      found.set(wish, { kind: 'token', token });
    }
  }
  return wishes.map((wish): Tokenised => {
    if (!('ruling' in wish)) return { kind: 'failed', problem: wish.problem };
    if (wish.problem !== null) return { kind: 'failed', problem: wish.problem };
    const token = found.get(wish);
    if (token === undefined) return unknownValue();
    wish.ruling.came?.({ records: 1, values: 1 });
    return token;
  });
}

/** Raises the alarm for canaries that the tokens stand for, whether or not they are handed out. */
async function alarmBehind(
  ground: VaultGround,
  behind: {
    readonly caller: VaultCaller;
    readonly vault: VaultSchema;
    readonly bag: KeyBag;
    readonly digests: readonly Uint8Array[];
  },
): Promise<void> {
  const { caller, vault, bag, digests } = behind;
  if (digests.length === 0) return;
  const resolved = await resolveTokens(ground.ports.pool, vault.number, Buffer.concat(digests));
  for (const [number, group] of Map.groupBy(resolved, ({ table }) => table)) {
    const table = vault.tables.find((one) => one.number === number);
    const ids = group.flatMap(({ record }) => record ?? []);
    if (table !== undefined) await alarmCanaries(ground, bag, { caller, vault, table, ids });
  }
}

/** A value and the token kind that is meant, with why it may not be had, or only why it is none. */
type Wish =
  | {
      readonly value: Value;
      readonly policy: TokenPolicy;
      readonly ruling: Ruling;
      readonly problem: Problem | null;
    }
  | { readonly problem: Problem };

function wishOf(
  vault: VaultSchema,
  rulingOf: RulingOf,
  wanted: TokeniseRequest['values'][number],
): Wish {
  try {
    const { table, column, policy } = placeOf(vault, wanted.in);
    const value = checked(column, wanted.value);
    const ruling = rulingOf(table);
    const valueOf = (id: string) => (id === column.id ? wanted.value : undefined);
    const isDenied = ruling.effect === 'deny' || ruling.shows(column.id, valueOf) === null;
    const message = 'tokens of this column are not yours to ask for';
    const denied = new Problem('denied', message, whyOf(ruling.id));
    if (!isDenied) ruling.came?.({ records: 0, values: 0 });
    return { value, policy, ruling, problem: isDenied ? denied : null };
  } catch (thrown) {
    return { problem: problemFrom(thrown) };
  }
}

type Place = {
  readonly table: TableSchema;
  readonly column: ColumnSchema;
  readonly policy: TokenPolicy;
};

function placeOf(vault: VaultSchema, where: TokeniseRequest['values'][number]['in']): Place {
  const places = vault.tables.flatMap((table) =>
    table.columns.flatMap((column) => column.tokens.map((policy) => ({ table, column, policy }))),
  );
  if ('group' in where) {
    const place = places.find(({ policy }) => policy.group === where.group && policy.deterministic);
    if (place !== undefined) return place;
    throw new Problem('invalid', `no column has deterministic tokens of group \`${where.group}\``);
  }
  const table = tableOf(vault, where.table);
  const column = columnOf(table, where.column);
  const place = places.find((one) => one.column === column && one.policy.deterministic);
  if (place !== undefined) return place;
  throw new Problem(
    'invalid',
    `column \`${table.name}.${column.name}\` has no deterministic tokens`,
  );
}

function unknownValue(): Tokenised {
  return {
    kind: 'failed',
    problem: new Problem('not-found', 'the vault has no token for this value'),
  };
}
