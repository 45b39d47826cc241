import { Problem } from '#base/problem';
import type { StatementPlan } from '#engines/sql';
import { applySettings, hasEffect, settingsOf } from './effect.ts';
import type { PlanRefusal } from './planning/planning.ts';
import { planReady, recordRefusal } from './ready.ts';
import { SYNTAX_ERROR, splitText } from './split.ts';
import type { Session } from './session.ts';
import { emptyBatch, type Part, partOf } from './statement.ts';
import type { UpstreamWriter } from './upstream/upstreamwriter.ts';
import { sameValues, type VirtualSettings } from './virtual.ts';

/**
 * Plans every statement of a simple query before any is sent. Where one changes what those behind it mean (SET
 * search_path, SET privet.project, ROLLBACK of either), each is planned under the settings that will hold when it runs:
 * they are known, because a statement only runs when all before it succeeded.
 */
export async function planBatch(
  session: Session,
  text: string,
  upstream: UpstreamWriter,
): Promise<readonly Part[] | PlanRefusal> {
  const whole = await planReady(session, { text }, upstream);
  if (whole.kind === 'planned' && holds(session, whole.statements)) {
    const batch = emptyBatch();
    return whole.statements.map((plan) => partOf(session, whole, { plan, batch }));
  }
  if (whole.kind === 'refusal' && !mayHoldLater(whole, text)) return recordRefusal(session, whole);
  // What runs now may still end a transaction, which settings depend on.
  await upstream.settle();
  const pieces = await splitText(session, text);
  if (pieces === null) {
    return whole.kind === 'refusal' ? recordRefusal(session, whole) : tooLong();
  }
  return planPieces(session, pieces, upstream);
}

/** Whether plans made under the settings of now still hold when their turn comes. */
function holds(session: Session, statements: readonly StatementPlan[]): boolean {
  const settings = session.virtual.fork();
  const before = settings.values();
  for (const plan of statements) {
    if (!INDIFFERENT.has(plan.kind) && !sameValues(settings.values(), before)) return false;
    foresee(settings, { plan, sets: settingsOf(session, plan), failed: session.status === 'E' });
  }
  return true;
}

const INDIFFERENT: ReadonlySet<StatementPlan['kind']> = new Set([
  'set',
  'reset',
  'transaction',
  'empty',
]);

const CHANGER = /\b(?:set|set_config|reset|discard|commit|end|rollback|abort|execute)\b[^]*;/iu;

/** Whether a text that is refused now could be accepted statement by statement. */
function mayHoldLater(refusal: PlanRefusal, text: string): boolean {
  return refusal.sqlState !== SYNTAX_ERROR && CHANGER.test(text);
}

function tooLong(): never {
  throw new Problem(
    'unsupported',
    'statements behind a SET that changes their meaning, in a query this long',
    { hint: 'send the SET as a query of its own (with psql: one -c for each)' },
  );
}

type Piece = { readonly text: string; readonly characters: number };

async function planPieces(
  session: Session,
  pieces: readonly Piece[],
  upstream: UpstreamWriter,
): Promise<readonly Part[] | PlanRefusal> {
  const settings = session.virtual.fork();
  const batch = emptyBatch();
  const parts: Part[] = [];
  let failed = session.status === 'E';
  for (const { text, characters } of pieces) {
    const planned = await planReady(session, { text, settings: settings.values() }, upstream);
    if (planned.kind === 'refusal') {
      const position = planned.position === null ? null : planned.position + characters;
      return recordRefusal(session, { ...planned, position });
    }
    const [plan, ...more] = planned.statements;
    if (plan === undefined || more.length > 0) tooLong();
    const part = partOf(session, planned, { plan, batch });
    foresee(settings, { plan, sets: setsOf(part), failed });
    if (endsTransaction(plan)) failed = false;
    parts.push(part);
  }
  return parts;
}

function setsOf({ plan, reading }: Part): StatementPlan['sets'] {
  return plan.kind === 'execute' ? reading.plan.sets : plan.sets;
}

function endsTransaction(plan: StatementPlan): boolean {
  return plan.kind === 'transaction' && (plan.act === 'commit' || plan.act === 'rollback');
}

/** Does to settings what the statement will have done to those of the session when the next one runs. */
function foresee(
  settings: VirtualSettings,
  step: {
    readonly plan: StatementPlan;
    readonly sets: StatementPlan['sets'];
    readonly failed: boolean;
  },
): void {
  const { plan, sets, failed } = step;
  if (hasEffect(plan) || sets.length > 0) applySettings(settings, plan, sets);
  if (plan.kind !== 'transaction') return;
  if (plan.act === 'rollback' || (plan.act === 'commit' && failed)) settings.rollback();
  else if (plan.act === 'commit') settings.commit();
}
