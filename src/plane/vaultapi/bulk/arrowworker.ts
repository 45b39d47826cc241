import { parentPort } from 'node:worker_threads';
import { present } from '#base/assert';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { createArrowReader } from '#engines/arrow';
import type { ArrowBatch } from '#engines/arrow';
import type { ArrowAnswer, ArrowOrder } from './arroworder.ts';
import { LINES_CHARACTERS, ROW_CHARACTERS_MAX, ROW_VALUES_MAX } from './bulklimits.ts';

/**
 * Reads one stream of Arrow, in a thread of its own: values pass through it, and no key, no vault, no network and no disk is
 * anywhere near. What it cannot read it says and is then ended.
 */
const port = present(parentPort, 'arrow worker port');
const reader = createArrowReader();
/** Names of the columns, as JSON writes them. */
let names: readonly string[] = [];
let batch: ArrowBatch | null = null;
let next = 0;

port.on('message', (order: ArrowOrder) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  port.postMessage(answerTo(order));
});

function answerTo(order: ArrowOrder): ArrowAnswer {
  try {
    if (order.kind === 'more') return rows();
    const read = reader.read(order.message);
    if (read.kind === 'schema') {
      names = read.fields.map(({ name }) => JSON.stringify(name));
      return read;
    }
    if (read.kind === 'dictionary') return { kind: 'hungry' };
    [batch, next] = [read.batch, 0];
    return rows();
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const { code, message, hint = null } = thrown;
    return { kind: 'fault', code, message, hint };
  }
}

/** Some rows behind the last ones; rows are made as they are asked for, since few bytes can stand for many. */
function rows(): ArrowAnswer {
  if (batch === null || next === batch.rows) {
    batch = null;
    return { kind: 'hungry' };
  }
  let lines = '';
  while (next < batch.rows && lines.length < LINES_CHARACTERS) {
    lines += lineOf(batch.row(next, { values: ROW_VALUES_MAX, bytes: ROW_CHARACTERS_MAX }));
    next += 1;
  }
  return { kind: 'rows', lines };
}

/** A row as a line; characters that JSON has to escape make it longer than its values were. */
function lineOf(values: readonly Json[]): string {
  let line = '';
  for (const [i, value] of values.entries()) {
    line += `${i === 0 ? '{' : ','}${names[i]}:${JSON.stringify(value)}`;
    if (line.length > ROW_CHARACTERS_MAX)
      throw new Problem('limit', `row too large: limit ${ROW_CHARACTERS_MAX} characters`);
  }
  return values.length === 0 ? '{}\n' : `${line}}\n`;
}
