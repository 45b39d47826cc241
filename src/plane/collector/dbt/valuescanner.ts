import { Problem } from '#base/problem';

const DEPTH_MAX = 200;
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

/** JSON's white space (RFC 8259 §2). */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Finds where one JSON value ends, over as many chunks as it has; looks at brackets and quotes only. */
export type ValueScanner = {
  begin(): void;
  /** Where the value ends in this chunk, or -1 when it goes on in the next. Throws `invalid` for one that is too deep. */
  passOver(chunk: Uint8Array, from: number): number;
};

type State = { depth: number; inText: boolean; escaped: boolean; scalar: boolean };

export function createValueScanner(): ValueScanner {
  const state: State = { depth: 0, inText: false, escaped: false, scalar: false };
  return {
    begin() {
      Object.assign(state, { depth: 0, inText: false, escaped: false, scalar: false });
    },
    passOver(chunk, from) {
      for (let at = from; at < chunk.length; at++) {
        const byte = chunk[at] ?? 0;
        if (state.inText) {
          if (textEnds(state, byte) && state.depth === 0) return at + 1;
          continue;
        }
        const end = outsideText(state, byte);
        if (end === 'before') return at;
        if (end === 'after') return at + 1;
      }
      return -1;
    },
  };
}

function textEnds(state: State, byte: number): boolean {
  if (state.escaped) {
    state.escaped = false;
    return false;
  }
  if (byte === BACKSLASH) state.escaped = true;
  if (byte !== QUOTE) return false;
  state.inText = false;
  return true;
}

/** Whether the value ends before or after this byte. */
function outsideText(state: State, byte: number): 'before' | 'after' | 'no' {
  if (byte === QUOTE) {
    state.inText = true;
  } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
    state.depth += 1;
    if (state.depth > DEPTH_MAX) {
      throw new Problem('invalid', `artifact expected at most ${DEPTH_MAX} levels`);
    }
  } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
    if (state.depth === 0) return 'before';
    state.depth -= 1;
    if (state.depth === 0) return 'after';
  } else if (state.depth === 0) {
    if (byte === COMMA || (state.scalar && isSpace(byte))) return 'before';
    state.scalar = true;
  }
  return 'no';
}
