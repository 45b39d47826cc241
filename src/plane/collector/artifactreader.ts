import { textOf } from '#base/bytes';
import { Problem } from '#base/problem';

/** How a member of the document's outermost object is read: each member or item of it by itself, or whole. */
export type Wanted = Readonly<Record<string, 'members' | 'items' | 'whole'>>;

/** One value that was wanted: where it was, and what it is. */
export type Piece = { readonly top: string; readonly key: string; readonly value: unknown };

export type ArtifactReader = {
  /** Takes the next bytes; gives what they completed. Throws `invalid` for what is no JSON object. */
  push(chunk: Uint8Array): readonly Piece[];
  /** Throws `invalid` when the document has not ended. */
  end(): void;
};

/** One node with its compiled SQL and columns; dbt's largest are a few megabytes. */
const PIECE_BYTES_MAX = 32 * 1024 * 1024;
const KEY_BYTES_MAX = 16 * 1024;
const DEPTH_MAX = 200;

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Reads a JSON document of any size and keeps only the piece at hand: a manifest is hundreds of megabytes, a node of it
 * some kilobytes. What is not wanted is passed over without being parsed; only its brackets must match. Not a general
 * parser: it knows documents that are one object, read at most two levels deep.
 */
export function createArtifactReader(wanted: Wanted): ArtifactReader {
  let where: 'start' | 'key' | 'colon' | 'value' | 'next' | 'inside-key' | 'inside-value' | 'done' =
    'start';
  /** 1 in the outermost object, 2 in a member that is read by its parts. */
  let level = 0;
  let inner: 'object' | 'array' = 'object';
  let items = 0;
  let [top, key] = ['', ''];
  // Of the key or value at hand.
  let kept: Uint8Array[] = [];
  let keptBytes = 0;
  let keeping = false;
  let depth = 0;
  let inText = false;
  let escaped = false;
  let scalar = false;
  let pieces: Piece[] = [];

  const keep = (part: Uint8Array, bytesMax: number) => {
    keptBytes += part.length;
    if (keptBytes > bytesMax)
      throw new Problem('limit', `artifact expected parts of at most ${bytesMax} bytes`);
    kept.push(part);
  };
  const taken = (): string => {
    const bytes = Buffer.concat(kept);
    kept = [];
    keptBytes = 0;
    return textOf(bytes);
  };
  const endValue = () => {
    if (keeping) pieces.push({ top, key, value: parsed(taken()) });
    keeping = false;
    where = 'next';
  };
  const beginValue = (byte: number) => {
    const how = Object.hasOwn(wanted, top) ? wanted[top] : undefined;
    if (level === 1 && how === 'members' && byte === OPEN_OBJECT) return enter('object');
    if (level === 1 && how === 'items' && byte === OPEN_ARRAY) return enter('array');
    keeping = level === 2 || how === 'whole';
    if (level === 2 && inner === 'array') key = String(items++);
    depth = 0;
    inText = false;
    escaped = false;
    scalar = false;
    where = 'inside-value';
    return 'again' as const;
  };
  const enter = (kind: 'object' | 'array') => {
    level = 2;
    inner = kind;
    items = 0;
    where = kind === 'object' ? 'key' : 'value';
    return 'taken' as const;
  };
  const leave = (byte: number): boolean => {
    const closes = level === 2 && inner === 'array' ? CLOSE_ARRAY : CLOSE_OBJECT;
    if (byte !== closes) return false;
    level -= 1;
    where = level === 0 ? 'done' : 'next';
    return true;
  };

  /** Passes over the value at hand from `from`; gives where it ends in this chunk, or -1 when it goes on. */
  function passOver(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inText = false;
          if (depth === 0) return at + 1;
        }
      } else if (byte === QUOTE) inText = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++depth > DEPTH_MAX) throw malformed(`at most ${DEPTH_MAX} levels`);
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (depth === 0) return at;
        if (--depth === 0) return at + 1;
      } else if (depth === 0) {
        if (byte === COMMA || (scalar && isSpace(byte))) return at;
        scalar = true;
      }
    }
    return -1;
  }

  function step(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0;
    if (where === 'inside-value') {
      const end = passOver(chunk, at);
      const upTo = end < 0 ? chunk.length : end;
      if (keeping) keep(chunk.slice(at, upTo), PIECE_BYTES_MAX);
      if (end >= 0) endValue();
      return upTo;
    }
    if (where === 'inside-key') return insideKey(chunk, at);
    if (isSpace(byte)) return at + 1;
    return structure(byte) === 'taken' ? at + 1 : at;
  }

  function insideKey(chunk: Uint8Array, from: number): number {
    let at = from;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) break;
    }
    keep(chunk.slice(from, at), KEY_BYTES_MAX);
    if (at === chunk.length) return at;
    const text = String(parsed(`"${taken()}"`));
    if (level === 1) top = text;
    key = text;
    where = 'colon';
    return at + 1;
  }

  function structure(byte: number): 'taken' | 'again' {
    switch (where) {
      case 'start':
        // A byte order mark, as editors on Windows leave it.
        if (byte === 0xef || byte === 0xbb || byte === 0xbf) return 'taken';
        if (byte !== OPEN_OBJECT) throw malformed('an object');
        level = 1;
        where = 'key';
        return 'taken';
      case 'key':
        if (leave(byte)) return 'taken';
        if (byte !== QUOTE) throw malformed('a key');
        escaped = false;
        where = 'inside-key';
        return 'taken';
      case 'colon':
        if (byte !== COLON) throw malformed('a colon');
        where = 'value';
        return 'taken';
      case 'value':
        if (level === 2 && inner === 'array' && leave(byte)) return 'taken';
        if (byte === COMMA || byte === COLON || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY)
          throw malformed('a value');
        return beginValue(byte);
      case 'next':
        if (leave(byte)) return 'taken';
        if (byte !== COMMA) throw malformed('a comma');
        where = level === 2 && inner === 'array' ? 'value' : 'key';
        return 'taken';
      default:
        throw malformed('nothing after the end');
    }
  }

  return {
    push(chunk) {
      pieces = [];
      for (let at = 0; at < chunk.length;) at = step(chunk, at);
      return pieces;
    },
    end() {
      if (where !== 'done') throw malformed('an end');
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem('invalid', 'artifact holds something that is no JSON', { cause });
  }
}

/** Names what was expected and never what was there, which may be a value. */
function malformed(expected: string): Problem {
  return new Problem('invalid', `artifact expected ${expected}`, {
    hint: 'was the file written to its end? run dbt again and load the whole file',
  });
}
