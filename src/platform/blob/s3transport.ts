import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { request } from 'undici';
import type { Dispatcher } from 'undici';

type Transport = Exclude<
  NonNullable<S3ClientConfig['requestHandler']>,
  { requestTimeout?: number }
>;
type AwsRequest = Parameters<Transport['handle']>[0];
/** Of an answer, and between two pieces of its body. */
const TIMEOUT_MS = 30_000;

/** The SDK's requests over a dispatcher of the caller, so that they take the plane's egress like all others. */
export function s3Transport(dispatcher: Dispatcher): Transport {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(asked: AwsRequest) {
      const reply = await request(addressOf(asked), {
        dispatcher,
        method: asked.method as Dispatcher.HttpMethod,
        headers: withoutExpectation(asked.headers),
        body: (asked.body as string | Uint8Array | undefined) ?? null,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      const headers = Object.entries(reply.headers).map(([name, value]) => [name, String(value)]);
      return {
        response: {
          statusCode: reply.statusCode,
          headers: Object.fromEntries(headers) as Record<string, string>,
          body: reply.body,
        },
      };
    },
  };
}

/** undici speaks no `Expect: 100-continue`; bodies here are in memory anyway. */
function withoutExpectation(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'expect'),
  );
}

function addressOf({ protocol, hostname, port, path, query }: AwsRequest): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) search.append(name, one);
  }
  // The signature is over `%20`, and a plus would be another character.
  const text = search.toString().replaceAll('+', '%20');
  const place = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
  return text === '' ? place : `${place}?${text}`;
}
