import { createHash, createHmac, createSecretKey, hash, pbkdf2Sync } from 'node:crypto';
import type { ScramClientHashes } from '#engines/pgwire';

/** SHA-256, HMAC-SHA-256 and PBKDF2 by OpenSSL, for SCRAM on either side. */
export const scramHashes: ScramClientHashes = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  hmac: (key, bytes) => createHmac('sha256', createSecretKey(key)).update(bytes).digest(),
  stretch: (password, salt, iterations) => pbkdf2Sync(password, salt, iterations, 32, 'sha256'),
};

/** PostgreSQL's md5 answer: `md5` and the hex of md5(md5(password ‖ user) ‖ salt) (protocol 55.2.1). */
export function md5Answer(
  credential: { readonly user: string; readonly password: string },
  salt: Uint8Array,
): string {
  const inner = createHash('md5')
    .update(credential.password + credential.user)
    .digest('hex');
  return `md5${createHash('md5').update(inner).update(salt).digest('hex')}`;
}
