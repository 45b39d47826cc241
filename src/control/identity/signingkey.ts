import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fromBase64 } from '#base/bytes';
import { Problem } from '#base/problem';

/** An Ed25519 key (RFC 8032) that signs for control; the private half never leaves this closure. */
export type SigningKey = {
  /** First 128 bits of the public key's SHA-256, base64url. */
  readonly kid: string;
  /** 32 bytes, base64url (RFC 8037 §2, member `x`). */
  readonly publicKey: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
};

/**
 * The key in a file only its owner can read, made there on first start. Throws `denied` when others can read it and
 * `corrupt` when it holds no Ed25519 key.
 */
export function openSigningKey(path: string): SigningKey {
  if (!existsSync(path)) createKeyFile(path);
  requirePrivate(path);
  return signingKeyOf(readKey(path));
}

/** A signing key of its own, for tests and throwaway installations. */
export function newSigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync('ed25519').privateKey);
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  const x = String(publicKey.export({ format: 'jwk' }).x);
  const digest = createHash('sha256').update(fromBase64(x)).digest();
  return {
    kid: digest.subarray(0, 16).toString('base64url'),
    publicKey: x,
    sign: (message) => Promise.resolve(new Uint8Array(sign(null, message, privateKey))),
    verify: (message, signature) => verify(null, message, publicKey, signature),
  };
}

function createKeyFile(path: string): void {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  try {
    // `wx`: of two control processes that start at once the second reads what the first wrote.
    writeFileSync(path, pem, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if (existsSync(path)) return;
    throw new Problem('unavailable', `signing key \`${path}\` cannot be written`, {
      hint: 'make its directory writable for the account control runs under',
      cause,
    });
  }
}

function requirePrivate(path: string): void {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw new Problem(
    'denied',
    `signing key \`${path}\` expected mode 600, got ${mode.toString(8)}`,
    {
      hint: `run \`chmod 600 ${path}\`; if others could read it, remove it: a new one is made at start`,
    },
  );
}

function readKey(path: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(path));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new Problem('corrupt', `signing key \`${path}\` expected an ed25519 key in pem`, {
      cause,
    });
  }
  throw new Problem('corrupt', `signing key \`${path}\` expected an ed25519 key`);
}
