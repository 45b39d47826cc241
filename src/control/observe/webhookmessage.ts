import { createHmac } from 'node:crypto';
import { fromBase64 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import type { ChannelRequest, Telling } from './telling.ts';
import type { SettingsOf } from './channelsettings.ts';

/** Key sizes Standard Webhooks allows, in bytes. */
const KEY_BYTES_MIN = 24;
const KEY_BYTES_MAX = 64;
const KEY_PREFIX = 'whsec_';

/**
 * The alert itself, signed as Standard Webhooks says (github.com/standard-webhooks): HMAC-SHA-256 over id, time and body,
 * so that the receiver knows who sent it, and that it is neither old nor changed. The id is the same in every retry.
 */
export function webhookRequest(
  settings: SettingsOf<'webhook'>,
  { content, secret, nowMs }: Telling,
): ChannelRequest {
  const body = canonicalJson(content);
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signed = `${content.alert}.${timestamp}.${body}`;
  const signature = createHmac('sha256', signingKey(secret)).update(signed).digest('base64');
  return {
    url: settings.url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': content.alert,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  };
}

/** The bytes of a signing key; throws `invalid` when it is none. */
export function signingKey(secret: Secret): Uint8Array {
  const text = secret.reveal();
  const key = text.startsWith(KEY_PREFIX) ? bytesOf(text.slice(KEY_PREFIX.length)) : null;
  if (key === null || key.length < KEY_BYTES_MIN || key.length > KEY_BYTES_MAX) {
    throw new Problem(
      'invalid',
      `signing key expected \`${KEY_PREFIX}\` and base64 of ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX} bytes`,
      { hint: 'make one: `echo "whsec_$(openssl rand -base64 32)"`' },
    );
  }
  return key;
}

function bytesOf(text: string): Uint8Array | null {
  return /^[A-Za-z0-9+/]+={0,2}$/u.test(text) ? fromBase64(text) : null;
}
