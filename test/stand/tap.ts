import { connect, createServer, type AddressInfo } from 'node:net';

/** A wire tap: a port that passes every byte on and shows what comes back from the server, chunk by chunk. */
export type Tap = { readonly port: number; close(): Promise<void> };

export function openTap(
  target: { readonly host: string; readonly port: number },
  show: (bytes: Buffer) => void,
): Promise<Tap> {
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      show(chunk);
      client.write(chunk);
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const close = () => new Promise<void>((closed) => server.close(() => closed()));
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });
}
