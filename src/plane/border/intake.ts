import { hash } from 'node:crypto';
import type { Clock } from '#base/clock';
import { Problem, problemFrom } from '#base/problem';
import { openBundle } from '#boundary';
import type { Act, Bundle, SignedBundle, Verify } from '#boundary';
import { statement, transaction } from '#platform/db';
import type { Pool, Queryable } from '#platform/db';
import type { Ledger, LeafBody } from '#plane/ledger';
import type { Held } from './freshness.ts';
import { CLOCK_AHEAD_MS_MAX } from './limits.ts';

const STATE = statement(import.meta.url, 'sql/state.sql');
const LOCK_STATE = statement(import.meta.url, 'sql/lock-state.sql');
const ADVANCE = statement(import.meta.url, 'sql/advance.sql');

/** Act leaves appended at once while the state row is locked. */
const ACTS_PER_APPEND = 1_000;

export type IntakeSettings<P> = {
  readonly pool: Pool;
  readonly ledger: Ledger;
  readonly plane: string;
  readonly clock: Clock;
  readonly verify: Verify;
  /** Makes a bundle ready for decisions; what it throws refuses the bundle. */
  readonly prepare: (bundle: Bundle) => P;
  /** Keeps the signed form; called before the database says that the bundle was taken. */
  readonly keep: (signed: SignedBundle) => Promise<void>;
};

/** How far this plane's database has come. */
export type BorderState = { readonly bundleSerial: number; readonly actsThrough: number };

type StateRow = { readonly bundle_serial: string; readonly acts_through: string };
type Refusal = Extract<LeafBody, { kind: 'bundle-refused' }>['reason'];

export async function readState(db: Queryable, sql = STATE): Promise<BorderState> {
  const { rows } = await db.query<StateRow>(sql);
  const row = rows[0];
  if (row === undefined) throw new Problem('corrupt', 'border.state expected one row, got none');
  return { bundleSerial: Number(row.bundle_serial), actsThrough: Number(row.acts_through) };
}

/**
 * Opens a signed bundle for this plane and checks it against what the plane has seen: its own name, a serial that is
 * not lower than any it took, a date that is not ahead. Throws the reason; writes a leaf about it, once a payload.
 */
export function createIntake<P>(settings: IntakeSettings<P>) {
  const refused = new Set<string>();

  async function refuse(
    reason: Refusal,
    about: { digest: string; cause: unknown },
  ): Promise<never> {
    const { digest, cause } = about;
    if (!refused.has(digest)) {
      // Somebody who floods a plane with bad bundles should not fill its memory.
      if (refused.size >= 1_000) refused.clear();
      refused.add(digest);
      await settings.ledger.write({
        kind: 'bundle-refused',
        actor: { kind: 'control' },
        serial: null,
        digest,
        reason,
      });
    }
    throw problemFrom(cause);
  }

  function open(signed: SignedBundle): { held: Held<P> } | { reason: Refusal; cause: unknown } {
    const digest = hash('sha256', signed.payload);
    let bundle: Bundle;
    try {
      bundle = openBundle(signed, settings.verify);
    } catch (cause) {
      const unsigned = cause instanceof Problem && cause.code === 'unauthenticated';
      return { reason: unsigned ? 'signature' : 'format', cause };
    }
    const wrong = misfit(bundle, settings);
    if (wrong !== null) return wrong;
    try {
      return { held: { bundle, digest, prepared: settings.prepare(bundle) } };
    } catch (cause) {
      return { reason: 'policy', cause };
    }
  }

  /** The bundle, taken: in force once this resolves, in the ledger with its acts if it is newer than any before. */
  return async function take(signed: SignedBundle): Promise<Held<P>> {
    const digest = hash('sha256', signed.payload);
    const opened = open(signed);
    if ('reason' in opened) return refuse(opened.reason, { digest, cause: opened.cause });
    const { held } = opened;
    const state = await readState(settings.pool);
    if (held.bundle.serial < state.bundleSerial) {
      const cause = new Problem(
        'conflict',
        `bundle expected serial ${state.bundleSerial} or higher, got ${held.bundle.serial}`,
      );
      return refuse('serial', { digest, cause });
    }
    // The file first: a crash in between takes the same bundle again, the other order would lose it.
    await settings.keep(signed);
    await record(settings, held, signed.kid);
    return held;
  };
}

function misfit(
  bundle: Bundle,
  settings: { readonly plane: string; readonly clock: Clock },
): { reason: Refusal; cause: Problem } | null {
  if (bundle.plane !== settings.plane) {
    const cause = new Problem('denied', 'bundle expected this plane’s name, got another');
    return { reason: 'plane', cause };
  }
  if (bundle.issuedAtMs > settings.clock() + CLOCK_AHEAD_MS_MAX) {
    const cause = new Problem('denied', 'bundle is dated in the future', {
      hint: 'compare the clocks of control plane and data plane',
    });
    return { reason: 'clock', cause };
  }
  return null;
}

/** Writes that the bundle was taken, and each of its acts that is not in the ledger yet; nothing when it was before. */
function record<P>(settings: IntakeSettings<P>, held: Held<P>, kid: string): Promise<void> {
  const { bundle, digest } = held;
  return transaction(settings.pool, async (tx) => {
    const state = await readState(tx, LOCK_STATE);
    if (bundle.serial <= state.bundleSerial) return;
    const acts = bundle.acts.filter((act) => act.number > state.actsThrough);
    const leaves = [
      accepted(bundle, { kid, digest }),
      ...missing(acts, state.actsThrough, bundle.serial),
      ...acts.map((act) => actLeaf(act, bundle.serial)),
    ];
    for (let i = 0; i < leaves.length; i += ACTS_PER_APPEND) {
      await settings.ledger.appendAll(tx, leaves.slice(i, i + ACTS_PER_APPEND));
    }
    const actsThrough = acts.at(-1)?.number ?? state.actsThrough;
    await tx.query(ADVANCE, [bundle.serial, actsThrough]);
  });
}

function accepted(bundle: Bundle, signed: { kid: string; digest: string }): LeafBody {
  const { serial, issuedAtMs, expiresAtMs } = bundle;
  const actor = { kind: 'control' } as const;
  return { kind: 'bundle-accepted', actor, serial, ...signed, issuedAtMs, expiresAtMs };
}

function missing(acts: readonly Act[], through: number, bundleSerial: number): readonly LeafBody[] {
  let next = through + 1;
  const gaps: LeafBody[] = [];
  for (const act of acts) {
    if (act.number > next) {
      const actor = { kind: 'plane' } as const;
      gaps.push({ kind: 'acts-missing', actor, from: next, through: act.number - 1, bundleSerial });
    }
    next = act.number + 1;
  }
  return gaps;
}

function actLeaf(act: Act, bundleSerial: number): LeafBody {
  const { number, timeMs: actedAtMs, action, target, after } = act;
  const actor =
    act.actor === null
      ? ({ kind: 'control' } as const)
      : ({ kind: 'subject', id: act.actor } as const);
  const kind = action.startsWith('policy-') ? 'policy-change' : 'admin-act';
  return { kind, actor, number, actedAtMs, action, target, after, bundleSerial };
}
