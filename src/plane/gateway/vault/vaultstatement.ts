import { Problem } from '#base/problem';
import type { StatementPlan } from '#engines/sql';
import { microsNow } from '../audit.ts';
import type { VaultRun, VaultServed, VaultStatement } from '../port.ts';
import { refusing } from '../refusal.ts';
import { sqlState } from '../sqlstate.ts';
import { closePortals } from './vaultheld.ts';
import { requireAskable, understood, type VaultSession } from './vaultsession.ts';
import { isTold } from './vaultsettings.ts';

type Asked = Pick<VaultRun, 'parameterTypes' | 'bound'>;

/** No parameters, and results as texts. */
const UNBOUND = { parameters: new Uint8Array(4), resultFormats: [] } as const;
export const NOTHING_BOUND: Asked = { parameterTypes: [], bound: UNBOUND };

/** Whether a statement has rows, as far as a vault answers it. */
export function hasRows({ kind }: StatementPlan): boolean {
  return kind === 'query' || kind === 'show';
}

/**
 * Does what a statement says: rows come from the vault, everything else is a matter of this session, for nothing is
 * written. Throws for what a vault does not do.
 */
export async function perform(
  session: VaultSession,
  statement: VaultStatement,
  asked: Asked,
): Promise<VaultServed> {
  const { plan } = statement;
  if (session.status === 'E' && !endsTransaction(plan)) {
    throw refusing(
      sqlState.failedTransaction,
      new Problem(
        'invalid',
        'current transaction is aborted, commands ignored until the end of it',
      ),
    );
  }
  if (plan.kind === 'show' && plan.answer === 'gateway') return shown(plan);
  if (hasRows(plan)) {
    const served = await ask(session, statement, asked);
    session.settings.apply(plan);
    return served;
  }
  return done(await tagOf(session, statement));
}

/** What the rows of a statement will be, and which parameters it takes. */
export async function describe(
  session: VaultSession,
  statement: VaultStatement,
  parameterTypes: readonly number[],
): Promise<VaultServed> {
  const { plan } = statement;
  if (plan.kind === 'show' && plan.answer === 'gateway') return { ...shown(plan), rows: [] };
  if (!hasRows(plan)) return done('');
  return ask(session, statement, { parameterTypes, bound: null });
}

async function ask(
  session: VaultSession,
  statement: VaultStatement,
  asked: Asked,
): Promise<VaultServed> {
  const abort = new AbortController();
  session.running = { abort, startedMicros: microsNow() };
  try {
    const settings = session.settings.told();
    return await statement.run({ ...asked, settings, signal: abort.signal });
  } catch (thrown) {
    if (!abort.signal.aborted) throw thrown;
    const problem = new Problem('unavailable', 'canceling statement due to user request');
    throw refusing(sqlState.cancelled, problem);
  } finally {
    session.running = null;
  }
}

function done(tag: string): VaultServed {
  return { parameterTypes: [], fields: null, rows: [], tag };
}

const TEXT_OID = 25;

function shown({ name, value }: Extract<StatementPlan, { kind: 'show' }>): VaultServed {
  const cell = Buffer.from(value ?? '', 'utf8');
  const row = Buffer.alloc(6 + cell.length);
  row.writeInt16BE(1, 0);
  row.writeInt32BE(cell.length, 2);
  row.set(cell, 6);
  const common = { relation: 0, attnum: 0, typeSize: -1, typeModifier: -1, format: 0 };
  const fields = [{ name, type: TEXT_OID, ...common }];
  return { parameterTypes: [], fields, rows: [row], tag: 'SHOW' };
}

async function tagOf(session: VaultSession, { plan }: VaultStatement): Promise<string> {
  if (plan.kind === 'empty') return '';
  if (plan.kind === 'transaction') return transact(session, plan);
  if (plan.kind === 'deallocate') return deallocated(session, plan.name);
  if (plan.kind === 'set') await requireAskable(session, plan.setting);
  if (plan.kind === 'set' && isTold(plan.setting)) await tried(session, plan);
  else if (!SETTING.has(plan.kind)) {
    throw new Problem('unsupported', `${plan.kind} is not supported at a vault`, {
      hint: 'a vault answers SELECT',
    });
  } else session.settings.apply(plan);
  if (plan.kind !== 'discard') return plan.kind.toUpperCase();
  if (plan.target === 'all') session.statements.clear();
  return `DISCARD ${plan.target.toUpperCase()}`;
}

const SETTING: ReadonlySet<StatementPlan['kind']> = new Set(['set', 'reset', 'discard']);

/** A format or a time zone is believed when the engine takes it. */
async function tried(
  session: VaultSession,
  plan: Extract<StatementPlan, { kind: 'set' }>,
): Promise<void> {
  const [probe] = await understood(session, 'SELECT 1');
  const before = session.settings.told();
  const { name, value } = plan.setting;
  const told = [...before.filter(([one]) => one !== name), [name, value ?? ''] as const];
  const { signal } = new AbortController();
  await probe?.run({ ...NOTHING_BOUND, settings: told, signal });
  session.settings.apply(plan);
}

function deallocated(session: VaultSession, name: string | null): string {
  if (name === null) {
    session.statements.clear();
    return 'DEALLOCATE ALL';
  }
  if (session.statements.delete(name)) return 'DEALLOCATE';
  const problem = new Problem('not-found', `prepared statement \`${name}\` does not exist`);
  throw refusing(sqlState.noSuchStatement, problem);
}

function endsTransaction(plan: StatementPlan): boolean {
  return plan.kind === 'transaction' && (plan.act === 'commit' || plan.act === 'rollback');
}

/** Nothing is written and each statement stands alone, so a transaction is only what undoes settings. */
function transact(
  session: VaultSession,
  { act, chain }: Extract<StatementPlan, { kind: 'transaction' }>,
): string {
  if (act === 'set') return 'SET';
  if (act === 'begin') {
    if (session.status === 'I') session.settings.begin();
    session.status = 'T';
    return 'BEGIN';
  }
  if (act !== 'commit' && act !== 'rollback') {
    throw new Problem('unsupported', 'savepoints are not supported at a vault', {
      hint: 'nothing is written there that could be undone',
    });
  }
  const undone = act === 'rollback' || session.status === 'E';
  if (undone) session.settings.rollback();
  else session.settings.commit();
  session.status = chain && session.status !== 'I' ? 'T' : 'I';
  closePortals(session);
  return undone ? 'ROLLBACK' : 'COMMIT';
}
