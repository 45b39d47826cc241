import { equalConstantTime, latin1, utf8 } from '#base/bytes';
import { Problem, problemFrom } from '#base/problem';
import { encryptNumerals, fullDigest } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { Transaction } from '#platform/db';
import type { Entropy } from '../shapes/entropy.ts';
import type { HeldTokenOf } from './heldtoken.ts';
import { TOKEN_BYTES_MAX, TOKEN_DRAWS_MAX } from '../limits.ts';
import type { Value } from '../records/preparedrow.ts';
import { RowFailures } from '../records/rowfailures.ts';
import type { TokenPolicy, VaultSchema } from '../schema/schema.ts';
import { bindToken, tokenDigest, tokenNames } from './tokenname.ts';
import { drawToken } from '../shapes/tokenshape.ts';
import { insertTokens, takenTokens, tokensByValue } from './tokentable.ts';
import type { TokenRow } from './tokentable.ts';
import { sealTransient } from './transient.ts';
import { valueText } from '../schema/value.ts';

/** A token that a value of a record is to have. */
export type TokenWish = {
  /** Which row of the request it is for. */
  readonly row: number;
  readonly table: number;
  readonly record: string;
  readonly value: Value;
  readonly policy: TokenPolicy;
  /** The value's digest in the token space; null for a random token. */
  readonly digest: Uint8Array | null;
  /** A token the caller brings along, null to draw one. */
  readonly brought: string | null;
  /** When a transient token that was brought is over. */
  readonly expiresAtMs?: number;
};

/** What tokens are drawn with. */
export type Mint = {
  readonly vault: VaultSchema;
  readonly index: MaskKey;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly nowMs: number;
  readonly newId: () => string;
  readonly heldToken: HeldTokenOf;
};

/** A brought token has no draws. */
const BROUGHT = -1;

type Attempt = { readonly wish: TokenWish; readonly token: string; readonly row: TokenRow };

/**
 * Gives every wish its token, in the transaction: a deterministic one is that of the value, a random one is nobody else's.
 * What is in use already is drawn again, so that nobody ever sees a collision. Throws `RowFailures` for brought tokens that
 * are in use and for shapes that have run out.
 */
export async function issueTokens(
  tx: Transaction,
  mint: Mint,
  wishes: readonly TokenWish[],
): Promise<ReadonlyMap<TokenWish, string>> {
  const issued = new Map<TokenWish, string>();
  const failures = new Map<number, Problem>();
  /** Wishes for the token of one value are granted together. */
  const shared = new Map<string, TokenWish[]>();
  let attempts: Attempt[] = [];
  const attempt = (wish: TokenWish, drawn: number) => {
    try {
      attempts.push(attemptOf(mint, wish, drawn));
    } catch (thrown) {
      failures.set(wish.row, problemFrom(thrown));
    }
  };
  for (const wish of wishes) {
    const name = wish.digest === null ? null : `${wish.policy.space} ${latin1(wish.digest)}`;
    const group = name === null ? undefined : shared.get(name);
    if (group !== undefined) {
      group.push(wish);
      continue;
    }
    if (name !== null) shared.set(name, [wish]);
    attempt(wish, 0);
  }
  for (let drawn = 1; attempts.length > 0; drawn++) {
    const rows = attempts.map(({ row }) => row);
    const inserted = await insertTokens(tx, mint.vault.number, rows);
    const taken = new Set(
      inserted === rows.length ? [] : await takenTokens(tx, mint.vault.number, rows),
    );
    const refused = attempts.filter(({ row }) => taken.has(row));
    for (const { wish, token, row } of attempts) if (!taken.has(row)) issued.set(wish, token);
    attempts = [];
    const known = await knownTokens(tx, mint, refused);
    for (const { wish, token } of refused) {
      const existing = known.get(wish);
      if (existing !== undefined && (wish.brought === null || wish.brought === existing)) {
        issued.set(wish, existing);
      } else if (wish.brought !== null || drawn >= TOKEN_DRAWS_MAX) {
        failures.set(wish.row, inUse(wish, token));
      } else attempt(wish, drawn);
    }
  }
  for (const group of shared.values()) {
    const token = group[0] && issued.get(group[0]);
    for (const wish of group) {
      if (token !== undefined && (wish.brought ?? token) === token) issued.set(wish, token);
      else if (!failures.has(wish.row)) failures.set(wish.row, inUse(wish, wish.brought ?? ''));
    }
  }
  if (failures.size > 0) throw new RowFailures(failures);
  return issued;
}

