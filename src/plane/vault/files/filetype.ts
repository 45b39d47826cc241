/** What the first bytes of well-known kinds of files are; the offset counts from 0. */
const SIGNATURES: readonly {
  readonly type: string;
  readonly at: number;
  readonly bytes: readonly number[];
}[] = [
  { type: 'application/pdf', at: 0, bytes: ascii('%PDF-') },
  { type: 'image/png', at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image/jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/gif', at: 0, bytes: ascii('GIF8') },
  { type: 'image/webp', at: 8, bytes: ascii('WEBP') },
  { type: 'image/tiff', at: 0, bytes: [0x49, 0x49, 0x2a, 0x00] },
  { type: 'image/tiff', at: 0, bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { type: 'image/bmp', at: 0, bytes: ascii('BM') },
  { type: 'audio/wav', at: 8, bytes: ascii('WAVE') },
  { type: 'audio/mpeg', at: 0, bytes: ascii('ID3') },
  { type: 'video/mp4', at: 4, bytes: ascii('ftyp') },
  { type: 'application/gzip', at: 0, bytes: [0x1f, 0x8b] },
  { type: 'application/zip', at: 0, bytes: [0x50, 0x4b, 0x03, 0x04] },
  { type: 'application/x-msdownload', at: 0, bytes: ascii('MZ') },
  { type: 'application/x-executable', at: 0, bytes: [0x7f, 0x45, 0x4c, 0x46] },
];

/** As many bytes are looked at. */
export const SNIFFED_BYTES = 4_096;

/**
 * The MIME type of a file by its first bytes, whatever its name says: a signature that is known, `text/plain` for UTF-8
 * without control characters, `application/json` and `text/html` for text that begins so, else `application/octet-stream`.
 */
export function fileType(start: Uint8Array): string {
  const known = SIGNATURES.find(({ at, bytes }) =>
    bytes.every((byte, i) => start[at + i] === byte),
  );
  if (known !== undefined) return known.type;
  const text = textStart(start);
  if (text === null) return 'application/octet-stream';
  if (/^\s*(?:<!doctype html|<html|<script|<svg)/iu.test(text)) return 'text/html';
  if (/^\s*<\?xml/iu.test(text)) return 'application/xml';
  if (/^\s*[[{]/u.test(text)) return 'application/json';
  return 'text/plain';
}

/** The bytes as text, or null when they are none; a character may be cut off at the end. */
function textStart(start: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return /[\p{Cc}]/u.test(text.replaceAll(/[\t\n\v\f\r]/gu, '')) ? null : text;
  } catch {
    return null;
  }
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
