import { hash } from 'node:crypto';
import type { Clock } from '#base/clock';
import { Problem, problemFrom } from '#base/problem';
import { openPull, signedBundleFrom } from '#boundary';
import type { Pull, Verify } from '#boundary';
import { statement, transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import type { Ledger } from '#plane/ledger';
import type { Holder } from './holder.ts';
import { CLOCK_AHEAD_MS_MAX } from './limits.ts';
import { markSent, waitingFacts } from './outbox.ts';
import { limitOf, readRelease } from './release.ts';

const TAKE = statement(import.meta.url, 'sql/take-pull.sql');
const LOCK_HANDED = statement(import.meta.url, 'sql/lock-handed.sql');
const NOTE_HANDED = statement(import.meta.url, 'sql/note-handed.sql');

/** What control is answered with. */
export type PullAnswer = {
  readonly facts: readonly unknown[];
  /** The bundle in force, 0 without one. */
  readonly bundleSerial: number;
};

/** How a plane is asked that makes no connection to control. */
export type Pulled = {
  /** The request in a bearer token, once; throws `unauthenticated` when control did not sign it just now for this plane. */
  admit(token: string): Promise<Pull>;
  /**
   * Notes what control has, takes the bundle it brought, and gives the next facts that may go, each answer a leaf before it is
   * given. Facts stay until a later request says that control has them.
   */
  answer(pull: Pull, bundle: string | null): Promise<PullAnswer>;
};

export type PulledSettings = {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly plane: string;
  readonly clock: Clock;
  readonly verify: Verify;
  readonly holder: Pick<Holder<unknown>, 'give' | 'current'>;
  readonly onFault: (problem: Problem) => void;
};

export function createPulled(settings: PulledSettings): Pulled {
  const { pool, plane, clock, verify, holder, onFault } = settings;
  return {
    async admit(token) {
      const nowMs = clock();
      const pull = openPull(token, { plane, nowMs, verify });
      if (pull.issuedAtMs <= nowMs + CLOCK_AHEAD_MS_MAX) {
        const { rowCount } = await pool.query(TAKE, [pull.issuedAtMs]);
        if (rowCount === 1) return pull;
      }
      throw new Problem('unauthenticated', 'this request of control was answered before');
    },
    async answer(pull, bundle) {
      await noteReceipt(settings, pull);
      if (bundle !== null) {
        // A bundle that will not do keeps no fact back: control hears of both.
        await holder
          .give(signedBundleFrom(Buffer.from(bundle)))
          .catch((thrown: unknown) => onFault(problemFrom(thrown)));
      }
      const facts = await handOut(settings, pull);
      const state = holder.current();
      return { facts, bundleSerial: state.kind === 'none' ? 0 : state.bundle.serial };
    },
  };
}

/** What control says it has, and what it would not take, leaves the queue. */
async function noteReceipt(
  { pool, clock }: PulledSettings,
  { acceptedThrough, refusedThrough }: Pull,
): Promise<void> {
  await transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ handed_through: string }>(LOCK_HANDED);
    const handed = Number(rows[0]?.handed_through ?? 0);
    const said = Math.max(acceptedThrough, refusedThrough);
    if (said > handed) throw foreign(said, handed);
    const nowMs = clock();
    await markSent(tx, acceptedThrough, { nowMs, refused: false });
    if (refusedThrough > acceptedThrough) {
      await markSent(tx, refusedThrough, { nowMs, refused: true });
    }
  });
}

async function handOut({ pool, ledger }: PulledSettings, { factsMax }: Pull) {
  const through = limitOf(await readRelease(pool));
  const facts = await waitingFacts(pool, { through, countMax: factsMax });
  const [first, last] = [facts[0], facts.at(-1)];
  if (first === undefined || last === undefined) return [];
  const texts = facts.map(({ text }) => text);
  await ledger.write({
    kind: 'facts-sent',
    actor: { kind: 'plane' },
    from: first.number,
    through: last.number,
    facts: facts.length,
    digest: hash('sha256', `[${texts.join(',')}]`),
  });
  await pool.query(NOTE_HANDED, [last.number]);
  return texts.map((text) => JSON.parse(text) as unknown);
}

/** Control drops numbers it has; when it has higher ones than we ever gave, this database is another than it heard from before. */
function foreign(said: number, handed: number): Problem {
  return new Problem(
    'conflict',
    `control has facts of this plane up to ${said}, got ${handed} here`,
    {
      hint: 'the plane database was replaced: enrol the plane under a new name, or restore the database',
    },
  );
}
