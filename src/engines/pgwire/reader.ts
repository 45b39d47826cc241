import { Problem } from '#base/problem';
import { textOf } from '#base/bytes';

/** Reads one message body from its start to its end; every read is bounds-checked. */
export type Reader = {
  readonly left: () => number;
  readonly byte: () => number;
  readonly int16: () => number;
  readonly uint16: () => number;
  readonly int32: () => number;
  readonly bytes: (size: number) => Uint8Array;
  readonly text: () => string;
  readonly rest: () => Uint8Array;
  readonly end: () => void;
};

/** A reader over `body`; each read throws `invalid` when the bytes are not there or are not UTF-8. */
export function createReader(body: Uint8Array): Reader {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = 0;
  const take = (size: number): number => {
    if (size < 0 || at + size > body.length) throw malformed('more bytes');
    at += size;
    return at - size;
  };
  const bytes = (size: number): Uint8Array => {
    const from = take(size);
    return body.subarray(from, from + size);
  };
  return {
    left: () => body.length - at,
    byte: () => view.getUint8(take(1)),
    int16: () => view.getInt16(take(2)),
    uint16: () => view.getUint16(take(2)),
    int32: () => view.getInt32(take(4)),
    bytes,
    text: () => {
      const end = body.indexOf(0, at);
      if (end < 0) throw malformed('a terminated string');
      const from = take(end + 1 - at);
      return strict(body.subarray(from, end));
    },
    rest: () => bytes(body.length - at),
    end: () => {
      if (at !== body.length) throw malformed('the end of the message');
    },
  };
}

function strict(bytes: Uint8Array): string {
  try {
    return textOf(bytes);
  } catch {
    throw new Problem('invalid', 'message expected UTF-8 text, got other bytes', {
      hint: 'set client_encoding to UTF8',
    });
  }
}

function malformed(expected: string): Problem {
  return new Problem('invalid', `malformed message: expected ${expected}`);
}
