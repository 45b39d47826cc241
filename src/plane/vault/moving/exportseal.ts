import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey } from 'node:crypto';
import { diffieHellman, hkdfSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { base64url, concat, fromBase64, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';

/**
 * The cryptography of an export (docs/formats/vault-export.md): parts are sealed for a key pair that the importing plane made for
 * this one move (X25519, HKDF-SHA-256, AES-256-GCM), and the manifest is signed with Ed25519.
 */

const INFO = 'privet/vault-export/v2';
const TAG_BYTES = 16;
export const NONCE_BYTES = 12;
const KEY_BYTES = 32;
/** What stands before the 32 bytes of a key in DER (RFC 8410 §4, §7). */
const DER = {
  X25519: { private: '302e020100300506032b656e04220420', public: '302a300506032b656e032100' },
  Ed25519: { private: '302e020100300506032b657004220420', public: '302a300506032b6570032100' },
} as const;
type Kind = keyof typeof DER;

function privateKey(kind: Kind, bytes: Uint8Array): KeyObject {
  const key = Buffer.concat([Buffer.from(DER[kind].private, 'hex'), bytes]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function publicKey(kind: Kind, text: string): KeyObject {
  const bytes = fromBase64(text);
  if (bytes.length !== KEY_BYTES) {
    throw new Problem('invalid', `a key expected ${KEY_BYTES} bytes in base64url`);
  }
  const key = Buffer.concat([Buffer.from(DER[kind].public, 'hex'), bytes]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** Throws `invalid` for a text that is no public key which a secret can be shared with. */
export function requireRecipient(own: Uint8Array, text: string): void {
  const other = publicKey('X25519', text);
  try {
    diffieHellman({ privateKey: privateKey('X25519', own), publicKey: other });
  } catch (cause) {
    throw new Problem('invalid', 'a key expected a point that secrets can be shared with', {
      cause,
    });
  }
}

/** The public half of a private key of 32 bytes, base64url. */
export function publicHalf(kind: Kind, bytes: Uint8Array): string {
  const der = createPublicKey(privateKey(kind, bytes)).export({ format: 'der', type: 'spki' });
  return base64url(new Uint8Array(der.subarray(-KEY_BYTES)));
}

/** Seals or opens parts by number; both sides derive the same key. */
export type PartCipher = {
  /** A part may be made again with other content: the nonce must never have been there before. */
  seal(number: number, plain: Uint8Array, nonce: Uint8Array): Uint8Array;
  /** Throws `corrupt` for what was not sealed as this part. */
  open(number: number, sealed: Uint8Array): Uint8Array;
};

/** Between whom an export goes, and of what: a part opens for these only. */
export type PartTerms = {
  readonly sender: string;
  readonly recipient: string;
  readonly plane: string;
  readonly vault: string;
  /** The public key that the exporting plane signs with. */
  readonly signer: string;
};

/** The cipher between one's own private key and the public key of the other side. */
export function partCipher(own: Uint8Array, other: string, terms: PartTerms): PartCipher {
  const shared = diffieHellman({
    privateKey: privateKey('X25519', own),
    publicKey: publicKey('X25519', other),
  });
  const { sender, recipient, plane, vault, signer } = terms;
  const salt = concat(fromBase64(sender), fromBase64(recipient));
  const key = new Uint8Array(hkdfSync('sha256', shared, salt, `${INFO}/parts`, KEY_BYTES));
  const told = (part: number) => utf8(canonicalJson({ part, plane, vault, signer }));
  const options = { authTagLength: TAG_BYTES };
  return {
    seal(number, plain, nonce) {
      const cipher = createCipheriv('aes-256-gcm', key, nonce, options).setAAD(told(number));
      return concat(nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag());
    },
    open(number, sealed) {
      try {
        const end = sealed.length - TAG_BYTES;
        const nonce = sealed.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, options);
        decipher.setAAD(told(number)).setAuthTag(sealed.subarray(end));
        return concat(decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final());
      } catch (cause) {
        throw new Problem('corrupt', 'the part was not sealed for this import', { cause });
      }
    },
  };
}

/** What is signed is bound to its use, so that no signature is good for anything else. */
const signed = (use: string, text: string) => utf8(`${INFO}/${use}\n${text}`);

export function signText(seed: Uint8Array, use: string, text: string): string {
  return base64url(new Uint8Array(sign(null, signed(use, text), privateKey('Ed25519', seed))));
}

/** Throws `denied` when the text was not signed with that key. */
export function requireSigned(
  key: string,
  use: string,
  { text, signature }: { readonly text: string; readonly signature: string },
): void {
  const isGood = verify(null, signed(use, text), publicKey('Ed25519', key), fromBase64(signature));
  if (isGood) return;
  throw new Problem('denied', `the ${use} was not signed with the key you named`, {
    hint: '`privet vault export-key` on the plane it comes from shows its key',
  });
}
