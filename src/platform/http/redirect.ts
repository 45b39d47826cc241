import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Problem } from '#base/problem';
import type { ServerCertificate } from './certificate.ts';

export type Redirect = { readonly port: number; close(): Promise<void> };

/**
 * Listens for plain HTTP and sends browsers to the HTTPS address of the same name, if the certificate is for that name. Takes
 * nothing else: what was sent without TLS was seen by others, so a request with a body or a credential is refused, not redirected.
 */
export async function openRedirect(options: {
  readonly at: { readonly host: string; readonly port: number };
  /** Port of the HTTPS server. */
  readonly port: number;
  readonly certificate: () => ServerCertificate;
}): Promise<Redirect> {
  const { at, port, certificate } = options;
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 5_000, requestTimeout: 5_000 },
    (request, answer) => {
      request.resume();
      answer.setHeader('connection', 'close');
      redirect(request, answer, { port, certificate: certificate() });
    },
  );
  server.maxConnections = 100;
  server.listen(at);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Problem('unavailable', `cannot listen on \`${at.host}:${at.port}\``, { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function redirect(
  request: IncomingMessage,
  answer: ServerResponse,
  { port, certificate }: { readonly port: number; readonly certificate: ServerCertificate },
): void {
  const { authorization, cookie, host } = request.headers;
  const plain = authorization === undefined && cookie === undefined;
  const method = request.method === 'GET' || request.method === 'HEAD';
  const name = URL.parse(`http://${host ?? ''}/`)?.hostname ?? '';
  if (!plain || !method)
    return refuse(answer, 403, 'https only: what was sent here was not protected');
  if (!serves(certificate, name)) return refuse(answer, 400, 'https only');
  const place = port === 443 ? name : `${name}:${port}`;
  answer.writeHead(308, { location: `https://${place}${request.url ?? '/'}` }).end();
}

function refuse(answer: ServerResponse, status: number, text: string): void {
  answer.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function serves({ chainPem }: ServerCertificate, name: string): boolean {
  const certificate = new X509Certificate(chainPem);
  const address = name.replaceAll(/^\[|\]$/gu, '');
  if (isIP(address) !== 0) return certificate.checkIP(address) !== undefined;
  try {
    return certificate.checkHost(name) !== undefined;
  } catch {
    // It is no name at all.
    return false;
  }
}
