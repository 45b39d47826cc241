import type { Server, Socket } from 'node:net';
import { addressOf } from '#platform/http';

/** Closes connections of an address beyond `max` at once; an IPv6 network of 64 bits counts as one address. */
export function limitAddresses(server: Server, max: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const place = placeOf(socket.remoteAddress ?? '');
    const count = (open.get(place) ?? 0) + 1;
    if (count > max) {
      socket.destroy();
      return;
    }
    open.set(place, count);
    socket.once('close', () => {
      const left = (open.get(place) ?? 1) - 1;
      if (left === 0) open.delete(place);
      else open.set(place, left);
    });
  });
}

/** Whom an address belongs to; exported for tests. */
export function placeOf(text: string): string {
  const address = addressOf(text.replace(/%.*$/u, ''));
  if (address === null) return '';
  const isV4 = address >> 32n === 0xffffn;
  return isV4 ? String(address) : `${address >> 64n}/64`;
}
