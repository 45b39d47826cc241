import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { watchTls } from './connections.ts';

/** How TLS is spoken over a connection of the egress; never below 1.2. */
export type TlsWish = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'checkServerIdentity' | 'ALPNProtocols'
>;

/** Begins TLS over a socket that `connect` gave out; the caller waits for `secureConnect`. */
export function startTls(plain: Socket, host: string, wish: TlsWish): TLSSocket {
  const secure = connect({
    ...wish,
    socket: plain,
    host,
    // A server name is never an address (RFC 6066 §3).
    servername: isIP(host) === 0 ? host : '',
    minVersion: 'TLSv1.2',
  });
  watchTls(plain, secure);
  return secure;
}
