import { createHash } from 'node:crypto';
import { Problem } from '#base/problem';
import type { Bundle } from '#boundary';
import { statement } from '#platform/db';
import type { Pool } from '#platform/db';
import { holderOf, isSignedBy } from './account.ts';
import type { Holder } from './account.ts';
import { contextFrom } from '../context.ts';
import type { Context } from '../context.ts';
import { readJws, textClaim, timeClaim } from './jws.ts';
import type { Jws } from './jws.ts';

const USE = statement(import.meta.url, '../sql/use-assertion.sql');
const SWEEP = statement(import.meta.url, '../sql/sweep-assertions.sql');

/** How far ahead an assertion may end; Skyflow's SDKs say an hour. */
const LIFE_SECONDS_MAX = 3_600;
/** How far the clocks of caller and plane may differ. */
const SKEW_SECONDS = 60;

/** A service account that has proved itself. */
export type Asserted = {
  readonly holder: Holder;
  readonly keyId: string;
  readonly context: Context | null;
};

export type AssertionTerms = {
  readonly bundle: Bundle;
  readonly pool: Pool;
  readonly nowMs: number;
  /** The token addresses that mean this plane. What a request calls its host is the caller's word, and does not count. */
  readonly audiences: readonly string[];
};

/**
 * The account behind an assertion (RFC 7523 §3): signed with RS256 by a live key of the account, issued to itself, for this
 * plane, alive, and used before only where the account allows it. Throws `unauthenticated`, or `expired` when it merely
 * ran out; every refusal of who it is says the same, so that nothing is learned by trying.
 */
export async function checkAssertion(token: string, terms: AssertionTerms): Promise<Asserted> {
  const jws = readJws(token, 'assertion');
  const [issuer, subject, keyId] = ['iss', 'sub', 'key'].map((name) => textClaim(jws, name));
  const holder = issuer === null || issuer === undefined ? null : holderOf(terms.bundle, issuer);
  const { nowMs } = terms;
  const key = { id: keyId ?? '', use: 'assertion', nowMs } as const;
  if (holder === null || issuer !== subject || !isSignedBy(holder, jws, key)) {
    throw new Problem('unauthenticated', 'the assertion does not verify', {
      hint: 'see that the credentials are of this plane and that their key was not rotated or revoked',
    });
  }
  checkAudience(jws, terms);
  const until = checkTimes(jws, nowMs);
  const context = contextFrom(jws.claims['ctx']);
  if (holder.account?.enforceContext === true && context === null) {
    throw new Problem(
      'unauthenticated',
      'the account must give a context (`ctx`) in its assertion',
    );
  }
  if (holder.account?.singleUse === true) await useOnce(jws, until, terms);
  return { holder, keyId: key.id, context };
}

/** Whether a token names an account of the plane as its issuer; says nothing of who made it. */
export function namesAccount(bundle: Bundle, token: string): boolean {
  try {
    const issuer = textClaim(readJws(token, 'assertion'), 'iss');
    return issuer !== null && (holderOf(bundle, issuer)?.account ?? null) !== null;
  } catch {
    return false;
  }
}

function checkAudience(jws: Jws, { audiences }: AssertionTerms): void {
  if (audiences.includes(textClaim(jws, 'aud') ?? '')) return;
  throw new Problem('unauthenticated', 'the assertion is for another audience', {
    hint: 'its `aud` must be the `tokenURI` of the credentials, and that the address of this plane',
  });
}

/** The second the assertion ends in. */
function checkTimes(jws: Jws, nowMs: number): number {
  const now = nowMs / 1_000;
  const [issued, expires, notBefore] = ['iat', 'exp', 'nbf'].map((name) => timeClaim(jws, name));
  if (typeof expires !== 'number') throw new Problem('unauthenticated', 'the assertion never ends');
  if (expires <= now - SKEW_SECONDS) throw new Problem('expired', 'the assertion has expired');
  const tooLong = expires > now + LIFE_SECONDS_MAX + SKEW_SECONDS;
  const future = Math.max(issued ?? 0, notBefore ?? 0) > now + SKEW_SECONDS;
  if (tooLong || future) {
    throw new Problem('unauthenticated', 'the assertion is from the future, or lives too long', {
      hint: `at most ${LIFE_SECONDS_MAX} seconds; compare the clocks of both machines`,
    });
  }
  return expires;
}

/** By what was signed: a signature might be spelled in more than one way. */
async function useOnce(jws: Jws, untilSeconds: number, terms: AssertionTerms): Promise<void> {
  const digest = createHash('sha256').update(jws.signed).digest();
  const until = new Date((untilSeconds + SKEW_SECONDS) * 1_000);
  const { rowCount } = await terms.pool.query(USE, [digest, until]);
  if (rowCount === 0) {
    throw new Problem('unauthenticated', 'the assertion was used before', {
      hint: 'the account takes each assertion once: sign a new one, or keep the bearer token it gave',
    });
  }
  await terms.pool.query(SWEEP, [new Date(terms.nowMs)]);
}
