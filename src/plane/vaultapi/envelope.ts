import { Problem } from '#base/problem';
import type { ProblemCode } from '#base/problem';
import { STATUS_OF } from '#platform/http';

/** Skyflow's limit of `message`. */
const MESSAGE_CHARACTERS_MAX = 1_000;

/** gRPC's number of each problem, as Skyflow gives it beside the HTTP status. */
const GRPC_OF: Readonly<Record<ProblemCode, number>> = {
  invalid: 3,
  'not-found': 5,
  gone: 5,
  conflict: 6,
  denied: 7,
  unauthenticated: 16,
  expired: 16,
  limit: 8,
  unsupported: 12,
  unavailable: 14,
  corrupt: 15,
  internal: 13,
};

const NAME_OF: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  410: 'Gone',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The error body of Skyflow's API; the request id is in the header `x-request-id`. */
export type Envelope = {
  readonly error: {
    readonly grpc_code: number;
    readonly http_code: number;
    readonly http_status: string;
    readonly message: string;
    readonly details: readonly (
      | { readonly hint: string }
      /** Id of a decision the request hung on. */
      | { readonly decision: string }
    )[];
  };
};

/** The status a problem has at this door. SDKs try again on every 5xx, so what is the caller's own mistake has none. */
export function statusOf(problem: Problem): number {
  return STATUS_OF[problem.code];
}

/** The problem as an SDK reads it; what is not meant for the caller is left out. */
export function envelopeOf(
  problem: Problem,
  status: number = statusOf(problem),
  decisions: readonly string[] = [],
): Envelope {
  const told = toldOf(problem);
  const { hint } = told;
  return {
    error: {
      grpc_code: GRPC_OF[problem.code],
      http_code: status,
      http_status: NAME_OF[status] ?? 'Error',
      message: messageOf(told),
      details: [
        ...(hint === undefined ? [] : [{ hint }]),
        ...decisions.map((decision) => ({ decision })),
      ],
    },
  };
}

/** The problem without what is not meant for the caller. */
export function toldOf(problem: Problem): Problem {
  const { code } = problem;
  if (code === 'internal') return new Problem(code, 'internal error');
  if (code !== 'corrupt') return problem;
  return new Problem(code, 'a record or file is not what was written here', {
    hint: 'the log and an alarm in the ledger say which; `privet vault verify` looks for more',
  });
}

/** The message with its hint: SDKs show nothing else. */
export function messageOf({ message, hint }: Problem): string {
  const whole = hint === undefined ? message : `${message}; ${hint}`;
  return whole.slice(0, MESSAGE_CHARACTERS_MAX);
}
