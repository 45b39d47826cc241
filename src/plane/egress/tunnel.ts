import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { readFirstBytes } from './clienthello.ts';
import type { FirstBytes } from './clienthello.ts';
import { HELLO_BYTES_MAX, TUNNEL_IDLE_MS } from './limits.ts';

export type Tunnel = {
  readonly client: Duplex;
  readonly upstream: Socket;
  /** What the client sent before it heard that the tunnel stands. */
  readonly early: Uint8Array;
  /** The name a TLS client has to ask for; null for an address, where any will do. */
  readonly expected: string | null;
  /** Told when a TLS client asks for another one, or for something that cannot be read. */
  readonly onForeign: () => void;
};

/** Carries bytes both ways until one side ends; nothing of a TLS client is sent before its server name was seen. */
export function carry(tunnel: Tunnel): void {
  const { client, upstream } = tunnel;
  const end = (): void => {
    client.destroy();
    upstream.destroy();
  };
  for (const side of [client, upstream]) {
    side.on('error', end);
    side.once('close', end);
  }
  upstream.setTimeout(TUNNEL_IDLE_MS, end);
  upstream.pipe(client);
  inspect(tunnel, end);
}

function inspect({ client, upstream, early, expected, onForeign }: Tunnel, end: () => void): void {
  let held: Buffer = Buffer.from(early);
  const look = (): void => {
    const first = readFirstBytes(held);
    if (first.kind === 'more' && held.length < HELLO_BYTES_MAX) return;
    client.off('data', take);
    if (!isAllowed(first, expected)) {
      onForeign();
      end();
      return;
    }
    upstream.write(held);
    client.pipe(upstream);
  };
  const take = (chunk: Uint8Array): void => {
    held = Buffer.concat([held, chunk]);
    look();
  };
  client.on('data', take);
  // A client may close its side without a word and still listen.
  client.once('end', () => upstream.end());
  if (held.length > 0) look();
}

function isAllowed(first: FirstBytes, expected: string | null): boolean {
  if (first.kind === 'hello') return expected === null || first.serverName === expected;
  return first.kind === 'other';
}
