import type { ProblemCode } from '#base/problem';

/** SQLSTATEs the gateway itself answers with (PostgreSQL manual, appendix A). */
export const sqlState = {
  protocolViolation: '08P01',
  connectionFailure: '08006',
  cannotConnect: '08001',
  featureNotSupported: '0A000',
  invalidParameterValue: '22023',
  badEncoding: '22021',
  failedTransaction: '25P02',
  noSuchStatement: '26000',
  wrongAuthorization: '28000',
  wrongPassword: '28P01',
  noSuchPortal: '34000',
  noSuchDatabase: '3D000',
  denied: '42501',
  noSuchObject: '42704',
  syntaxError: '42601',
  duplicateCursor: '42P03',
  duplicateStatement: '42P05',
  tooManyConnections: '53300',
  limitExceeded: '54000',
  cancelled: '57014',
  shutdown: '57P01',
  cannotConnectNow: '57P03',
  idleTimeout: '57P05',
  internal: 'XX000',
  corrupt: 'XX001',
} as const;

/** The SQLSTATE of a problem at this door; the one table. */
const byCode: Readonly<Record<ProblemCode, string>> = {
  invalid: sqlState.protocolViolation,
  'not-found': sqlState.noSuchObject,
  gone: sqlState.noSuchObject,
  conflict: sqlState.duplicateStatement,
  denied: sqlState.denied,
  unauthenticated: sqlState.wrongPassword,
  expired: sqlState.wrongAuthorization,
  limit: sqlState.limitExceeded,
  unsupported: sqlState.featureNotSupported,
  unavailable: sqlState.cannotConnectNow,
  corrupt: sqlState.corrupt,
  internal: sqlState.internal,
};

/** The SQLSTATE a client gets for a problem of that code. */
export function sqlStateOf(code: ProblemCode): string {
  return byCode[code];
}

/** Our own words for the SQLSTATEs whose messages quote values; what is not here is told by its class. */
const texts: Readonly<Record<string, string>> = {
  '22001': 'value too long for its type',
  '22003': 'number out of range',
  '22007': 'invalid date or time format',
  '22008': 'date or time out of range',
  '22012': 'division by zero',
  '22021': 'invalid character for the encoding',
  '22023': 'invalid parameter value',
  '22025': 'invalid escape sequence',
  '22026': 'string length mismatch',
  '22P02': 'invalid text for a type',
  '22P03': 'invalid binary value for a type',
  '2201B': 'invalid regular expression',
  '21000': 'more than one row where one was expected',
  '42883': 'no function or operator fits the argument types',
  '42804': 'types do not match',
  '42703': 'column does not exist',
  '42P01': 'relation does not exist',
  '42501': 'permission denied',
};

const classTexts: Readonly<Record<string, string>> = {
  '08': 'connection failure',
  '0A': 'feature not supported by the source',
  '21': 'cardinality violation',
  '22': 'data exception',
  '23': 'integrity constraint violation',
  '42': 'syntax error or access rule violation at the source',
};

/** Classes and codes whose messages name no value: transaction state, resources, cancellation, missing names of ours. */
const plain = /^(?:25|26|34|40|53|55|57|3B|0B|01000)/u;

/** What a governed session reads for an upstream error: never PostgreSQL's own text where that could quote a value. */
export function redactedText(state: string, message: string): string {
  if (plain.test(state)) return message;
  return texts[state] ?? classTexts[state.slice(0, 2)] ?? 'statement failed at the source';
}
