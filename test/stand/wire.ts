import type { Socket } from 'node:net';
import { Client } from 'pg';

/** How to reach a server and as whom. `ca` is the PEM to trust over TLS; null speaks plain TCP or a unix socket. */
export type Door = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ca: string | null;
};

/** A logged-in connection whose every byte after the log-in is in our hands. */
export type Wire = {
  /** Sends one simple query; resolves with all bytes up to ReadyForQuery, or up to the end of the connection. */
  query(sql: string): Promise<Buffer>;
  /** Sends bytes as they are; resolves as `query` does. */
  send(bytes: Uint8Array): Promise<Buffer>;
  readonly closed: () => boolean;
  close(): void;
};

const READY = 'Z'.charCodeAt(0);
const ANSWER_MS_MAX = 60_000;

/** Logs in with node-postgres, then takes its socket over. Rejects when the log-in is refused. */
export async function openWire(door: Door): Promise<Wire> {
  const client = new Client({ ...door, ssl: door.ca === null ? false : { ca: door.ca } });
  client.on('error', () => {});
  await client.connect();
  const socket = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  socket.removeAllListeners('data');
  let closed = false;
  socket.on('close', () => {
    closed = true;
  });
  const send = (bytes: Uint8Array) => answer(socket, bytes);
  return {
    query: (sql) => send(message('Q', Buffer.from(`${sql}\0`))),
    send,
    closed: () => closed,
    close: () => socket.destroy(),
  };
}

/** One message of the frontend: type byte, length, body (PostgreSQL manual, Message Formats). */
export function message(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function answer(socket: Socket, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const finish = () => {
      clearTimeout(timer);
      socket.off('data', take);
      socket.off('close', finish);
      resolve(Buffer.concat(chunks));
    };
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${ANSWER_MS_MAX} ms`));
    }, ANSWER_MS_MAX);
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunk.length >= 6 ? endsReady(chunk) : endsReady(Buffer.concat(chunks))) finish();
    };
    socket.on('data', take);
    socket.on('close', finish);
    socket.write(bytes);
  });
}

/** ReadyForQuery is always `Z`, length 5, one status byte, and nothing follows it until the client speaks again. */
function endsReady(bytes: Buffer): boolean {
  const at = bytes.length - 6;
  return at >= 0 && bytes[at] === READY && bytes.readUInt32BE(at + 1) === 5;
}
