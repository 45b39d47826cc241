import { connect as connectTcp, type Socket } from 'node:net';
import { Client } from 'pg';
import type { Door } from '../stand/wire.ts';

/** What became of a connection: everything the gateway sent, and whether it ended. */
export type Seen = { readonly bytes: Buffer; readonly ended: boolean };

/** A socket that sends bytes as they are. */
export type Attacker = {
  send(bytes: Uint8Array): void;
  /** What came since the last call: up to the end, a ReadyForQuery or an authentication request, or until it is quiet. */
  seen(): Promise<Seen>;
  /** Says that nothing more comes; resolves once the gateway has let go, rejects when it does not. */
  finish(): Promise<Seen>;
};

/** How long an answer may take to begin before nothing is expected any more. */
const QUIET_MS = 120;
/** A connection whose client has left must end within this. */
const END_MS_MAX = 8_000;

/** A new connection; `address` is the one it comes from, since failures count by address. */
export function attack(port: number, address: string): Attacker {
  return attackerOn(connectTcp({ port, host: '127.0.0.1', localAddress: address }));
}

/** A connection that a real client has logged in. */
export async function attackFromInside(door: Door): Promise<Attacker> {
  const client = new Client({ ...door, ssl: false });
  client.on('error', () => {});
  await client.connect();
  const socket = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  socket.removeAllListeners('data');
  return attackerOn(socket);
}

function attackerOn(socket: Socket): Attacker {
  const chunks: Buffer[] = [];
  const state = { ended: false };
  let wake = (): void => {};
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    wake();
  });
  socket.on('close', () => {
    state.ended = true;
    wake();
  });
  const taken = (): Seen => ({ bytes: Buffer.concat(chunks.splice(0)), ended: state.ended });
  const changed = (millisecondsMax: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), millisecondsMax);
      wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  return {
    send: (bytes) => void (socket.writable && socket.write(bytes)),
    seen: async () => {
      while (!state.ended && !isTurn(chunks.at(-1)) && (await changed(QUIET_MS)));
      return taken();
    },
    finish: async () => {
      socket.end();
      const by = Date.now() + END_MS_MAX;
      while (!state.ended && (await changed(by - Date.now())));
      socket.destroy();
      if (!state.ended) throw new Error(`the gateway kept a connection for ${END_MS_MAX} ms`);
      return taken();
    },
  };
}

/** Whether it is the client's turn: ReadyForQuery came last, or an authentication request. */
function isTurn(chunk: Buffer | undefined): boolean {
  if (chunk === undefined) return false;
  const ready = chunk.length >= 6 && chunk.readUInt32BE(chunk.length - 5) === 5;
  return (ready && chunk.at(-6) === 0x5a) || chunk[0] === 0x52;
}
