import type { Analysis } from './analysis.ts';
import { constant } from './answerform.ts';
import type { At } from './at.ts';
import { valueFunctionName } from './name.ts';
import { placeAnswer } from './place.ts';
import { quoteText } from './quote.ts';
import { refusal } from './refusal.ts';
import { currentSchema } from './searchpath.ts';
import { tokenIndexAt } from './token.ts';
import { PLAIN } from './value.ts';
import type { Value } from './value.ts';

/**
 * CURRENT_USER and its kin, answered for the session the client believes it has. Written as a subquery, so that the
 * column keeps its name. Clock functions pass.
 */
export function valueFunction(a: Analysis, { node, inner }: At<'SQLValueFunction'>): Value {
  const answer = answerOf(a, inner.op);
  if (answer === undefined) return PLAIN;
  const token = a.tokens[tokenIndexAt(a.tokens, inner.location ?? -1)];
  if (token === undefined || token.start !== inner.location) {
    throw refusal('XX000', 'a value function expected its keyword where the parser saw it');
  }
  const value = answer === null ? 'NULL' : quoteText(answer);
  const name = valueFunctionName(inner.op);
  const spot = { node, name, start: token.start, end: token.end, inside: token, args: [] };
  placeAnswer(a, spot, constant(value, 'pg_catalog.name'));
  return PLAIN;
}

const NAMES_USER = new Set([
  'SVFOP_CURRENT_ROLE',
  'SVFOP_CURRENT_USER',
  'SVFOP_USER',
  'SVFOP_SESSION_USER',
]);
const CLOCKS = new Set(
  ['CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP', 'LOCALTIME', 'LOCALTIMESTAMP'].flatMap(
    (name) => [`SVFOP_${name}`, `SVFOP_${name}_N`],
  ),
);

/** Undefined for what need not be answered here. */
function answerOf(a: Analysis, op = ''): string | null | undefined {
  if (NAMES_USER.has(op)) return a.session.subjectName;
  if (op === 'SVFOP_CURRENT_CATALOG') return a.session.database;
  if (op === 'SVFOP_CURRENT_SCHEMA') return currentSchema(a);
  if (CLOCKS.has(op)) return undefined;
  throw refusal('0A000', 'value function of an unknown kind is not supported');
}
