/**
 * Cryptography over columns: what is shown instead of protected values. Every mask is a function from a packed column
 * of texts to another; the keyed ones run each step of their cipher for all cells in one call. Also the envelope that
 * sealed secrets travel in. No keys are kept here (plane/keys) and nothing is decided (engines/policy). Formats:
 * docs/formats/masked-values.md, docs/formats/envelope.md; why it is built this way: docs/design/column-cryptography.md.
 */
export { cellsOf, cellText, columnOf } from './column.ts';
export type { TextColumn } from './column.ts';
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
export type { ColumnMask, KeyedMask } from './mask.ts';
export { envelopeKey, NONCE_BYTES, openEnvelope, sealEnvelope } from './envelope.ts';
export type { SealContext } from './envelope.ts';
export {
  borrowedCellKeys,
  CELL_OVERHEAD_BYTES,
  cellKeys,
  cellKeyVersion,
  cellOpener,
  cellSealer,
  encryptNumerals,
  fullDigest,
  hmacOf,
  KEYED_DIGEST_BYTES,
  keyedDigest,
  laidPlaintext,
  layCell,
  lendCellKeys,
  lendDigestKey,
  NONCE_HALF_BYTES,
} from './cell.ts';
export type { CellKeys, CellOpener, CellSealer, LentCellKeys } from './cell.ts';
export { fastHmac } from './hmac.ts';
export type { FastHmac } from './hmac.ts';
