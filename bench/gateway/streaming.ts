import type { Socket } from 'node:net';
import { Client } from 'pg';
import { type Door, message } from '../../test/stand/wire.ts';

/** What came back for one statement, counted and thrown away. */
export type Streamed = { readonly ms: number; readonly bytes: number };

/** A connection whose answers are only counted. */
export type Counter = {
  /** Rejects when the answer holds no command tag of rows, so that a quick error does not pass for a quick answer. */
  run(sql: string): Promise<Streamed>;
  close(): void;
};

/** ReadyForQuery outside a transaction. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const TAG_BYTES = 40;

/** Logs in with node-postgres and takes its socket over. */
export async function openCounter(door: Door): Promise<Counter> {
  const client = new Client({ ...door, ssl: false });
  client.on('error', () => {});
  await client.connect();
  const socket = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  socket.removeAllListeners('data');
  return {
    run: (sql) => streamed(socket, sql),
    close: () => socket.destroy(),
  };
}

function streamed(socket: Socket, sql: string): Promise<Streamed> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let tail: Buffer = Buffer.alloc(0);
    const start = performance.now();
    const finish = () => {
      socket.off('data', take);
      socket.off('close', finish);
      const ms = performance.now() - start;
      if (tail.includes('SELECT ')) resolve({ ms, bytes });
      else reject(new Error(`expected rows, got ${tail.toString('latin1')}`));
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      tail = chunk.length >= TAG_BYTES ? chunk.subarray(-TAG_BYTES) : Buffer.concat([tail, chunk]);
      if (tail.subarray(-READY.length).equals(READY)) finish();
    };
    socket.on('data', take).on('close', finish);
    socket.write(message('Q', Buffer.from(`${sql}\0`)));
  });
}
