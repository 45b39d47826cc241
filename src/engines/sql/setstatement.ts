import type { Analysis } from './analysis.ts';
import type { StatementAction } from './plan.ts';
import { quoteName } from './quote.ts';
import { refusal } from './refusal.ts';
import { settingChange } from './settingchange.ts';
import { shownSetting } from './settingvalue.ts';
import { transactionModes } from './transactionstatement.ts';
import type { Inner, Node } from './tree.ts';
import { PLAIN } from './value.ts';
import { answered, sent } from './walked.ts';
import type { Walked } from './walked.ts';

/** SET and RESET of what a client may change; settings the gateway keeps itself are never sent. */
export function setStatement(a: Analysis, inner: Inner<'VariableSetStmt'>): Walked {
  const name = inner.name ?? '';
  if (inner.kind === 'VAR_RESET_ALL') return answered({ kind: 'reset', name: null });
  if (inner.kind === 'VAR_SET_MULTI') return transactionSettings(a, inner);
  const scope = inner.is_local === true ? 'local' : 'session';
  const value = inner.kind === 'VAR_SET_VALUE' ? valueOf(a, inner) : null;
  const change = settingChange({ name, value, scope });
  if (inner.kind === 'VAR_RESET') {
    return change.answer === 'upstream'
      ? sent({ kind: 'reset', name: change.setting.name })
      : answered({ kind: 'reset', name: change.setting.name });
  }
  const action = { kind: 'set', setting: change.setting } as const;
  return change.answer === 'upstream' ? sent(action) : answered(action);
}

/** SET TRANSACTION and SET SESSION CHARACTERISTICS take transaction modes. */
function transactionSettings(a: Analysis, inner: Inner<'VariableSetStmt'>): Walked {
  if (inner.name !== 'TRANSACTION' && inner.name !== 'SESSION CHARACTERISTICS') {
    throw refusal('0A000', 'SET TRANSACTION SNAPSHOT is not supported');
  }
  const readOnly = transactionModes(a, inner.args);
  return sent({ kind: 'transaction', act: 'set', name: null, chain: false, readOnly });
}

/** The value as one text: names of a list are quoted, so that it can be taken apart again. */
function valueOf(a: Analysis, inner: Inner<'VariableSetStmt'>): string {
  const args = inner.args ?? [];
  const texts = args.map((node) => argumentText(a, node));
  if (inner.name !== 'search_path') return texts.join(', ');
  return texts.map((text) => (text === '' ? '""' : quoteName(text))).join(', ');
}

function argumentText(a: Analysis, node: Node): string {
  if (!('A_Const' in node)) {
    throw refusal('0A000', 'SET expected constants', {
      hint: "write the value as a string: SET timezone = 'UTC'",
    });
  }
  const constant = node.A_Const;
  a.seen.add(constant);
  if (constant.sval !== undefined) return constant.sval.sval ?? '';
  if (constant.ival !== undefined) return String(constant.ival.ival ?? 0);
  if (constant.fval !== undefined) return constant.fval.fval ?? '';
  throw refusal('0A000', 'SET expected a text or a number');
}

/** SHOW of one setting; SHOW ALL would list the gateway's own. */
export function showStatement(a: Analysis, inner: Inner<'VariableShowStmt'>): Walked {
  const name = (inner.name ?? '').toLowerCase();
  if (name === 'all') {
    throw refusal('0A000', 'SHOW ALL is not supported', {
      hint: 'SHOW one setting, or select from pg_settings',
    });
  }
  const value = shownSetting(a.session, name);
  const outputs = [{ name, value: PLAIN }];
  if (value === 'upstream') {
    return { action: { kind: 'show', name, value: null }, answer: 'upstream', outputs };
  }
  return { action: { kind: 'show', name, value: value ?? '' }, answer: 'gateway', outputs };
}

type Target = Extract<StatementAction, { kind: 'discard' }>['target'];
const TARGETS: ReadonlyMap<string, Target> = new Map<string, Target>([
  ['DISCARD_ALL', 'all'],
  ['DISCARD_PLANS', 'plans'],
  ['DISCARD_SEQUENCES', 'sequences'],
  ['DISCARD_TEMP', 'temp'],
]);

/** DISCARD is done by the gateway: upstream it would drop the gateway's own views and settings. */
export function discardStatement(_: Analysis, inner: Inner<'DiscardStmt'>): Walked {
  const target = TARGETS.get(inner.target ?? 'DISCARD_ALL');
  if (target === undefined) throw refusal('0A000', 'DISCARD of that kind is not supported');
  return answered({ kind: 'discard', target });
}
