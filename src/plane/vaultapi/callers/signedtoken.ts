import { Problem } from '#base/problem';
import { isSignedBy } from './account.ts';
import type { Guest } from './guest.ts';
import { readJws, textClaim, timeClaim } from './jws.ts';

const PREFIX = 'signed_token_';
const SKEW_SECONDS = 60;

/**
 * The token inside a signed one, or the token as it is. A signed token is a JWT that the calling account made of a token
 * with a key of its own, for a short time; nobody else can use it. Throws `denied` for plain tokens where the account must
 * sign them, and for signed ones that do not verify.
 */
export function plainToken(text: string, { holder }: Pick<Guest, 'holder'>, nowMs: number): string {
  if (!text.startsWith(PREFIX)) {
    if (holder.account?.enforceSignedTokens !== true) return text;
    throw new Problem('denied', 'the account must sign the tokens it detokenises');
  }
  const jws = readJws(text.slice(PREFIX.length), 'signed token');
  const [subject, keyId, token] = ['sub', 'key', 'tok'].map((name) => textClaim(jws, name));
  const expires = timeClaim(jws, 'exp') ?? 0;
  const key = { id: keyId ?? '', use: 'signed-token', nowMs } as const;
  const own = subject === holder.subject.id && isSignedBy(holder, jws, key);
  if (!own || !token)
    throw new Problem('denied', 'the signed token does not verify for this account');
  if (expires <= nowMs / 1_000) throw new Problem('denied', 'the signed token has expired');
  if ((timeClaim(jws, 'iat') ?? 0) > nowMs / 1_000 + SKEW_SECONDS) {
    throw new Problem('denied', 'the signed token is from the future');
  }
  return token;
}
