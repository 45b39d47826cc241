import { maskColumn, type KeyedMask, type MaskKey, type TextColumn } from '#engines/crypto';

/** A mask with the key it is applied under; a key whose lease ended is replaced by the same key, asked for again. */
export type AppliedMask = { readonly spec: KeyedMask; key: MaskKey };

/** Collects the cells of one column of many rows, so that they are masked in one call. */
export type CellCollector = {
  add(bytes: Buffer, from: number, to: number): void;
  addNull(): void;
  /** The column collected so far; the collector is empty afterwards. */
  take(): TextColumn;
};

/** An empty collector; grows as needed. */
export function createCellCollector(): CellCollector {
  let bytes = Buffer.allocUnsafe(4_096);
  let at = 0;
  let offsets: number[] = [0];
  let nulls: number[] = [];
  const reserve = (more: number): void => {
    if (at + more <= bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(bytes.length * 2, at + more));
    bytes.copy(grown, 0, 0, at);
    bytes = grown;
  };
  return {
    add: (source, from, to) => {
      reserve(to - from);
      source.copy(bytes, at, from, to);
      at += to - from;
      offsets.push(at);
      nulls.push(0);
    },
    addNull: () => {
      offsets.push(at);
      nulls.push(1);
    },
    take: () => {
      const column = {
        bytes: bytes.subarray(0, at),
        offsets: Uint32Array.from(offsets),
        nulls: Uint8Array.from(nulls),
      };
      bytes = Buffer.allocUnsafe(Math.max(4_096, at));
      at = 0;
      offsets = [0];
      nulls = [];
      return column;
    },
  };
}

/** The collected cells, masked. */
export function maskCells(collector: CellCollector, mask: AppliedMask): TextColumn {
  return maskColumn(collector.take(), mask.spec, mask.key);
}
