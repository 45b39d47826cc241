import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { Problem } from '#base/problem';

/** How a key service is reached: by the plane's egress, or straight. */
export type ServiceLine = {
  /** Name of the service in messages, such as `transit/bao.example/transit/privet`. */
  readonly name: string;
  readonly dispatcher: Dispatcher;
  /** When the service counts as down. */
  readonly timeoutMs: number;
};

export type ServiceCall = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a form when it is a text already. */
  readonly body?: unknown;
};

/** Parsed JSON of an answer, whatever its status; callers check its shape. */
export type ServiceAnswer = { readonly status: number; readonly body: unknown };

/** A wrap or unwrap is a few kilobytes and one round trip; longer than this and the service counts as down. */
export const SERVICE_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** Connections kept to one service: bounds how many unwraps it sees at once. */
export const SERVICE_CONNECTIONS_MAX = 16;
/** Answers are a wrapped key and its surroundings. */
export const SERVICE_ANSWER_BYTES_MAX = 256 * 1024;

/** A dispatcher that goes straight out, for where no egress is wired; believes `authorityPem` alone when it is given. */
export function straightDispatcher(authorityPem?: string): Dispatcher {
  return new Agent({
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(authorityPem === undefined ? {} : { ca: authorityPem }),
    },
    connections: SERVICE_CONNECTIONS_MAX,
    maxResponseSize: SERVICE_ANSWER_BYTES_MAX,
  });
}

/**
 * The line to the machine's own metadata service, which speaks plain HTTP at a link-local address: nothing asked there
 * leaves the machine's host, so it is not asked by way of the egress.
 */
export function nearby({ name, timeoutMs }: ServiceLine): ServiceLine {
  return { name, timeoutMs, dispatcher: straightDispatcher() };
}

/**
 * Sends one request and gives the answer, redirects included as they are (none is followed: a key service does not
 * move). Throws `unavailable` when none comes in time, for 408, 429 and everything from 500.
 */
export async function callService(line: ServiceLine, call: ServiceCall): Promise<ServiceAnswer> {
  const text = typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
  const reply = await request(call.url, {
    dispatcher: line.dispatcher,
    method: call.method,
    headers: {
      accept: 'application/json',
      ...(typeof call.body === 'object' ? { 'content-type': 'application/json' } : {}),
      ...call.headers,
    },
    body: call.body === undefined ? null : text,
    signal: AbortSignal.timeout(line.timeoutMs),
  }).catch((cause: unknown) => {
    throw unanswered(line.name, cause);
  });
  const body = await reply.body.text().catch((cause: unknown) => {
    throw unanswered(line.name, cause);
  });
  const { statusCode: status } = reply;
  if (status === 408 || status === 429 || status >= 500)
    throw unanswered(line.name, new Error(`status ${status}`));
  return { status, body: parsed(body) };
}

/** The service did not do what it was asked, for a reason that may pass. */
export function unanswered(name: string, cause: unknown): Problem {
  return new Problem('unavailable', `key service \`${name}\` does not answer`, {
    cause,
    hint: 'data keys in memory serve until they expire; then everything that needs one waits for the service',
  });
}

/** The service answered that its key may not be used now: disabled, destroyed or unknown. */
export function keyUnusable(name: string, cause: string): Problem {
  return new Problem('unavailable', `the key of \`${name}\` is disabled or not there`, {
    cause: new Error(cause),
    hint: 'enable it at the key service, or leave it so: this is the kill switch',
  });
}

/** The service knows us not, or does not let us. */
export function serviceRefused(name: string, cause: string): Problem {
  return new Problem('denied', `key service \`${name}\` refused the plane`, {
    cause: new Error(cause),
    hint: 'check its credential and what the key lets it do (docs/tasks/choose-a-key-service.md)',
  });
}

/** The bytes, the context or the key are not those of `wrap`; which of them is not said. */
export function notUnwrapped(name: string): Problem {
  return new Problem(
    'corrupt',
    `wrapped key does not open at \`${name}\`: bytes, context or key are not those it was wrapped with`,
  );
}

/** An answer of another shape than documented. */
export function strangeAnswer(name: string, status: number): Problem {
  return new Problem('unavailable', `key service \`${name}\` gave an answer nobody expects`, {
    cause: new Error(`status ${status}`),
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
