import type { Analysis } from './analysis.ts';
import type { StatementAction } from './plan.ts';
import { refusal } from './refusal.ts';
import type { Inner, Node } from './tree.ts';
import { sent } from './walked.ts';
import type { Walked } from './walked.ts';

type Act = Extract<StatementAction, { kind: 'transaction' }>['act'];

const ACTS: ReadonlyMap<string, Act> = new Map<string, Act>([
  ['TRANS_STMT_BEGIN', 'begin'],
  ['TRANS_STMT_START', 'begin'],
  ['TRANS_STMT_COMMIT', 'commit'],
  ['TRANS_STMT_ROLLBACK', 'rollback'],
  ['TRANS_STMT_SAVEPOINT', 'savepoint'],
  ['TRANS_STMT_RELEASE', 'release'],
  ['TRANS_STMT_ROLLBACK_TO', 'rollback-to'],
]);

/** BEGIN, COMMIT, ROLLBACK and savepoints; no two-phase commit, and no READ WRITE. */
export function transactionStatement(a: Analysis, inner: Inner<'TransactionStmt'>): Walked {
  const act = ACTS.get(inner.kind ?? '');
  if (act === undefined) throw refusal('0A000', 'two-phase commit is not supported');
  return sent({
    kind: 'transaction',
    act,
    name: inner.savepoint_name ?? null,
    chain: inner.chain === true,
    readOnly: transactionModes(a, inner.options),
  });
}

const MODES = new Set(['transaction_isolation', 'transaction_read_only', 'transaction_deferrable']);

/** Checks transaction modes; true when READ ONLY is among them. Throws 25006 for READ WRITE. */
export function transactionModes(a: Analysis, options: readonly Node[] | undefined): boolean {
  let readOnly = false;
  for (const node of options ?? []) {
    if (!('DefElem' in node) || !MODES.has(node.DefElem.defname ?? '')) {
      throw refusal('0A000', 'transaction mode is not supported');
    }
    const { defname, arg } = node.DefElem;
    if (arg === undefined || !('A_Const' in arg))
      throw refusal('0A000', 'transaction mode is not supported');
    a.seen.add(arg.A_Const);
    if (defname !== 'transaction_read_only') continue;
    if (arg.A_Const.ival?.ival !== 1) {
      throw refusal('25006', 'READ WRITE is refused: the gateway is read-only by default', {
        hint: 'the setting `gateway.writes` of the gateway says who may write',
      });
    }
    readOnly = true;
  }
  return readOnly;
}
