import { hash } from 'node:crypto';
import { finding, FINDINGS_MAX, NOTHING, Unreadable } from './finding.ts';
import type { Finding, Report } from './finding.ts';
import type { Leaf } from './log.ts';

/** A fact as it lies in the customer's outbox, byte for byte. */
export type Fact = { readonly number: number; readonly text: string; readonly sent: boolean };

/** Reads what `privet outbox export` gives: a line of JSON a fact. Throws `Unreadable`. */
export function readOutbox(text: string): readonly Fact[] {
  const facts = linesOf(text).map((line) => {
    const { number, text: body, sentAtMs } = line as Readonly<Record<string, unknown>>;
    if (typeof number !== 'number' || typeof body !== 'string') {
      throw new Unreadable('the outbox holds something that is no fact');
    }
    return { number, text: body, sent: typeof sentAtMs === 'number' };
  });
  return facts.toSorted((left, right) => left.number - right.number);
}

function linesOf(text: string): readonly unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  try {
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch {
    throw new Unreadable('the outbox expected a line of JSON a fact');
  }
}

export type OutboxCheck = { see(leaf: Leaf): void; report(): Report };

type Sending = {
  readonly index: number;
  readonly from: number;
  readonly through: number;
  readonly digest: string;
};

/** Holds each leaf `facts-sent` against the bytes in the outbox, and each fact that was sent against the leaves. */
export function checkOutbox(facts: readonly Fact[] | null): OutboxCheck {
  const sendings: Sending[] = [];
  return {
    see({ index, body }) {
      if (body.kind !== 'facts-sent') return;
      const { from, through, digest } = body;
      sendings.push({
        index,
        from: Number(from),
        through: Number(through),
        digest: String(digest),
      });
    },
    report() {
      if (facts === null) {
        const what = `${sendings.length} leaves say that facts went to control; what was in them was not checked (--outbox)`;
        return { ...NOTHING, unchecked: [what] };
      }
      return compare(facts, sendings);
    },
  };
}

function compare(facts: readonly Fact[], sendings: readonly Sending[]): Report {
  const byNumber = new Map(facts.map((fact) => [fact.number, fact.text]));
  const first = facts[0]?.number ?? Infinity;
  const last = facts.at(-1)?.number ?? -Infinity;
  const findings: Finding[] = [];
  const note = (where: string, what: string) => {
    if (findings.length < FINDINGS_MAX) findings.push(finding(where, what));
  };
  const told = new Set<number>();
  let [elsewhere, matched, bytes] = [0, 0, 0];
  for (const { index, from, through, digest } of sendings) {
    for (let number = from; number <= through; number++) told.add(number);
    if (from < first || through > last) {
      elsewhere++;
      continue;
    }
    const texts = Array.from({ length: through - from + 1 }, (_, i) => byNumber.get(from + i));
    const body = `[${texts.join(',')}]`;
    if (texts.includes(undefined))
      note(`leaf ${index}`, `facts ${from} to ${through} were sent and are not all in the outbox`);
    else if (hash('sha256', body) !== digest)
      note(`leaf ${index}`, `facts ${from} to ${through} in the outbox are not what was sent`);
    else {
      matched++;
      bytes += Buffer.byteLength(body);
    }
  }
  for (const { number, sent } of facts) {
    if (sent && !told.has(number)) note(`fact ${number}`, 'it was sent, and no leaf says so');
  }
  const proved = [
    `${matched} times facts went to control: ${bytes} bytes, each as it lies in the outbox`,
  ];
  const unchecked =
    elsewhere > 0 ? [`${elsewhere} times facts went that are older or newer than this outbox`] : [];
  return { proved: findings.length === 0 ? proved : [], unchecked, findings };
}
