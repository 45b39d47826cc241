import type { SettingChange, StatementPlan } from '#engines/sql';
import type { Running } from './reading.ts';
import type { Session } from './session.ts';
import { isVirtual } from './virtual.ts';

const EFFECTS: ReadonlySet<StatementPlan['kind']> = new Set([
  'transaction',
  'prepare',
  'deallocate',
  'declare',
  'close',
  'discard',
]);

/** Statements that change what later ones mean: nothing is planned while one of them is on its way. */
export function hasEffect(plan: StatementPlan): boolean {
  if (plan.kind === 'set' || plan.kind === 'reset') return plan.answer === 'gateway';
  return EFFECTS.has(plan.kind) || plan.sets.length > 0;
}

/** Does in the gateway what the source has just done: called when a statement's CommandComplete arrives. */
export function applyEffect(session: Session, running: Running, tag: string): void {
  const { plan, reading } = running;
  for (const change of reading.plan.sets) applySet(session, change);
  if (plan.kind === 'set' && plan.answer === 'gateway') applySet(session, plan.setting);
  else if (plan.kind === 'reset') applyReset(session, plan.name);
  else if (plan.kind === 'transaction') {
    if (tag === 'COMMIT') endTransaction(session, 'commit');
    if (tag === 'ROLLBACK' && plan.act !== 'rollback-to') endTransaction(session, 'rollback');
  } else if (plan.kind === 'prepare') session.sqlStatements.set(plan.name, reading);
  else if (plan.kind === 'deallocate') forget(session, plan.name);
  else if (plan.kind === 'declare') session.cursors.set(plan.name, { reading, hold: plan.hold });
  else if (plan.kind === 'close') forgetCursor(session, plan.name);
  else if (plan.kind === 'discard') discard(session, plan.target);
  else if (plan.kind !== 'show' && plan.kind !== 'empty') session.queried = true;
}

function applySet(session: Session, { name, value, scope }: SettingChange): void {
  if (isVirtual(name)) session.virtual.set(name, value, scope);
}

function applyReset(session: Session, name: string | null): void {
  if (name === null) session.virtual.resetAll();
  else if (isVirtual(name)) session.virtual.set(name, null, 'session');
}

function forgetCursor(session: Session, name: string | null): void {
  if (name === null) session.cursors.clear();
  else session.cursors.delete(name);
}

/** A transaction ended inside a batch; the ReadyForQuery that follows may find another one open. */
export function endTransaction(session: Session, verdict: 'commit' | 'rollback'): void {
  session.queried = false;
  if (verdict === 'commit') session.virtual.commit();
  else session.virtual.rollback();
  for (const name of session.tentative) {
    if (verdict === 'rollback') session.barriers.delete(name);
  }
  session.tentative.clear();
  for (const [name, cursor] of session.cursors) {
    if (!cursor.hold || verdict === 'rollback') session.cursors.delete(name);
  }
}

function forget(session: Session, name: string | null): void {
  if (name === null) {
    session.sqlStatements.clear();
    session.statements.clear();
    return;
  }
  if (!session.sqlStatements.delete(name)) session.statements.delete(name);
}

function discard(session: Session, target: 'all' | 'plans' | 'sequences' | 'temp'): void {
  if (target === 'temp' || target === 'all') {
    session.barriers.clear();
    session.tentative.clear();
  }
  if (target !== 'all') return;
  forget(session, null);
  session.cursors.clear();
  session.portals.clear();
  session.virtual.resetAll();
}
