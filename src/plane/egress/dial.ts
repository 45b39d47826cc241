import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';
import { CONNECT_MS_MAX } from './limits.ts';

/** Where a connection goes, with nothing left to resolve. */
export type Place =
  | { readonly kind: 'address'; readonly address: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string };

/** Connects to exactly that place; rejects with the system's error, or after `CONNECT_MS_MAX`. */
export function dial(place: Place, signal?: AbortSignal): Promise<Socket> {
  const options: NetConnectOpts =
    place.kind === 'socket'
      ? { path: place.path }
      : { host: place.address, port: place.port, noDelay: true, keepAlive: true };
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      socket.off('error', failed);
      socket.off('connect', connected);
      act();
    };
    const failed = (cause: unknown): void =>
      settle(() => {
        // Whoever destroys it may do so with an error; unheard it would end the process.
        socket.on('error', () => undefined);
        socket.destroy();
        reject(cause instanceof Error ? cause : new Error('connection given up', { cause }));
      });
    const aborted = (): void => failed(signal?.reason);
    const connected = (): void => settle(() => resolve(socket));
    const timer = setTimeout(() => failed(new Error('no answer in time')), CONNECT_MS_MAX);
    signal?.addEventListener('abort', aborted, { once: true });
    socket.once('error', failed);
    socket.once('connect', connected);
  });
}
