import { base64url } from '#base/bytes';
import { signIdentityToken } from '#boundary';
import { planeName } from './name.ts';
import type { Caller } from './session.ts';
import type { SigningKey } from './signingkey.ts';
import type { Office } from './work.ts';

/** Long enough for a command, short enough that a locked person is out soon; the border allows 15 minutes. */
const IDENTITY_TOKEN_SECONDS = 10 * 60;

export type IdentityToken = { readonly token: string; readonly expiresAt: string };

/** A signed statement, for one plane, of who the caller is and what they may do. */
export async function issueIdentityToken(
  office: Pick<Office, 'clock' | 'random'>,
  key: SigningKey,
  bearer: { readonly caller: Caller; readonly plane: string },
): Promise<IdentityToken> {
  const iat = Math.floor(office.clock() / 1000);
  const exp = iat + IDENTITY_TOKEN_SECONDS;
  const { id, name, permissions } = bearer.caller;
  const claims = {
    iss: 'privet-control',
    aud: planeName(bearer.plane),
    sub: id,
    name,
    permissions,
    iat,
    exp,
    jti: base64url(office.random(16)),
  } as const;
  const token = await signIdentityToken(claims, key);
  return { token, expiresAt: new Date(exp * 1000).toISOString() };
}
