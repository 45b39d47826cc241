import { createHmac } from 'node:crypto';
import { fromBase64 } from '#base/bytes';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';

/** Key sizes Standard Webhooks allows, in bytes. */
const KEY_BYTES_MIN = 24;
const KEY_BYTES_MAX = 64;
const KEY_PREFIX = 'whsec_';

export type SignedMessage = {
  /** The same in every retry, so that a receiver can drop what it has. */
  readonly id: string;
  readonly nowMs: number;
  readonly body: string;
};

/**
 * The headers that sign a message as Standard Webhooks says (github.com/standard-webhooks): HMAC-SHA-256 over id, time and
 * body, so that the receiver knows who sent it, and that it is neither old nor changed. Throws `invalid` for a bad key.
 */
export function webhookSignature(key: Secret, { id, nowMs, body }: SignedMessage) {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signature = createHmac('sha256', webhookKey(key))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

/** The bytes of a signing key; throws `invalid` when it is none. */
export function webhookKey(secret: Secret): Uint8Array {
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
