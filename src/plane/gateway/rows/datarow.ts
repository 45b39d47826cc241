import { textOf } from '#base/bytes';

/** The cells of a DataRow body in text format. */
export function cellsOf(body: Uint8Array): readonly (string | null)[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const cells: (string | null)[] = [];
  let at = 2;
  for (let left = view.getUint16(0); left > 0; left--) {
    const size = view.getInt32(at);
    at += 4;
    cells.push(size < 0 ? null : textOf(body.subarray(at, at + size)));
    at += Math.max(0, size);
  }
  return cells;
}
