import { once } from 'node:events';
import { createServer as createPlain } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { Server as SecureServer } from 'node:https';
import { isIP } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem, problemFrom } from '#base/problem';
import type { ServerCertificate } from '#platform/http';
import type { Egress } from './egress.ts';
import { OPENING_MS_MAX, REFUSED_MS_MAX, TUNNELS_MAX } from './limits.ts';
import { carry } from './tunnel.ts';

export type ProxySettings = {
  readonly egress: Pick<Egress, 'connect' | 'refuse' | 'workloads'>;
  readonly at: { readonly host: string; readonly port: number };
  /** What it shows to workloads; null for plain connections, where tokens cross the network as they are. */
  readonly certificate: ServerCertificate | null;
  readonly onFault: (problem: Problem) => void;
};

export type Proxy = {
  readonly port: number;
  /** Shows another certificate from the next handshake on. */
  useCertificate(certificate: ServerCertificate): void;
  close(): Promise<void>;
};

/**
 * A forward proxy for workloads beside the plane (RFC 9110 §9.3.6, CONNECT): they name themselves by
 * `Proxy-Authorization: Basic workload:token`, need no DNS and no other route, and go where their rules say. Tunnels
 * that begin with TLS must name the host they were opened for. Plain HTTP requests are refused.
 */
export async function openProxy(settings: ProxySettings): Promise<Proxy> {
  const { at, certificate } = settings;
  const limits = { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 10_000 };
  const server: Server | SecureServer =
    certificate === null
      ? createPlain(limits)
      : createSecure({
          ...limits,
          handshakeTimeout: limits.headersTimeout,
          ...contextOf(certificate),
        });
  server.maxConnections = TUNNELS_MAX;
  const tunnels = new Set<Duplex>();
  server.on('request', (request, answer) => {
    request.resume();
    answer.writeHead(405, { allow: 'CONNECT', connection: 'close' });
    answer.end('this proxy carries CONNECT only: use https\n');
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, early: Uint8Array) => {
    client.on('error', () => undefined);
    tunnels.add(client);
    client.once('close', () => tunnels.delete(client));
    const late = setTimeout(() => client.destroy(), OPENING_MS_MAX);
    const opened = tunnel(settings, { request, client, early }).finally(() => clearTimeout(late));
    opened.catch((thrown: unknown) => {
      const problem = problemFrom(thrown);
      if (problem.code === 'internal') settings.onFault(problem);
      refuse(client, problem);
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(at);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Problem(
      'unavailable',
      `the egress proxy cannot listen on \`${at.host}:${at.port}\``,
      {
        cause,
      },
    );
  }
  return {
    port: (server.address() as AddressInfo).port,
    useCertificate(renewed) {
      if ('setSecureContext' in server) server.setSecureContext(contextOf(renewed));
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const client of tunnels) client.destroy();
      await closed;
    },
  };
}

function contextOf({ chainPem, keyPem }: ServerCertificate) {
  return { cert: chainPem, key: keyPem.reveal(), minVersion: 'TLSv1.2' } as const;
}

type Asked = {
  readonly request: IncomingMessage;
  readonly client: Duplex;
  /** What came behind the request. */
  readonly early: Uint8Array;
};

async function tunnel({ egress }: ProxySettings, { request, client, early }: Asked): Promise<void> {
  const workload = await workloadOf(egress, request);
  const target = { workload, ...placeIn(request.url ?? ''), purpose: null };
  const gone = new AbortController();
  client.once('close', () => gone.abort());
  const upstream = await egress.connect(target, { via: 'proxy', signal: gone.signal });
  client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  const expected = isIP(target.host) === 0 ? target.host.toLowerCase() : null;
  carry({
    client,
    upstream,
    early,
    expected,
    onForeign: () => void egress.refuse({ ...target, reason: 'server-name' }),
  });
}

async function workloadOf(
  egress: ProxySettings['egress'],
  request: IncomingMessage,
): Promise<string> {
  const given = /^Basic (?<pair>[\w+/=-]{1,400})$/iu.exec(
    request.headers['proxy-authorization'] ?? '',
  );
  const pair = Buffer.from(given?.groups?.['pair'] ?? '', 'base64').toString('utf8');
  const [name = '', token = ''] = pair.split(':');
  if (await egress.workloads.knows(name, token)) return name;
  if (pair !== '') await egress.refuse({ workload: null, reason: 'credential' });
  throw new Problem('unauthenticated', 'the egress proxy expected a workload and its token', {
    hint: 'HTTPS_PROXY=http://workload:token@proxy:port, with a token of `privet egress workload add`',
  });
}

function placeIn(url: string): { readonly host: string; readonly port: number } {
  const found = /^(?:\[(?<inside>[^\]]*)\]|(?<plain>[^:]*)):(?<port>\d{1,5})$/u.exec(url)?.groups;
  return { host: found?.['inside'] ?? found?.['plain'] ?? '', port: Number(found?.['port'] ?? 0) };
}

const STATUS: Readonly<Partial<Record<Problem['code'], string>>> = {
  unauthenticated: '407 Proxy Authentication Required',
  denied: '403 Forbidden',
  unavailable: '502 Bad Gateway',
};

/** Says why, then gives the place back, whatever the client does: it may keep its half open and never read. */
function refuse(client: Duplex, { code, message, hint }: Problem): void {
  const status = STATUS[code] ?? '503 Service Unavailable';
  const body = `${code === 'internal' ? 'internal error' : message}\n${hint === undefined ? '' : `${hint}\n`}`;
  const ask = code === 'unauthenticated' ? 'Proxy-Authenticate: Basic realm="privet"\r\n' : '';
  const done = setTimeout(() => client.destroy(), REFUSED_MS_MAX);
  client.once('close', () => clearTimeout(done));
  // What it still sends is read away: closing over unread bytes would reset the answer away.
  client.resume();
  client.end(
    `HTTP/1.1 ${status}\r\n${ask}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
