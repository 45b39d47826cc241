import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { problemOfAnswer } from './failure.ts';

export type ClientOptions = {
  /** Scheme, host and port, such as `https://127.0.0.1:7080`; plain `http` is refused. */
  readonly origin: string;
  /** Certificates of the authorities to believe, and no others; left out, those of the system. */
  readonly authorityPem?: string;
  /** What makes its connections, in place of its own way; closed with the client. */
  readonly dispatcher?: Dispatcher;
  readonly timeoutMs?: number;
  readonly responseBytesMax?: number;
};

export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query, encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as they come, in place of a body. */
  readonly bytes?: AsyncIterable<Uint8Array>;
  readonly bearer?: Secret;
  readonly headers?: Readonly<Record<string, string>>;
  /** Wider than the client's for long polls. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

export type Answer = {
  readonly status: number;
  /** Parsed JSON, or null when the answer has no body. Unchecked: callers parse it with a schema. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
};

/** An answer that is read as it comes. */
export type StreamedAnswer = Omit<Answer, 'body'> & { readonly body: AsyncIterable<Uint8Array> };

export type HttpClient = {
  /**
   * Sends one request and gives the answer while it comes, also while `bytes` are still being sent. Both may take as long as they
   * take; throws as `send` when there is no answer or a refusal, and `unavailable` from the body when it breaks off.
   */
  stream(call: Call): Promise<StreamedAnswer>;
  /** Sends one request; throws the `Problem` the server answered with, or `unavailable` when there is no answer. */
  send(call: Call): Promise<Answer>;
  close(): Promise<void>;
};

const TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Bundles of large companies are the largest answers: 100,000 columns are about 30 MB. */
export const RESPONSE_BYTES_MAX = 128 * 1024 * 1024;

/** No bound, as undici writes it. */
const ANY_SIZE = -1;

/** A client for one server of ours over HTTPS, JSON both ways, connections kept and bounded in time and size. */
export function openHttpClient(options: ClientOptions): HttpClient {
  const origin = originFrom(options.origin);
  const agent = options.dispatcher ?? ownAgent(options);
  // What is read as it comes may be of any size.
  const streaming = options.dispatcher ?? ownAgent({ ...options, responseBytesMax: ANY_SIZE });
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  return {
    stream: (call) => stream({ agent: streaming, origin, timeoutMs }, call),
    send: (call) => send({ agent, origin, timeoutMs }, call),
    close: async () => {
      await agent.close();
      if (streaming !== agent) await streaming.close();
    },
  };
}

function ownAgent({ authorityPem, responseBytesMax }: ClientOptions): Dispatcher {
  return new Agent({
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(authorityPem === undefined ? {} : { ca: authorityPem }),
    },
    maxResponseSize: responseBytesMax ?? RESPONSE_BYTES_MAX,
  });
}

function originFrom(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return url;
  const got = url === null || url.host === '' ? text.slice(0, 80) : `${url.protocol}//${url.host}`;
  throw new Problem('invalid', `expected an https address, got \`${got}\``, {
    hint: 'such as `https://127.0.0.1:7080`',
  });
}

type Opened = { readonly agent: Dispatcher; readonly origin: URL; readonly timeoutMs: number };

async function send(opened: Opened, call: Call): Promise<Answer> {
  const timeoutMs = call.timeoutMs ?? opened.timeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
  try {
    const reply = await request(new URL(call.path, opened.origin), {
      dispatcher: opened.agent,
      method: call.method,
      headers: headersOf(call),
      body: bodyOf(call),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal,
    });
    const body = parse(await reply.body.text());
    if (reply.statusCode >= 400) throw problemOfAnswer(reply.statusCode, body);
    return { status: reply.statusCode, body, headers: reply.headers };
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw silence(opened.origin, { cause: error, late: timeout.aborted, timeoutMs });
  }
}

async function stream({ agent, origin, timeoutMs }: Opened, call: Call): Promise<StreamedAnswer> {
  const failure = (cause: unknown) => silence(origin, { cause, late: false, timeoutMs });
  try {
    const reply = await request(new URL(call.path, origin), {
      dispatcher: agent,
      method: call.method,
      headers: headersOf(call),
      body: bodyOf(call),
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const { statusCode: status, headers } = reply;
    if (status >= 400) throw problemOfAnswer(status, parse(await reply.body.text()));
    return { status, headers, body: unbroken(reply.body, failure) };
  } catch (error) {
    throw error instanceof Problem ? error : failure(error);
  }
}

async function* unbroken(
  body: AsyncIterable<Uint8Array>,
  failure: (cause: unknown) => Problem,
): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw failure(cause);
  }
}

function bodyOf({ body, bytes }: Call): Readable | string | null {
  if (bytes !== undefined) return Readable.from(bytes);
  return body === undefined ? null : JSON.stringify(body);
}

function headersOf(call: Call): Record<string, string> {
  return {
    accept: 'application/json',
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.bytes === undefined ? {} : { 'content-type': 'application/octet-stream' }),
    ...(call.bearer === undefined ? {} : { authorization: `Bearer ${call.bearer.reveal()}` }),
    ...call.headers,
  };
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.slice(0, 200);
  }
}

function silence(
  origin: URL,
  failure: { cause: unknown; late: boolean; timeoutMs: number },
): Problem {
  const { cause, late, timeoutMs } = failure;
  const code = codeOf(cause);
  if (late)
    return new Problem('unavailable', `\`${origin.host}\` gave no answer in ${timeoutMs} ms`, {
      cause,
    });
  if (code === 'CERT_HAS_EXPIRED') {
    return new Problem('unavailable', `the certificate of \`${origin.host}\` has ended`, {
      hint: 'whoever runs it puts a new one in its place; it is taken without a restart',
      cause,
    });
  }
  if (CERTIFICATE_CODES.test(code)) {
    return new Problem(
      'unavailable',
      `the certificate of \`${origin.host}\` is not one we believe`,
      {
        hint: 'name the certificate of the authority that signed it: `privet login --ca` with the `tls/ca.pem` of `privet up`, or a setting',
        cause,
      },
    );
  }
  return new Problem('unavailable', `\`${origin.host}\` cannot be reached`, {
    hint: 'is it running? `privet up` starts everything on one machine',
    cause,
  });
}

const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/u;

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}
