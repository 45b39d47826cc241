import { hash } from 'node:crypto';
import type { Clock } from '#base/clock';
import { Problem } from '#base/problem';
import { statement, transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import type { Turn } from '#platform/process';
import type { Ledger } from '#plane/ledger';
import type { ControlLine } from './control.ts';
import { markSent, waitingFacts } from './outbox.ts';
import type { StoredFact } from './outbox.ts';
import { limitOf, readRelease } from './release.ts';

const LAST_NUMBER = statement(import.meta.url, 'sql/last-number.sql');
const TRY_LOCK = statement(import.meta.url, 'sql/try-lock.sql');
/** Spells "outbox" on a phone keypad: of several plane processes one sends, so that order is kept. */
const LOCK_KEY = 688_269;

export type SenderSettings = {
  readonly pool: Pool;
  readonly ledger: Ledger;
  readonly line: ControlLine;
  readonly clock: Clock;
  readonly onFault: (problem: Problem) => void;
};

/**
 * Makes the turn that sends what waits, oldest first. Each request is written to the ledger before it is made. Facts
 * that control calls invalid are tried one by one, and the one it will not take is set aside instead of blocking all.
 */
export function createSender(settings: SenderSettings): (signal: AbortSignal) => Promise<Turn> {
  let single = false;

  return (signal) =>
    transaction(settings.pool, async (tx) => {
      const { rows } = await tx.query<{ got: boolean }>(TRY_LOCK, [LOCK_KEY]);
      if (rows[0]?.got !== true) return 'wait';
      const through = limitOf(await readRelease(tx));
      const facts = await waitingFacts(tx, { through, countMax: single ? 1 : undefined });
      const last = facts.at(-1);
      if (last === undefined) return 'wait';
      const outcome = await send(settings, facts, signal);
      if (outcome === 'refused' && facts.length > 1) {
        single = true;
        return 'again';
      }
      await markSent(tx, last.number, {
        nowMs: settings.clock(),
        refused: outcome === 'refused',
      });
      single = false;
      return 'again';
    });
}

async function send(
  settings: SenderSettings,
  facts: readonly StoredFact[],
  signal: AbortSignal,
): Promise<'sent' | 'refused'> {
  const texts = facts.map((fact) => fact.text);
  const [from, through] = [facts[0]?.number ?? 0, facts.at(-1)?.number ?? 0];
  await settings.ledger.write({
    kind: 'facts-sent',
    actor: { kind: 'plane' },
    from,
    through,
    facts: facts.length,
    digest: hash('sha256', `[${texts.join(',')}]`),
  });
  try {
    const body = { facts: texts.map((text) => JSON.parse(text) as unknown) };
    const receipt = await settings.line.sendFacts(body, signal);
    await refuseForeignNumbers(settings.pool, receipt.acceptedThrough);
    if (receipt.acceptedThrough >= through) return 'sent';
    throw new Problem('unavailable', 'control took fewer facts than it was sent');
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code !== 'invalid') throw cause;
    settings.onFault(
      new Problem('invalid', `control refused facts ${from} to ${through}`, { cause }),
    );
    return 'refused';
  }
}

/**
 * Control drops numbers it has already taken. When it has taken higher ones than we ever gave, our database is another
 * than the one it heard from before, and it would drop everything we say.
 */
async function refuseForeignNumbers(pool: Pool, acceptedThrough: number): Promise<void> {
  const { rows } = await pool.query<{ fact_number: string }>(LAST_NUMBER);
  const last = Number(rows[0]?.fact_number ?? 0);
  if (acceptedThrough <= last) return;
  throw new Problem(
    'conflict',
    `control has facts of this plane up to ${acceptedThrough}, got ${last} here`,
    {
      hint: 'the plane database was replaced: enrol the plane under a new name, or restore the database',
    },
  );
}
