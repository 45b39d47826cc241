import type { Socket } from 'node:net';
import { Problem } from '#base/problem';

/** A socket as the gateway uses it: bytes in by callback, bytes out with back-pressure, one end. */
export type Channel = {
  readonly socket: Socket;
  /** False when the peer is slow: then wait for `drained` before making more. */
  write(bytes: Uint8Array): boolean;
  drained(): Promise<void>;
  /** Bytes written and not yet taken by the peer. */
  backlog(): number;
  pause(): void;
  resume(): void;
  /** Sends what is left, then ends. */
  end(bytes?: Uint8Array): void;
  /** Ends at once. */
  destroy(): void;
  readonly closed: () => boolean;
};

/** How long a peer may take to read a last message before its socket is cut. */
const LINGER_MS = 2_000;

/** Wraps a socket; `onData` gets chunks, `onClose` is called once however it ends. */
export function openChannel(
  socket: Socket,
  on: { readonly data: (chunk: Uint8Array) => void; readonly close: () => void },
): Channel {
  let closed = false;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const onData = (chunk: Uint8Array): void => on.data(chunk);
  const onClose = (): void => {
    if (closed) return;
    closed = true;
    wake();
    on.close();
  };
  socket.setNoDelay(true);
  socket.on('data', onData);
  socket.on('drain', wake);
  socket.on('error', onClose);
  socket.on('end', onClose);
  socket.on('close', onClose);
  return {
    socket,
    write: (bytes) => closed || socket.write(bytes),
    drained: () =>
      closed || !socket.writableNeedDrain
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push(resolve)),
    backlog: () => socket.writableLength,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: (bytes) => {
      if (bytes === undefined) socket.end();
      else socket.end(bytes);
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
    },
    destroy: () => socket.destroy(),
    closed: () => closed,
  };
}

/** Reads pieces of a stream in order, for exchanges that go one message at a time; ends when `release` is called. */
export type Inbox = {
  /** The next chunk; throws `unavailable` when the peer is gone or the time is up. */
  chunk(): Promise<Uint8Array>;
  /** Stops listening; the socket is left paused with nothing lost. */
  release(): void;
};

/** An inbox over a socket that nobody else listens to; `millisecondsMax` bounds the whole exchange. */
export function openInbox(socket: Socket, millisecondsMax: number): Inbox {
  const held: Uint8Array[] = [];
  const ended: { problem: Problem | null } = { problem: null };
  let wake: () => void = () => undefined;
  const fail = (why: Problem): void => {
    ended.problem ??= why;
    wake();
  };
  const onData = (chunk: Uint8Array): void => {
    held.push(chunk);
    socket.pause();
    wake();
  };
  const gone = (): void => fail(new Problem('unavailable', 'connection closed'));
  const failed = (cause: Error): void =>
    fail(new Problem('unavailable', 'connection failed', { cause }));
  const timer = setTimeout(
    () => fail(new Problem('limit', `log-in took longer than ${millisecondsMax} ms`)),
    millisecondsMax,
  );
  socket.on('data', onData);
  socket.on('end', gone);
  socket.on('close', gone);
  socket.on('error', failed);
  socket.pause();
  return {
    chunk: async () => {
      while (held.length === 0 && ended.problem === null) {
        socket.resume();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const chunk = held.shift();
      if (ended.problem !== null || chunk === undefined) {
        throw ended.problem ?? new Problem('unavailable', 'connection closed');
      }
      return chunk;
    },
    release: () => {
      clearTimeout(timer);
      socket.pause();
      socket.off('data', onData);
      socket.off('end', gone);
      socket.off('close', gone);
      socket.off('error', failed);
      // A socket without an error listener ends the process; the next owner adds its own.
      socket.on('error', () => undefined);
      if (held.length > 0) socket.unshift(Buffer.concat(held));
    },
  };
}
