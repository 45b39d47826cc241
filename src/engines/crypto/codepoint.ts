/** What `codePointAt` gives where the bytes are not UTF-8. */
const MALFORMED = -1;

/** The code point that begins at `at` (below `to`), or `MALFORMED`; overlong forms and surrogates are (RFC 3629 §3). */
export function codePointAt(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return lead;
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + size > to) return MALFORMED;
  let point = lead & (0xff >> (size + 1));
  for (let i = at + 1; i < at + size; i++) {
    const byte = bytes[i] ?? 0;
    if ((byte & 0xc0) !== 0x80) return MALFORMED;
    point = (point << 6) | (byte & 0x3f);
  }
  const least = size === 4 ? 0x1_0000 : size === 3 ? 0x800 : 0x80;
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < least || point > 0x10_ffff || surrogate ? MALFORMED : point;
}

/** How many bytes UTF-8 takes for a code point. */
export function codePointBytes(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x1_0000 ? 3 : 4;
}
