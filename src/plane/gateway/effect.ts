import type { StatementPlan } from '#engines/sql';
import type { Running } from './reading.ts';
import type { Session } from './session.ts';
import { isVirtual } from './virtual.ts';

/** Statements that change what later ones mean: nothing is planned while one of them is on its way. */
export function hasEffect(plan: StatementPlan): boolean {
  switch (plan.kind) {
    case 'set':
    case 'reset':
      return plan.answer === 'gateway';
    case 'transaction':
    case 'prepare':
    case 'deallocate':
    case 'declare':
    case 'close':
    case 'discard':
      return true;
    case 'query':
    case 'copy-out':
    case 'explain':
    case 'lock':
    case 'show':
    case 'execute':
    case 'fetch':
    case 'empty':
      return false;
  }
}

/** Does in the gateway what the source has just done: called when a statement's CommandComplete arrives. */
export function applyEffect(session: Session, running: Running, tag: string): void {
  const { plan } = running;
  switch (plan.kind) {
    case 'set':
      if (plan.answer === 'gateway' && isVirtual(plan.setting.name)) {
        session.virtual.set(plan.setting.name, plan.setting.value, plan.setting.scope);
      }
      return;
    case 'reset':
      if (plan.name === null) session.virtual.resetAll();
      else if (isVirtual(plan.name)) session.virtual.set(plan.name, null, 'session');
      return;
    case 'transaction':
      if (tag === 'COMMIT') endTransaction(session, 'commit');
      if (tag === 'ROLLBACK' && plan.act !== 'rollback-to') endTransaction(session, 'rollback');
      return;
    case 'prepare':
      session.sqlStatements.set(plan.name, {
        text: null,
        searchPath: '',
        reading: running.reading,
      });
      return;
    case 'deallocate':
      forget(session, plan.name);
      return;
    case 'declare':
      session.cursors.set(plan.name, {
        text: null,
        searchPath: '',
        reading: running.reading,
        hold: plan.hold,
      });
      return;
    case 'close':
      if (plan.name === null) session.cursors.clear();
      else session.cursors.delete(plan.name);
      return;
    case 'discard':
      discard(session, plan.target);
      return;
    default:
      if (plan.kind !== 'show' && plan.kind !== 'empty') session.queried = true;
  }
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
