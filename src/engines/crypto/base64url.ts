const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The two characters of each 12-bit number, as one little-endian word. */
const PAIRS = Uint16Array.from(
  { length: 4_096 },
  (_, bits) => ALPHABET.charCodeAt(bits >> 6) | (ALPHABET.charCodeAt(bits & 63) << 8),
);

type Range = { readonly bytes: Uint8Array; readonly from: number; readonly to: number };
type Target = { readonly out: Uint8Array; readonly view: DataView; readonly at: number };

/** Writes base64url without padding (RFC 4648 §5) of a range at `at`; `view` is over the whole of `out`. */
export function appendBase64url({ bytes, from, to }: Range, { out, view, at }: Target): void {
  let write = at;
  let read = from;
  for (; read + 2 < to; read += 3, write += 4) {
    const bits =
      ((bytes[read] as number) << 16) |
      ((bytes[read + 1] as number) << 8) |
      (bytes[read + 2] as number);
    const pairs = (PAIRS[bits >>> 12] as number) | ((PAIRS[bits & 0xfff] as number) << 16);
    view.setUint32(write, pairs, true);
  }
  const left = to - read;
  if (left === 0) return;
  const bits =
    ((bytes[read] as number) << 16) | (left === 2 ? (bytes[read + 1] as number) << 8 : 0);
  view.setUint16(write, PAIRS[bits >>> 12] as number, true);
  if (left === 2) out[write + 2] = (PAIRS[bits & 0xfff] as number) & 0xff;
}
