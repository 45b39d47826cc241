import { SPLIT_BYTES_MAX, SPLIT_PROBES_MAX } from './limits.ts';
import { currentRules, planSession, type Session } from './session.ts';
import { sqlState } from './sqlstate.ts';

export const SYNTAX_ERROR = sqlState.syntaxError;

/** One statement of a text, and the characters before it. */
export type Piece = { readonly text: string; readonly characters: number };

/**
 * The statements of a text that parses, cut where PostgreSQL's grammar ends them; null when there are more semicolons
 * than are tried. A semicolon ends a statement exactly when a closing bracket behind it is the first thing that is
 * wrong: in a comment it would not be seen, in a string or an unfinished statement something before it is wrong.
 */
export async function splitText(session: Session, text: string): Promise<readonly Piece[] | null> {
  if (Buffer.byteLength(text) > SPLIT_BYTES_MAX) return null;
  const pieces: Piece[] = [];
  let start = 0;
  let probes = 0;
  const cut = (end: number): void => {
    pieces.push({ text: text.slice(start, end), characters: charactersOf(text.slice(0, start)) });
    start = end + 1;
  };
  for (let at = text.indexOf(';'); at >= 0; at = text.indexOf(';', at + 1)) {
    if (++probes > SPLIT_PROBES_MAX) return null;
    if (await endsAt(session, text.slice(start, at))) cut(at);
  }
  if (start < text.length) cut(text.length);
  return pieces;
}

async function endsAt(session: Session, statement: string): Promise<boolean> {
  const rules = await currentRules(session);
  const probe = { text: `${statement};)`, session: planSession(session), rules };
  const found = await session.planning(probe);
  const { kind } = found;
  if (kind !== 'refusal' || found.sqlState !== SYNTAX_ERROR) return false;
  return found.position === charactersOf(statement) + 2;
}

/** PostgreSQL counts positions in characters, not in UTF-16 units. */
function charactersOf(text: string): number {
  return Array.from(text).length;
}
