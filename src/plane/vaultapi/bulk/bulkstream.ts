import { Readable } from 'node:stream';
import { Problem, problemFrom } from '#base/problem';
import { concat } from '#base/bytes';
import { databaseProblem } from '#platform/db';
import type { AnswerColumn, AnswerRow, BulkFormat, BulkInput, BulkRow } from './bulkformat.ts';
import {
  BATCH_CHARACTERS_MAX,
  STREAMS_EACH_MAX,
  STREAMS_MAX,
  VALUE_CHARACTERS,
  WORK_CHARACTERS_MAX,
} from './bulklimits.ts';
import { messageOf, toldOf } from '../envelope.ts';
import { createPace } from './pace.ts';
import type { Pace } from './pace.ts';
import { sendPieces } from './pieces.ts';
import { createPlaces } from '../places.ts';
import type { VaultCall } from '../route.ts';

/** What is done with the batches of one stream. */
export type BulkWork = {
  /** The columns of the answer, `privet_error` aside. */
  readonly columns: readonly AnswerColumn[];
  /** Rows of a batch, where fewer may be done at once than usual. */
  readonly rowsMax?: number;
  /** One answer for each row, in order; what it throws ends the stream. `first` counts the rows before this batch. */
  run(rows: readonly BulkRow[], first: number): Promise<readonly AnswerRow[]>;
};

export type BulkTerms = {
  readonly format: BulkFormat;
  readonly rowsMax: number;
  /** Told the columns of the input, null where each row has its own. Throws what is wrong with all of it. */
  readonly begin: (columns: readonly string[] | null) => Promise<BulkWork>;
};

type PacedTerms = BulkTerms & { readonly pace: Pace };

type AnyCall = Pick<VaultCall<unknown, unknown, unknown>, 'body' | 'reply' | 'guest' | 'room'>;

const places = createPlaces({ max: STREAMS_MAX, eachMax: STREAMS_EACH_MAX, of: 'streams' });
/** What the batches of all streams hold now. */
let workCharacters = 0;

/**
 * Answers a stream of rows with a stream of rows, one for one and in order, so that whoever has n answers knows that n rows
 * are done. One batch is worked on at a time, and the next is read when the last was taken: neither side is held in memory.
 * What goes wrong before the first answer is the status; what goes wrong later is a last row that begins with `stopped: `,
 * and nothing of its batch was done. Who sends or reads too slowly is not waited for.
 */
export async function sendBulk(
  { body, reply, guest, room }: AnyCall,
  terms: BulkTerms,
): Promise<void> {
  if (!(body instanceof Readable)) {
    throw new Problem('unsupported', `expected a body of type \`${terms.format.media}\``);
  }
  const leave = placeFor(guest.subject.id, terms.format);
  const { streamWaitSeconds: secondsMax } = room;
  const pace = createPace(secondsMax, `${terms.rowsMax} rows`);
  const pieces = answers(kept(body, pace), { ...terms, pace });
  await sendPieces(reply, { media: terms.format.media, pieces, leave, secondsMax });
}

/** A place among all streams, and among those of the format; gives both back. */
function placeFor(subject: string, format: BulkFormat): () => void {
  const leave = places(subject);
  try {
    const leaveFormat = format.places?.(subject);
    return () => {
      leave();
      leaveFormat?.();
    };
  } catch (thrown) {
    leave();
    throw thrown;
  }
}

/** Leaves the request alone when it is not read to its end: destroying it would take the answer with it. */
async function* kept(body: Readable, pace: Pace): AsyncIterable<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = await pace.within(chunks.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not waited for: it comes behind what the body still owes, which may never come.
    void chunks.return?.().then(
      () => body.resume(),
      () => undefined,
    );
  }
}

async function* answers(
  content: AsyncIterable<Uint8Array>,
  terms: PacedTerms,
): AsyncGenerator<Uint8Array> {
  const input = await terms.format.read(content);
  try {
    yield* answersTo(input, terms);
  } finally {
    await input.close?.();
  }
}

async function* answersTo(
  input: BulkInput,
  { rowsMax, begin, pace }: PacedTerms,
): AsyncGenerator<Uint8Array> {
  const work = await begin(input.columns);
  const writer = input.write(work.columns);
  let head = writer.head();
  let done = 0;
  try {
    for await (const batch of inBatches(input.rows, Math.min(rowsMax, work.rowsMax ?? rowsMax))) {
      const rows = await work.run(batch, done);
      done += batch.length;
      yield concat(head, writer.rows(rows));
      head = new Uint8Array();
      pace.begin();
    }
  } catch (thrown) {
    if (done === 0) throw thrown;
    yield writer.rows([stopped(databaseProblem(thrown), done)]);
  }
  yield concat(head, writer.end());
}

function stopped(thrown: unknown, done: number): AnswerRow {
  return { fields: {}, error: `stopped: after row ${done}: ${errorText(problemFrom(thrown))}` };
}

/** A problem as one text, without what is not meant for the caller. */
export function errorText(problem: Problem): string {
  return `${problem.code}: ${messageOf(toldOf(problem))}`;
}

async function* inBatches(
  pieces: AsyncIterable<readonly BulkRow[]>,
  rowsMax: number,
): AsyncIterable<readonly BulkRow[]> {
  let held: BulkRow[] = [];
  let sizeCharacters = 0;
  const drop = () => {
    workCharacters -= sizeCharacters;
    [held, sizeCharacters] = [[], 0];
  };
  try {
    for await (const rows of pieces) {
      for (const row of rows) {
        held.push(row);
        sizeCharacters += row.sizeCharacters;
        workCharacters += row.sizeCharacters;
        requireRoom(sizeCharacters, rowsMax);
        if (held.length === rowsMax) {
          yield held;
          drop();
        }
      }
    }
    if (held.length > 0) yield held;
  } finally {
    drop();
  }
}

function requireRoom(sizeCharacters: number, rowsMax: number): void {
  if (sizeCharacters > BATCH_CHARACTERS_MAX) {
    throw new Problem(
      'limit',
      `${rowsMax} rows too large: limit ${BATCH_CHARACTERS_MAX} characters, ${VALUE_CHARACTERS} for each value`,
    );
  }
  if (workCharacters <= WORK_CHARACTERS_MAX) return;
  throw new Problem('limit', `limit ${WORK_CHARACTERS_MAX} characters of rows at once`, {
    hint: 'try again in a moment',
  });
}
