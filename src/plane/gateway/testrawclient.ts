import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { concat } from '#base/bytes';
import {
  answer,
  backendTag,
  checkServer,
  createFramer,
  encodeFrontend,
  encodePassword,
  encodeStartup,
  type Frame,
  type ForwardableMessage,
  proveScram,
  startScram,
} from '#engines/pgwire';
import { cellsOf } from './rows/datarow.ts';
import { scramHashes } from './hashes.ts';
import { PASSWORD } from './testgateway.ts';

/** Messages of a server, one after the other; null when the connection is closed. */
function framesOf(socket: Socket): () => Promise<Frame | null> {
  const framer = createFramer();
  const frames: Frame[] = [];
  let wake: () => void = () => undefined;
  const state = { closed: false };
  socket.on('data', (chunk) => {
    framer.push(chunk);
    const next = () => framer.next({ kind: 'message', bytesMax: 1e8 });
    for (let frame = next(); frame !== null; frame = next()) frames.push(frame);
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    state.closed = true;
    wake();
  });
  return async () => {
    while (frames.length === 0 && !state.closed)
      await new Promise<void>((resolve) => (wake = resolve));
    return frames.shift() ?? null;
  };
}

async function logIn(
  socket: Socket,
  next: () => Promise<Frame | null>,
  database: string,
): Promise<void> {
  const step = async (): Promise<ReturnType<typeof answer.decodeAuthentication>> => {
    const frame = await next();
    assert.ok(frame?.tag === backendTag.authentication);
    return answer.decodeAuthentication(frame.body);
  };
  const parameters = { user: 'ada', database };
  socket.write(encodeStartup(new Map(Object.entries(parameters))));
  const offer = await step();
  assert.ok(offer.kind === 'sasl');
  const asked = { binding: { kind: 'none' }, nonce: 'abc' } as const;
  const { client, body } = startScram(offer.mechanisms, asked);
  socket.write(encodePassword(body));
  const first = await step();
  assert.ok(first.kind === 'sasl-continue');
  const proof = proveScram(first.data, client, { password: PASSWORD, hashes: scramHashes });
  socket.write(encodePassword(proof.body));
  const last = await step();
  assert.ok(last.kind === 'sasl-final');
  checkServer(last.data, proof.signature);
}

/** For tests only: a client that sends whatever it is told, in one piece, and reads until it has seen so many ReadyForQuery. */
export async function openRawClient(port: number, database = 'demo') {
  const socket: Socket = connect(port, '127.0.0.1');
  const next = framesOf(socket);
  await logIn(socket, next, database);
  const until = async (ready: number): Promise<Frame[]> => {
    const seen: Frame[] = [];
    for (let left = ready; left > 0;) {
      const frame = await next();
      if (frame === null) return seen;
      seen.push(frame);
      if (frame.tag === backendTag.readyForQuery) left--;
    }
    return seen;
  };
  await until(1);
  return {
    exchange: (messages: readonly ForwardableMessage[], ready: number): Promise<Frame[]> => {
      socket.write(concat(...messages.map(encodeFrontend)));
      return until(ready);
    },
    close: () => socket.destroy(),
  };
}

const none = new Uint8Array([0, 0, 0, 0]);
export const parse = (name: string, text: string) =>
  ({ kind: 'parse', name, text, parameterTypes: [] }) as const;
export const bind = (statement: string, portal = '') =>
  ({ kind: 'bind', portal, statement, parameters: none, resultFormats: [] }) as const;
export const execute = (portal = '', rowsMax = 0) =>
  ({ kind: 'execute', portal, rowsMax }) as const;
export const sync = { kind: 'sync' } as const;
export const tags = (frames: readonly Frame[]): string =>
  frames.map(({ tag }) => String.fromCharCode(tag)).join('');
export const rows = (frames: readonly Frame[]) =>
  frames.filter(({ tag }) => tag === backendTag.dataRow).map(({ body }) => cellsOf(body));
