import type { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';
import type { TestEvent } from 'node:test/reporters';

type Counts = { passed: number; failed: number; skipped: number };

/** The spec report, each skip with its reason, and one plain closing line that any script can read. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncIterable<string> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const inner = new spec();
  for await (const event of source) {
    count(event, counts);
    inner.write(event);
    for (let chunk = read(inner); chunk !== null; chunk = read(inner)) yield chunk;
  }
  yield `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

function read(stream: Readable): string | null {
  const chunk: unknown = stream.read();
  return chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : (chunk as string | null);
}

function count(event: TestEvent, counts: Counts): void {
  if (event.type === 'test:fail') counts.failed += 1;
  if (event.type !== 'test:pass') return;
  if (event.data.skip === undefined || event.data.skip === false) counts.passed += 1;
  else counts.skipped += 1;
}
