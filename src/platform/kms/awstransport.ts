import type { KMSClientConfig } from '@aws-sdk/client-kms';
import { request } from 'undici';
import type { ServiceLine } from './servicecall.ts';

type Transport = Exclude<
  NonNullable<KMSClientConfig['requestHandler']>,
  { requestTimeout?: number }
>;
type AwsRequest = Parameters<Transport['handle']>[0];

/** The SDK's requests over our dispatcher, so that they take the plane's egress like all others. */
export function awsTransport({ dispatcher, timeoutMs }: ServiceLine): Transport {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(asked: AwsRequest) {
      const reply = await request(addressOf(asked), {
        dispatcher,
        method: 'POST',
        headers: { ...asked.headers },
        body: (asked.body as string | Uint8Array | undefined) ?? null,
        signal: AbortSignal.timeout(timeoutMs),
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

function addressOf({ protocol, hostname, port, path }: AwsRequest): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
}
