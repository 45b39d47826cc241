import { createSign } from 'node:crypto';
import { z } from 'zod';
import { base64url, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import { callService, nearby, serviceRefused } from './servicecall.ts';
import type { ServiceLine } from './servicecall.ts';
import { tokenCache } from './tokencache.ts';

/** Only what a plane needs: use of keys, nothing else of the project. */
const SCOPE = 'https://www.googleapis.com/auth/cloudkms';
const METADATA =
  'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token';
const ASSERTION_SECONDS = 600;

const accountShape = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().min(1),
  token_uri: z.url(),
});
type Account = z.output<typeof accountShape>;

const tokenShape = z.object({ access_token: z.string().min(1), expires_in: z.number() });

/**
 * Access tokens for Google: of the machine's own service account by the metadata server, or of a service account's key
 * file (RFC 7523: a JWT it signs is traded for a token).
 */
export function gcpToken(
  line: ServiceLine,
  file: (() => Promise<Secret>) | null,
  clock: () => number,
): () => Promise<Secret> {
  return tokenCache(async () => {
    const answer =
      file === null
        ? await callService(nearby(line), {
            method: 'GET',
            url: METADATA,
            headers: { 'metadata-flavor': 'Google' },
          })
        : await trade(line, accountOf(await file()), clock());
    const parsed = tokenShape.safeParse(answer.body);
    if (!parsed.success)
      throw serviceRefused(line.name, `no access token: status ${answer.status}`);
    return { token: secret(parsed.data.access_token), seconds: parsed.data.expires_in };
  }, clock);
}

function trade(line: ServiceLine, account: Account, nowMs: number) {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertionOf(account, Math.floor(nowMs / 1_000)),
  });
  return callService(line, {
    method: 'POST',
    url: account.token_uri,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
}

function assertionOf(account: Account, now: number): string {
  const head = { alg: 'RS256', typ: 'JWT', kid: account.private_key_id };
  const claims = {
    iss: account.client_email,
    scope: SCOPE,
    aud: account.token_uri,
    iat: now,
    exp: now + ASSERTION_SECONDS,
  };
  const text = [head, claims].map((part) => base64url(utf8(JSON.stringify(part)))).join('.');
  return `${text}.${createSign('sha256').update(text).sign(account.private_key, 'base64url')}`;
}

function accountOf(text: Secret): Account {
  try {
    return accountShape.parse(JSON.parse(text.reveal()));
  } catch {
    // neither the text nor the parser's complaint, which quotes it
    throw new Problem(
      'invalid',
      'credential file expected the json key of a google service account',
    );
  }
}