/** The token a value would have, were it drawn for the `drawn`-th time. */
export function deterministicToken(
  mint: Mint,
  wish: { readonly value: Value; readonly policy: TokenPolicy; readonly digest: Uint8Array },
  drawn: number,
): string {
  const { policy, value } = wish;
  const text = valueText(value.json);
  const seed = Buffer.concat([wish.digest, utf8(`\n${drawn}`)]);
  const use = `format/${policy.space}`;
  for (let again = 0; ; again++) {
    const tweak = `${drawn}/${again}`;
    const token = drawToken(policy.shape, {
      text,
      entropy: keyedEntropy(mint.index, `draw/${policy.space}/${again}`, seed),
      format: {
        ff1: (numerals, radix) => encryptNumerals(mint.index, use, { numerals, radix, tweak }),
      },
    });
    if (token !== text || again >= TOKEN_DRAWS_MAX) return token;
  }
}

function attemptOf(mint: Mint, wish: TokenWish, drawn: number): Attempt {
  const { policy, value, brought, digest } = wish;
  const token = brought === null ? freshToken(mint, wish, drawn) : checkBrought(brought);
  const owner = policy.deterministic
    ? null
    : { table: wish.table, column: value.column.number, record: wish.record };
  const names = tokenNames(mint.index, token);
  const stands = {
    space: policy.space,
    owner,
    valueDigest: digest,
    expiresAtMs: expiryOf(mint, wish),
  };
  const row: TokenRow = {
    ...stands,
    digest: names.digest,
    draw: brought === null ? drawn : BROUGHT,
    sealed: policy.ttlSeconds === null ? null : sealTransient(mint, names.digest, token),
    binding: bindToken(names.secret, stands),
  };
  return { wish, token, row };
}

function expiryOf({ nowMs }: Mint, { policy, expiresAtMs }: TokenWish): number | null {
  if (policy.ttlSeconds === null) return null;
  return expiresAtMs ?? nowMs + policy.ttlSeconds * 1_000;
}

function freshToken(mint: Mint, wish: TokenWish, drawn: number): string {
  const { digest } = wish;
  if (digest !== null) return deterministicToken(mint, { ...wish, digest }, drawn);
  const text = valueText(wish.value.json);
  for (;;) {
    const draw = { text, entropy: { bytes: mint.random }, format: null };
    const token = drawToken(wish.policy.shape, draw);
    if (token !== text) return token;
  }
}

function checkBrought(token: string): string {
  const size = utf8(token).length;
  if (size >= 1 && size <= TOKEN_BYTES_MAX && token.isWellFormed()) return token;
  throw new Problem('invalid', `token expected 1 to ${TOKEN_BYTES_MAX} bytes of text, got ${size}`);
}

/** The tokens that the values of refused attempts have already. */
async function knownTokens(
  tx: Transaction,
  mint: Mint,
  refused: readonly Attempt[],
): Promise<ReadonlyMap<TokenWish, string>> {
  const asked = refused.flatMap(({ wish }) => {
    const { digest, policy } = wish;
    return digest === null ? [] : [{ wish: { ...wish, digest }, of: wish, space: policy.space }];
  });
  if (asked.length === 0) return new Map();
  const rows = await tokensByValue(
    tx,
    asked.map(({ space }) => space),
    asked.map(({ wish }) => wish.digest),
  );
  const known = new Map<TokenWish, string>();
  for (const { position, digest, draw } of rows) {
    const found = asked[position - 1];
    if (found === undefined) continue;
    const { wish, of, space } = found;
    const trace = { space, digest, valueDigest: wish.digest };
    const token =
      draw === BROUGHT ? await mint.heldToken(tx, trace) : deterministicToken(mint, wish, draw);
    if (token !== null && equalConstantTime(tokenDigest(mint.index, token), digest))
      known.set(of, token);
  }
  return known;
}

function inUse({ value, brought }: TokenWish, token: string): Problem {
  if (brought === null) {
    return new Problem('limit', `column \`${value.column.name}\` has no free token left`, {
      hint: 'its token shape has too few texts: add another token kind and move to it',
    });
  }
  return new Problem(
    'conflict',
    `token \`${token}\` for column \`${value.column.name}\` is in use`,
    {
      hint: 'a token stands for one value, and a value of a deterministic column has one token',
    },
  );
}

/** Bytes that the seed and the key of a use determine, as many as are asked for. */
function keyedEntropy(index: MaskKey, use: string, seed: Uint8Array): Entropy {
  let block = 0;
  let held: Uint8Array = new Uint8Array(0);
  return {
    bytes(sizeBytes) {
      while (held.length < sizeBytes) {
        const input = Buffer.concat([seed, Uint8Array.of(block >> 8, block & 255)]);
        held = Buffer.concat([held, fullDigest(index, use, input)]);
        block += 1;
      }
      const bytes = held.subarray(0, sizeBytes);
      held = held.subarray(sizeBytes);
      return bytes;
    },
  };
}
