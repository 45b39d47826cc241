import { createServer as createPlain } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { isIP } from 'node:net';
import { textOf } from '#base/bytes';
import { Problem } from '#base/problem';
import type { Endpoint, ServerCertificate } from '#platform/http';
import { limitAddresses } from './addresslimit.ts';
import type { Reply, Witness } from './witness.ts';

/** A submission is at most 63 hashes and a note. */
const BODY_BYTES_MAX = 192 * 1024;
const REQUEST_MS_MAX = 10_000;
/** Enough for the calls of one submission; an idle connection is somebody else's place. */
const KEEP_ALIVE_MS = 5_000;
const CONNECTIONS_MAX = 500;
/** One log needs one; some companies have many logs behind one address. */
const CONNECTIONS_OF_ADDRESS_MAX = 32;

export type WitnessServerSettings = {
  readonly witness: Witness;
  readonly at: Endpoint;
  /** Null for plain HTTP, which only this machine may speak: signatures keep it honest, but not private. */
  readonly certificate: ServerCertificate | null;
  readonly onFault: (thrown: unknown) => void;
};

export type WitnessServer = { readonly port: number; close(): Promise<void> };

/** Serves `add-checkpoint` and nothing else. Throws `invalid` for plain HTTP to other machines, `unavailable` when the port is taken. */
export async function serveWitness(settings: WitnessServerSettings): Promise<WitnessServer> {
  const { certificate, at } = settings;
  if (certificate === null && !isLoopback(at.host)) {
    throw new Problem(
      'invalid',
      `\`witness.listen\` expected a certificate to listen on \`${at.host}\``,
      {
        hint: 'set `witness.tlsCertificateFile` and `witness.tlsKeyFile`, or listen on 127.0.0.1 behind a server that has them',
      },
    );
  }
  const handler = (request: IncomingMessage, response: ServerResponse) =>
    void answer(settings, request, response);
  const options = { requestTimeout: REQUEST_MS_MAX, keepAliveTimeout: KEEP_ALIVE_MS };
  const server =
    certificate === null
      ? createPlain(options, handler)
      : createSecure(
          {
            ...options,
            cert: certificate.chainPem,
            key: certificate.keyPem.reveal(),
            minVersion: 'TLSv1.2',
          },
          handler,
        );
  server.maxConnections = CONNECTIONS_MAX;
  // Who listens on this machine alone has a server before it, which counts for all.
  if (!isLoopback(at.host)) limitAddresses(server, CONNECTIONS_OF_ADDRESS_MAX);
  const port = await listening(server, at);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host === 'localhost';
}

function listening(server: Server, { host, port }: Endpoint): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Problem('unavailable', `cannot listen on \`${host}:${port}\``, { cause })),
    );
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function answer(
  { witness, onFault }: WitnessServerSettings,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, type, text } = await replyTo(witness, request).catch((thrown: unknown) => {
    onFault(thrown);
    return refusal(thrown);
  });
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(text);
}

async function replyTo(witness: Witness, request: IncomingMessage): Promise<Reply> {
  const type = 'text/plain; charset=utf-8';
  if (request.url?.split('?')[0] !== '/add-checkpoint') {
    return { status: 404, type, text: 'there is nothing but `POST /add-checkpoint`\n' };
  }
  if (request.method !== 'POST') return { status: 405, type, text: 'expected POST\n' };
  const body = await bodyOf(request);
  if (body === null) return { status: 400, type, text: 'the body is too long, or no text\n' };
  return witness.addCheckpoint(body);
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request) {
    sizeBytes += (piece as Buffer).length;
    if (sizeBytes > BODY_BYTES_MAX) return null;
    pieces.push(piece as Buffer);
  }
  try {
    return textOf(Buffer.concat(pieces));
  } catch {
    return null;
  }
}

/** What cannot be kept is not cosigned; the log may try again. */
function refusal(thrown: unknown): Reply {
  const corrupt = thrown instanceof Problem && thrown.code === 'corrupt';
  const text = corrupt
    ? 'what this witness kept cannot be read\n'
    : 'this witness cannot keep it\n';
  return { status: 503, type: 'text/plain; charset=utf-8', text };
}
