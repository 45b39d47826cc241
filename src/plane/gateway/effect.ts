import type { SettingChange, StatementPlan } from '#engines/sql';
import type { Running } from './rows/reading.ts';
import type { Session } from './session.ts';
import { isVirtual, type VirtualSettings } from './virtual.ts';

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
  applySettings(session.virtual, plan, plan.kind === 'execute' ? reading.plan.sets : plan.sets);
  if (plan.kind === 'transaction') {
    if (tag === 'COMMIT') endTransaction(session, 'commit');
    if (tag === 'ROLLBACK' && plan.act !== 'rollback-to') endTransaction(session, 'rollback');
    // Behind a savepoint a transaction cannot be made writable for a moment, so no view can be made.
    if (plan.act === 'savepoint') session.queried = true;
  } else if (plan.kind === 'prepare') session.sqlStatements.set(plan.name, reading);
  else if (plan.kind === 'deallocate') forget(session, plan.name);
  else if (plan.kind === 'declare') session.cursors.set(plan.name, { reading, hold: plan.hold });
  else if (plan.kind === 'close') forgetCursor(session, plan.name);
  else if (plan.kind === 'discard') discard(session, plan.target);
  else if (takesSnapshot(plan)) session.queried = true;
}

/** Whether a transaction can no longer change its mode behind a statement; SHOW of our own settings is a SELECT upstream. */
function takesSnapshot(plan: StatementPlan): boolean {
  if (plan.kind === 'show') return plan.answer === 'gateway';
  return plan.kind !== 'set' && plan.kind !== 'reset' && plan.kind !== 'empty';
}

/** Does to settings what a statement did that succeeded; `sets` are those of set_config() in what it ran. */
export function applySettings(
  virtual: VirtualSettings,
  plan: StatementPlan,
  sets: readonly SettingChange[],
): void {
  for (const change of sets) applySet(virtual, change);
  if (plan.kind === 'set') applySet(virtual, plan.setting);
  else if (plan.kind === 'reset') applyReset(virtual, plan.name);
  else if (plan.kind === 'discard' && plan.target === 'all') virtual.resetAll();
}

/** What set_config() will change when a statement runs; of PREPARE, what its EXECUTE would. */
export function settingsOf(session: Session, plan: StatementPlan): readonly SettingChange[] {
  if (plan.kind === 'prepare') return plan.statement.sets;
  if (plan.kind === 'execute') return session.sqlStatements.get(plan.name)?.plan.sets ?? [];
  return plan.sets;
}

function applySet(virtual: VirtualSettings, { name, value, scope }: SettingChange): void {
  if (isVirtual(name)) virtual.set(name, value, scope);
}

function applyReset(virtual: VirtualSettings, name: string | null): void {
  if (name === null) virtual.resetAll();
  else if (isVirtual(name)) virtual.set(name, null, 'session');
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
  session.portals.clear();
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
}
