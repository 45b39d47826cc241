import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  createAuthority,
  createClientCertificate,
  issueCertificate,
} from '#platform/http/authority';

/** A request as the target got it. */
export type Got = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Name in the certificate that the caller showed. */
  readonly client: string | null;
};

/** A third party: an HTTPS server of its own authority that answers as a test says, and keeps what it was sent. */
export type Target = {
  readonly host: string;
  readonly port: number;
  readonly origin: string;
  readonly authorityPem: string;
  readonly clientPem: string;
  readonly clientKeyPem: string;
  readonly got: Got[];
  answer(by: (got: Got, reply: ServerResponse) => void): void;
  close(): Promise<void>;
};

export async function openTarget(host: string): Promise<Target> {
  const nowMs = Date.now();
  const authority = await createAuthority({ name: 'Target', nowMs });
  const issued = await issueCertificate(authority, { name: host, nowMs, hosts: [host] });
  const client = await createClientCertificate({ name: 'privet', nowMs });
  const got: Got[] = [];
  let answer = (_got: Got, reply: ServerResponse): void => void reply.end();
  const server = createServer(
    {
      cert: issued.certificatePem,
      key: issued.keyPem.reveal(),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, reply) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const socket = request.socket as TLSSocket;
        // Its key was proved by the handshake; whose it is, a test knows.
        const { subject } = socket.getPeerCertificate() as { readonly subject?: { CN?: string } };
        const body = Buffer.concat(pieces).toString('latin1');
        const one = { method, url, headers, body, client: subject?.CN ?? null };
        got.push(one);
        answer(one, reply);
      });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    origin: `https://${host}:${port}`,
    authorityPem: authority.certificatePem,
    clientPem: client.certificatePem,
    clientKeyPem: client.keyPem.reveal(),
    got,
    answer: (by) => {
      answer = by;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with JSON. */
export function answering(status: number, body: unknown) {
  return (_got: Got, reply: ServerResponse): void => {
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}
