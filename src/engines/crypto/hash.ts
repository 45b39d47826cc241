import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';

/** SHA-256 (FIPS 180-4) of bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** HMAC-SHA-256 (RFC 2104). */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(bytes).digest());
}

/** PBKDF2 with HMAC-SHA-256 (RFC 8018 §5.2), 32 bytes: SCRAM's `Hi`. Takes about 1 ms for 4,096 iterations. */
export function pbkdf2Sha256(
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Uint8Array {
  return new Uint8Array(pbkdf2Sync(password, salt, iterations, 32, 'sha256'));
}

/** Whether two secrets are the same, in time that depends on their lengths only. */
export function equalSecrets(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
