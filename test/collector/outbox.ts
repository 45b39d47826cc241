import { createHmac } from 'node:crypto';
import { checkFact } from '#boundary';
import type { Fact, FactBody } from '#boundary';

/** Keyed digests as the plane makes them, under a key of the tests. */
export async function testDigest(texts: readonly string[]): Promise<readonly string[]> {
  return texts.map((text) => createHmac('sha256', 'k').update(text).digest('hex'));
}

/** A border that checks every fact as the real one does and keeps it, and knows one person by name. */
export function openTestOutbox() {
  const facts: Fact[] = [];
  const bundle = { subjects: [{ name: 'olga', groups: ['data-team'] }] };
  return {
    facts,
    border: {
      wake: () => undefined,
      current: () => ({ kind: 'fresh', bundle }) as never,
      store: async (_: unknown, bodies: readonly FactBody[]) => {
        for (const body of bodies) {
          const head = { format: 'privet-fact/v1', plane: 'main', number: facts.length + 1 };
          facts.push(checkFact({ ...body, ...head }));
        }
        return facts.length;
      },
    },
  };
}
