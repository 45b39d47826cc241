import type { ProblemCode } from '#base/problem';

/** The HTTP status of every problem (RFC 9110 §15); the only place where one becomes the other. */
export const STATUS_OF: Readonly<Record<ProblemCode, number>> = {
  invalid: 400,
  'not-found': 404,
  gone: 410,
  conflict: 409,
  denied: 403,
  unauthenticated: 401,
  expired: 401,
  limit: 429,
  unsupported: 422,
  unavailable: 503,
  corrupt: 500,
  internal: 500,
};

/** The problem code that fits a status of a server that does not speak our error shape. */
export function codeOfStatus(status: number): ProblemCode {
  const known: Readonly<Record<number, ProblemCode>> = {
    400: 'invalid',
    401: 'unauthenticated',
    403: 'denied',
    404: 'not-found',
    405: 'unsupported',
    409: 'conflict',
    410: 'gone',
    413: 'limit',
    415: 'unsupported',
    422: 'unsupported',
    429: 'limit',
  };
  return known[status] ?? (status >= 500 ? 'unavailable' : 'invalid');
}
