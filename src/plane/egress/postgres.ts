import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import { encodeSslRequest } from '#engines/pgwire';
import type { Egress, Wish } from './egress.ts';
import { CONNECT_MS_MAX } from './limits.ts';
import type { Target } from './rule.ts';
import { startTls } from './tls.ts';
import type { TlsWish } from './tls.ts';

/** How a PostgreSQL log-in is made over a connection of the egress; `tls` null for none. */
export type PostgresWish = Wish & {
  readonly tls: TlsWish | null;
  readonly config: Omit<ClientConfig, 'host' | 'port' | 'ssl' | 'stream' | 'connectionString'>;
};

/** A logged-in client; throws what `connect` throws, the server's own error, or TLS's. The caller ends it. */
export async function connectPostgres(
  egress: Pick<Egress, 'connect'>,
  target: Target,
  wish: PostgresWish,
): Promise<Client> {
  const plain = await egress.connect(target, wish);
  try {
    const socket = wish.tls === null ? plain : await secured(plain, target.host, wish.tls);
    const client = new Client({ ...wish.config, ssl: false, stream: () => connected(socket) });
    // A connection lost while nothing is asked of it is found by the next query; unheard it would end the process.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (thrown) {
    plain.destroy();
    throw thrown;
  }
}

/** The driver connects its stream itself; this one is connected already and only says so. */
function connected(socket: Socket): Socket {
  socket.connect = () => {
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  return socket;
}

/** Asks for TLS and begins it (PostgreSQL, "Protocol Flow", "SSL Session Encryption"). */
async function secured(plain: Socket, host: string, wish: TlsWish): Promise<Socket> {
  const signal = AbortSignal.timeout(CONNECT_MS_MAX);
  plain.write(encodeSslRequest());
  const [reply] = (await once(plain, 'data', { signal })) as [Uint8Array];
  plain.pause();
  // Anything behind the one byte came before TLS and could be injected (CVE-2021-23222).
  if (reply.length !== 1) throw new Error('the server answered TLS with more than one byte');
  if (reply[0] !== 0x53) throw new Error('the server does not support SSL connections');
  const secure = startTls(plain, host, wish);
  await once(secure, 'secureConnect', { signal });
  return secure;
}
