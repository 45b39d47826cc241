import { ENTITIES } from './entity.ts';
import type { Entity } from './entity.ts';

/** Longer tokens do not stand in texts. */
const TOKEN_CHARACTERS_MAX = 512;

const NAMES = new Map(ENTITIES.map((entity) => [entity.toUpperCase(), entity]));
/** Longest first: `[NAME_GIVEN_x]` is no token `GIVEN_x` of a name. */
const ALTERNATIVES = [...NAMES.keys()].toSorted((a, b) => b.length - a.length).join('|');
const LIKE_TOKEN = new RegExp(
  `\\[(?<mark>\\\\*)(?<name>${ALTERNATIVES})_(?<token>[^[\\]\\s\\\\]{1,${TOKEN_CHARACTERS_MAX}})\\]`,
  'gu',
);

/** A kind as it stands in a text: `[EMAIL_ADDRESS]`. */
export function writtenEntity(entity: Entity): string {
  return `[${entity.toUpperCase()}]`;
}

/** A token or a number as it stands in a text, `[EMAIL_ADDRESS_…]`; null for one that could not be read back. */
export function writtenToken(entity: Entity, token: string): string | null {
  const written = `[${entity.toUpperCase()}_${token}]`;
  const [match, ...more] = written.matchAll(LIKE_TOKEN);
  const { name = '', token: read } = match?.groups ?? {};
  const isSame = match?.[0] === written && NAMES.get(name) === entity && read === token;
  return isSame && more.length === 0 ? written : null;
}

export type Replacement = {
  readonly start: number;
  readonly end: number;
  readonly by: string;
  /** Whether it is a token that `restored` may find, and not plain text. */
  readonly isToken: boolean;
};

export type Rewritten = {
  readonly text: string;
  /** Where each replacement is now, in their order. */
  readonly places: readonly { readonly start: number; readonly end: number }[];
};

/**
 * The text with replacements, which come in its order and do not overlap. What is plain in it and looks like a token gets a
 * backslash behind its bracket, one more than it has, so that nobody's text can be taken for a token; `restored` takes it away.
 */
export function rewritten(text: string, replacements: readonly Replacement[]): Rewritten {
  const places: { start: number; end: number }[] = [];
  let out = '';
  let plain = '';
  /** Plain replacements: where they are is known once what is around them is marked. */
  let pending: { start: number; end: number }[] = [];
  const flush = () => {
    const { marked, moved } = marking(plain);
    for (const place of pending) {
      place.start = out.length + moved(place.start);
      place.end = out.length + moved(place.end);
    }
    out += marked;
    [plain, pending] = ['', []];
  };
  let at = 0;
  for (const { start, end, by, isToken } of replacements) {
    plain += text.slice(at, start);
    at = end;
    if (isToken) {
      flush();
      out += by;
      places.push({ start: out.length - by.length, end: out.length });
    } else {
      const place = { start: plain.length, end: plain.length + by.length };
      plain += by;
      places.push(place);
      pending.push(place);
    }
  }
  plain += text.slice(at);
  flush();
  return { text: out, places };
}

/** Plain text whose look-alikes of tokens are marked, and where each place of it is then, for places that rise. */
function marking(plain: string) {
  const marks = [...plain.matchAll(LIKE_TOKEN)].map(({ index }) => index + 1);
  let marked = '';
  let at = 0;
  for (const mark of marks) {
    marked += `${plain.slice(at, mark)}\\`;
    at = mark;
  }
  marked += plain.slice(at);
  let passed = 0;
  const moved = (place: number) => {
    while ((marks[passed] ?? Infinity) <= place) passed += 1;
    return place + passed;
  };
  return { marked, moved };
}

/** A token that stands in a text. */
export type WrittenToken = { readonly entity: Entity; readonly token: string };

/** Tokens of a text, in their order, each as often as it is there. */
export function tokensIn(text: string): readonly WrittenToken[] {
  return [...text.matchAll(LIKE_TOKEN)].flatMap((match) => tokenOf(match) ?? []);
}

/** The text with values in place of tokens; those without one stay. Takes away a mark of what only looks like a token. */
export function restored(text: string, valueOf: (token: WrittenToken) => string | null): string {
  let out = '';
  let at = 0;
  for (const match of text.matchAll(LIKE_TOKEN)) {
    const [like] = match;
    const token = tokenOf(match);
    out += text.slice(at, match.index);
    out += token === null ? `[${like.slice(2)}` : (valueOf(token) ?? like);
    at = match.index + like.length;
  }
  return out + text.slice(at);
}

/** The token that was read; null for what is marked as none. */
function tokenOf({ groups }: RegExpExecArray): WrittenToken | null {
  const { mark = '', name = '', token = '' } = groups ?? {};
  const entity = NAMES.get(name);
  return mark !== '' || entity === undefined ? null : { entity, token };
}
