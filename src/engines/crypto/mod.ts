/**
 * Cryptography over columns: what is shown instead of protected values. Every mask is a function from a packed column
 * of texts to another; the keyed ones run each step of their cipher for all cells in one call. Also the envelope that
 * sealed secrets travel in, signatures, and the hash functions SCRAM is handed. No keys are kept here (plane/keys) and
 * nothing is decided (engines/policy). Formats: docs/formats/masked-values.md, docs/formats/envelope.md; why it is
 * built this way: docs/design/column-cryptography.md.
 */
export { cellBytes, cellCount, cellsOf, cellText, columnOf, createColumnWriter } from './column.ts';
export type { ColumnWriter, TextColumn } from './column.ts';
export {
  deriveBytes,
  destroyMaskKey,
  KEY_BYTES,
  maskKeyFrom,
  maskKeyHeld,
  takeMaskKeyUse,
} from './key.ts';
export type { MaskKey } from './key.ts';
export { maskColumn, unmaskText, versionOf } from './mask.ts';
export type { ColumnMask, KeyedMask, KeyOf, PlainMask } from './mask.ts';
export { envelopeKey, NONCE_BYTES, openEnvelope, sealEnvelope } from './envelope.ts';
export type { KeyName, SealContext, SealInput } from './envelope.ts';
export { equalSecrets, hmacSha256, pbkdf2Sha256, sha256 } from './hash.ts';
export {
  newSigningKeyPair,
  privateKeyFrom,
  privateKeyText,
  publicKeyFrom,
  publicKeyText,
  signBytes,
  verifyBytes,
} from './signature.ts';
export type { SigningKeyPair } from './signature.ts';
