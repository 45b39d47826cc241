import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { createArrowFramer, createArrowWriter, TEXT } from '#engines/arrow';
import type { ArrowField, ArrowMessage } from '#engines/arrow';
import { openArrowThread } from './arrowthread.ts';
import type { ArrowThread, ArrowThreadLimits } from './arrowthread.ts';
import { checkNames, ERROR, textOfValue, whole } from './bulkformat.ts';
import type { AnswerColumn, AnswerRow, BulkFormat, BulkWriter } from './bulkformat.ts';
import {
  ARROW_ANSWER_SECONDS_MAX,
  ARROW_HEAP_MB,
  ARROW_STREAMS_EACH_MAX,
  ARROW_STREAMS_MAX,
  COLUMNS_MAX,
  MESSAGES_WITHOUT_ROWS_MAX,
} from './bulklimits.ts';
import { rowsOfLines } from './ndjsonformat.ts';
import { createPlaces } from '../places.ts';

/**
 * Streams of Arrow (docs/formats/arrow-stream.md), as rows of NDJSON: this process cuts the stream into messages of bounded size,
 * and a thread makes lines of JSON of them, which are read as every other one. What is written, it writes itself: there is
 * nothing of strangers in it but values.
 */
export const ARROW = arrowFormat({
  heapMb: ARROW_HEAP_MB,
  answerSecondsMax: ARROW_ANSWER_SECONDS_MAX,
});

/** The format, with threads of these limits. */
export function arrowFormat(limits: ArrowThreadLimits): BulkFormat {
  return {
    media: 'application/vnd.apache.arrow.stream',
    isText: true,
    places: createPlaces({
      max: ARROW_STREAMS_MAX,
      eachMax: ARROW_STREAMS_EACH_MAX,
      of: 'streams of Arrow',
    }),
    async read(content) {
      const thread = openArrowThread(limits);
      const messages = messagesOf(content);
      try {
        const fields = await schemaOf(messages, thread);
        const columns = checkNames(
          fields.map(({ name }) => name),
          COLUMNS_MAX,
        );
        return {
          columns,
          rows: rowsOfLines(linesOf(messages, thread)),
          write: (answered) => writerOf(fields, answered),
          close: () => thread.close(),
        };
      } catch (thrown) {
        await thread.close();
        throw thrown;
      }
    },
  };
}

async function* messagesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<ArrowMessage> {
  const framer = createArrowFramer();
  for await (const piece of whole(content)) yield* framer.push(piece);
  framer.end();
}

async function schemaOf(
  messages: AsyncGenerator<ArrowMessage>,
  thread: ArrowThread,
): Promise<readonly ArrowField[]> {
  const first = await messages.next();
  if (first.done === true) throw new Problem('invalid', 'the body expected a stream of Arrow');
  const answer = await thread.ask({ kind: 'message', message: first.value });
  if (answer.kind === 'schema') return answer.fields;
  throw new Problem('invalid', 'a stream of Arrow expected to begin with its schema');
}

/** Lines of JSON, in pieces; the next message is read when nothing is left of the last. */
async function* linesOf(
  messages: AsyncGenerator<ArrowMessage>,
  thread: ArrowThread,
): AsyncGenerator<string> {
  let without = 0;
  for await (const message of messages) {
    let answer = await thread.ask({ kind: 'message', message });
    without = answer.kind === 'rows' ? 0 : without + 1;
    if (without > MESSAGES_WITHOUT_ROWS_MAX) throw tooIdle();
    while (answer.kind === 'rows') {
      yield answer.lines;
      answer = await thread.ask({ kind: 'more' });
    }
  }
}

function tooIdle(): Problem {
  const limit = `limit ${MESSAGES_WITHOUT_ROWS_MAX} messages without a row`;
  return new Problem('limit', `the Arrow stream says nothing: ${limit}`);
}

/** Columns that were passed on keep their types; tokens, and values in place of tokens, are texts. */
function writerOf(fields: readonly ArrowField[], columns: readonly AnswerColumn[]): BulkWriter {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const shown = columns.map(({ name, kind }) => {
    const type = kind === 'passed' ? types.get(name) : undefined;
    const valueOf = (json: Json) => (type === undefined ? textOfValue(json) : json);
    return { name, type: type ?? TEXT, valueOf };
  });
  const writer = createArrowWriter(
    [...shown, { name: ERROR, type: TEXT }].map(({ name, type }) => ({
      name,
      type,
      dictionary: null,
    })),
  );
  const valuesOf = (rows: readonly AnswerRow[]): readonly (readonly Json[])[] => [
    ...shown.map(({ name, valueOf }) => rows.map(({ fields: of }) => valueOf(of[name] ?? null))),
    rows.map(({ error }) => error),
  ];
  return {
    head: () => writer.schema(),
    rows: (rows) => writer.batch(valuesOf(rows)),
    end: () => writer.end(),
  };
}
