import type { Stand } from '../stand/stand.ts';
import type { Attempt } from './attempt.ts';
import { answerOf, errorText } from './answer.ts';

/** What came back for one attempt: the last message's answer, and every canary in any byte that was not sent by us. */
export type Outcome = {
  readonly answer: string;
  readonly error: string;
  readonly canaries: readonly string[];
};

const CANARY = /CANARY[-\w ]*|\b7731\d{0,4}(?:-\d{4})*|\b1931-\d\d-\d\d|\b771-3\d-\d{4}/gu;

/** Makes an attempt as mallory on a fresh connection. */
export async function make(stand: Stand, attempt: Attempt): Promise<Outcome> {
  const wire = await stand.through('mallory', 'shopdb');
  try {
    const bytes: Buffer[] = [];
    for (const message of attempt.messages) {
      if (!wire.closed()) bytes.push(await wire.query(message));
    }
    const sent = attempt.messages.join('\n');
    const last = bytes.at(-1) ?? Buffer.alloc(0);
    return {
      answer: wire.closed() && last.length === 0 ? 'closed' : answerOf(last),
      error: errorText(last),
      canaries: canariesIn(Buffer.concat(bytes), sent),
    };
  } finally {
    wire.close();
  }
}

/** Canaries in the bytes; what the client wrote itself may come back, in an error or as a constant, and is taken out first. */
export function canariesIn(bytes: Buffer, sent: string): readonly string[] {
  let text = bytes.toString('latin1');
  for (const own of new Set(sent.match(CANARY) ?? [])) text = text.replaceAll(own, '');
  return [...new Set(text.match(CANARY) ?? [])];
}
