import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';

/** Counts what one connection moves. */
export type Meter = {
  /** Takes in what is written to this stream from now: the plain socket, then the TLS stream over it. */
  watch(stream: Socket): void;
  read(): Moved;
};

/** Bytes on the wire, and SHA-256 over what was handed over to be sent (before TLS, where the plane speaks it). */
export type Moved = {
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly digest: string;
};

type Write = (
  chunk: unknown,
  encoding: BufferEncoding,
  done: (error?: Error | null) => void,
) => void;
type Chunk = { readonly chunk: unknown; readonly encoding: BufferEncoding };
type WriteMany = (chunks: Chunk[], done: (error?: Error | null) => void) => void;
/** What Node's writable streams call with everything that is written, however it was written (`write`, `end`, a pipe). */
type Sink = { _write: Write; _writev: WriteMany };

/** A meter over a connected socket, whose own counters tell the bytes. */
export function createMeter(wire: Socket): Meter {
  const sent = createHash('sha256');
  const take = (chunk: unknown, encoding: BufferEncoding): void => {
    if (typeof chunk === 'string') sent.update(chunk, encoding);
    else if (chunk instanceof Uint8Array) sent.update(chunk);
  };
  return {
    watch(stream) {
      const sink = stream as unknown as Sink;
      const [write, writeMany] = [sink._write, sink._writev];
      sink._write = function (chunk, encoding, done) {
        take(chunk, encoding);
        write.call(this, chunk, encoding, done);
      };
      sink._writev = function (chunks, done) {
        for (const { chunk, encoding } of chunks) take(chunk, encoding);
        writeMany.call(this, chunks, done);
      };
    },
    read: () => ({
      bytesOut: wire.bytesWritten,
      bytesIn: wire.bytesRead,
      digest: sent.copy().digest('hex'),
    }),
  };
}
