import { Problem } from '#base/problem';
import type { ProblemCode } from '#base/problem';

/** SQLSTATEs (PostgreSQL appendix A) our own statements can meet in normal life, by whole code or class. */
const STATES: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  '23505': ['conflict', 'that already exists'],
  '23503': [
    'conflict',
    'something that refers to it, or that it refers to, is missing or still there',
  ],
  '23514': ['invalid', 'a value is outside what the database allows'],
  // A NUL in a text, a year or a time zone no calendar of the server has: only whoever asked can have sent it.
  '22021': ['invalid', 'a text holds what the database cannot keep'],
  '22008': ['invalid', 'a moment is outside what the database allows'],
  '22009': ['invalid', 'a moment is outside what the database allows'],
  '40001': ['conflict', 'someone else changed the same thing at the same time'],
  '40P01': ['conflict', 'someone else changed the same thing at the same time'],
  '57014': ['limit', 'the statement ran longer than its limit'],
  '08': ['unavailable', 'the database cannot be reached'],
  '28': ['unavailable', 'the database refused the log-in'],
  '3D': ['unavailable', 'the database does not exist'],
  '53': ['unavailable', 'the database server is out of a resource'],
  '57': ['unavailable', 'the database server is stopping or starting'],
};

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EACCES',
]);

/** The SQLSTATE of a thrown database error, or undefined when it is something else. */
export function sqlStateOf(thrown: unknown): string | undefined {
  const code = codeOf(thrown);
  return code !== undefined && /^[0-9A-Z]{5}$/u.test(code) ? code : undefined;
}

/**
 * A problem for an error thrown by our own statement. The message never repeats the server's text, which may quote
 * values; the original is kept as the cause for the operator.
 */
export function databaseProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const state = sqlStateOf(thrown);
  const known = state === undefined ? undefined : (STATES[state] ?? STATES[state.slice(0, 2)]);
  if (known !== undefined) return new Problem(known[0], known[1], { cause: thrown });
  const code = codeOf(thrown);
  if (code !== undefined && NETWORK_CODES.has(code)) {
    return new Problem('unavailable', 'the database cannot be reached', { cause: thrown });
  }
  return new Problem('internal', 'a database statement failed', { cause: thrown });
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
