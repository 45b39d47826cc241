import { cellCount } from './column.ts';
import type { TextColumn } from './column.ts';
import { preparedWith } from './key.ts';
import type { MaskKey } from './key.ts';
import { DIGEST_HEX_BYTES, hashCells, saltOf } from './sha256.ts';

/**
 * Each cell as 64 hex digits of SHA-256(salt ‖ value), salt being 32 secret bytes. Not HMAC: it would cost twice, and
 * what it protects from, extending a digest to that of a longer value, needs a NUL in the value, which PostgreSQL text
 * cannot hold (docs/formats/masked-values.md).
 */
export function maskHash(column: TextColumn, key: MaskKey): TextColumn {
  const salt = preparedWith(key, 'hash', (material) => saltOf(material.hashSalt));
  const count = cellCount(column);
  const offsets = new Uint32Array(count + 1);
  const cells = new Uint32Array(count);
  let used = 0;
  for (let cell = 0; cell < count; cell++) {
    if (column.nulls[cell] !== 1) cells[used++] = cell;
    offsets[cell + 1] = used * DIGEST_HEX_BYTES;
  }
  const out = new Uint8Array(used * DIGEST_HEX_BYTES);
  const positions = new Uint32Array(used);
  for (let i = 0; i < used; i++) positions[i] = i * DIGEST_HEX_BYTES;
  hashCells(column, salt, { cells: cells.subarray(0, used), out, positions });
  return { bytes: out, offsets, nulls: column.nulls.slice() };
}
