import { textOf } from '#base/bytes';
import { Problem } from '#base/problem';
import { createValueScanner, isSpace } from './valuescanner.ts';
import type { ValueScanner } from './valuescanner.ts';

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

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
/** A byte order mark, as editors on Windows leave it. */
const MARK = [0xef, 0xbb, 0xbf];

type State = {
  readonly wanted: Wanted;
  readonly scanner: ValueScanner;
  where: 'start' | 'key' | 'colon' | 'value' | 'next' | 'inside-key' | 'inside-value' | 'done';
  /** 1 in the outermost object, 2 in a member that is read by its parts. */
  level: 0 | 1 | 2;
  inner: 'object' | 'array';
  items: number;
  top: string;
  key: string;
  escaped: boolean;
  /** Of the key or value at hand. */
  kept: Uint8Array[];
  keptBytes: number;
  keeping: boolean;
  pieces: Piece[];
};

/**
 * Reads a JSON document of any size and keeps only the piece at hand: a manifest is hundreds of megabytes, a node of it
 * some kilobytes. What is not wanted is passed over without being parsed; only its brackets must match. Not a general
 * parser: it knows documents that are one object, read at most two levels deep.
 */
export function createArtifactReader(wanted: Wanted): ArtifactReader {
  const state: State = {
    wanted,
    scanner: createValueScanner(),
    where: 'start',
    level: 0,
    inner: 'object',
    items: 0,
    top: '',
    key: '',
    escaped: false,
    kept: [],
    keptBytes: 0,
    keeping: false,
    pieces: [],
  };
  return {
    push(chunk) {
      state.pieces = [];
      for (let at = 0; at < chunk.length;) at = step(state, chunk, at);
      return state.pieces;
    },
    end() {
      if (state.where !== 'done') throw malformed('an end');
    },
  };
}

/** Takes what comes next in the chunk; gives where it stopped. */
function step(state: State, chunk: Uint8Array, at: number): number {
  if (state.where === 'inside-value') return insideValue(state, chunk, at);
  if (state.where === 'inside-key') return insideKey(state, chunk, at);
  const byte = chunk[at] ?? 0;
  if (isSpace(byte)) return at + 1;
  return structure(state, byte) === 'taken' ? at + 1 : at;
}

function insideValue(state: State, chunk: Uint8Array, from: number): number {
  const end = state.scanner.passOver(chunk, from);
  const upTo = end < 0 ? chunk.length : end;
  if (state.keeping) keep(state, chunk.slice(from, upTo), PIECE_BYTES_MAX);
  if (end < 0) return upTo;
  if (state.keeping) {
    state.pieces.push({ top: state.top, key: state.key, value: parsed(taken(state)) });
  }
  state.keeping = false;
  state.where = 'next';
  return upTo;
}

function insideKey(state: State, chunk: Uint8Array, from: number): number {
  let at = from;
  for (; at < chunk.length; at++) {
    const byte = chunk[at];
    if (state.escaped) state.escaped = false;
    else if (byte === BACKSLASH) state.escaped = true;
    else if (byte === QUOTE) break;
  }
  keep(state, chunk.slice(from, at), KEY_BYTES_MAX);
  if (at === chunk.length) return at;
  const text = String(parsed(`"${taken(state)}"`));
  if (state.level === 1) state.top = text;
  state.key = text;
  state.where = 'colon';
  return at + 1;
}

/** What a byte between keys and values does; `again` when it begins a value. */
function structure(state: State, byte: number): 'taken' | 'again' {
  switch (state.where) {
    case 'start':
      if (MARK.includes(byte)) return 'taken';
      if (byte !== OPEN_OBJECT) throw malformed('an object');
      state.level = 1;
      state.where = 'key';
      return 'taken';
    case 'key':
      if (leave(state, byte)) return 'taken';
      if (byte !== QUOTE) throw malformed('a key');
      state.escaped = false;
      state.where = 'inside-key';
      return 'taken';
    case 'colon':
      if (byte !== COLON) throw malformed('a colon');
      state.where = 'value';
      return 'taken';
    case 'value':
      if (inArray(state) && leave(state, byte)) return 'taken';
      if ([COMMA, COLON, CLOSE_OBJECT, CLOSE_ARRAY].includes(byte)) throw malformed('a value');
      return beginValue(state, byte);
    case 'next':
      if (leave(state, byte)) return 'taken';
      if (byte !== COMMA) throw malformed('a comma');
      state.where = inArray(state) ? 'value' : 'key';
      return 'taken';
    case 'inside-key':
    case 'inside-value':
    case 'done':
      throw malformed('nothing after the end');
  }
  throw malformed('nothing after the end');
}

function inArray({ level, inner }: State): boolean {
  return level === 2 && inner === 'array';
}

function beginValue(state: State, byte: number): 'taken' | 'again' {
  const { wanted, top, level } = state;
  const how = Object.hasOwn(wanted, top) ? wanted[top] : undefined;
  if (level === 1 && how === 'members' && byte === OPEN_OBJECT) return enter(state, 'object');
  if (level === 1 && how === 'items' && byte === OPEN_ARRAY) return enter(state, 'array');
  state.keeping = level === 2 || how === 'whole';
  if (inArray(state)) state.key = String(state.items++);
  state.scanner.begin();
  state.where = 'inside-value';
  return 'again';
}

function enter(state: State, inner: State['inner']): 'taken' {
  state.level = 2;
  state.inner = inner;
  state.items = 0;
  state.where = inner === 'object' ? 'key' : 'value';
  return 'taken';
}

function leave(state: State, byte: number): boolean {
  if (byte !== (inArray(state) ? CLOSE_ARRAY : CLOSE_OBJECT)) return false;
  state.level = state.level === 2 ? 1 : 0;
  state.where = state.level === 0 ? 'done' : 'next';
  return true;
}

function keep(state: State, part: Uint8Array, bytesMax: number): void {
  state.keptBytes += part.length;
  if (state.keptBytes > bytesMax) {
    throw new Problem('limit', `artifact expected parts of at most ${bytesMax} bytes`);
  }
  state.kept.push(part);
}

function taken(state: State): string {
  const text = textOf(Buffer.concat(state.kept));
  state.kept = [];
  state.keptBytes = 0;
  return text;
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
