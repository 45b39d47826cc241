import { finished, Readable } from 'node:stream';
import type { VaultCall } from '../route.ts';

export type Pieces = {
  readonly media: string;
  readonly pieces: AsyncGenerator<Uint8Array>;
  /** Gives back the place that the answer took, when it is over and the last piece is done. */
  readonly leave: () => void;
  /** How long a piece may take to be taken, before the answer is cut off. */
  readonly secondsMax: number;
};

/**
 * Answers with pieces as they are made, none of them held: the next one is made when the last was taken. What goes wrong
 * before the first is thrown, and becomes the status.
 */
export async function sendPieces(
  reply: VaultCall<unknown, unknown, unknown>['reply'],
  { media, pieces, leave, secondsMax }: Pieces,
): Promise<void> {
  // Whoever goes away may do so before the answer has begun to be read.
  finished(reply.raw, { readable: false }, () => void pieces.return(undefined).finally(leave));
  const first = await pieces.next();
  const taken = takenWithin(secondsMax * 1_000, () => reply.raw.destroy());
  const rest = Readable.from(taken(resumed(first, pieces)), {
    objectMode: false,
    highWaterMark: 0,
  });
  await reply.type(media).send(rest);
}

async function* resumed<T>(first: IteratorResult<T>, rest: AsyncIterable<T>): AsyncIterable<T> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

/** Gives pieces on, and gives up where one is not taken in time: a few bytes now and then would hold a place for ever. */
function takenWithin<T>(
  milliseconds: number,
  giveUp: () => void,
): (pieces: AsyncIterable<T>) => AsyncIterable<T> {
  return async function* (pieces) {
    for await (const piece of pieces) {
      const timer = setTimeout(giveUp, milliseconds);
      try {
        yield piece;
      } finally {
        clearTimeout(timer);
      }
    }
  };
}
