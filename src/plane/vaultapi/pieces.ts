import { finished, Readable } from 'node:stream';
import type { VaultCall } from './route.ts';

export type Pieces = {
  readonly media: string;
  readonly pieces: AsyncGenerator<Uint8Array>;
  /** Gives back the place that the answer took, when it is over and the last piece is done. */
  readonly leave: () => void;
};

/**
 * Answers with pieces as they are made, none of them held: the next one is made when the last was taken. What goes wrong
 * before the first is thrown, and becomes the status.
 */
export async function sendPieces(
  reply: VaultCall<unknown, unknown, unknown>['reply'],
  { media, pieces, leave }: Pieces,
): Promise<void> {
  // Whoever goes away may do so before the answer has begun to be read; whoever never reads is cut off by the server.
  finished(reply.raw, { readable: false }, () => void pieces.return(undefined).finally(leave));
  const first = await pieces.next();
  const rest = Readable.from(resumed(first, pieces), { objectMode: false, highWaterMark: 0 });
  await reply.type(media).send(rest);
}

async function* resumed<T>(first: IteratorResult<T>, rest: AsyncIterable<T>): AsyncIterable<T> {
  if (first.done !== true) yield first.value;
  yield* rest;
}
