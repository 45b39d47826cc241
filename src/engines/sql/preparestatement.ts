import type { Analysis } from './analysis.ts';
import { refusal } from './refusal.ts';
import type { Inner } from './tree.ts';
import { checkType } from './typecheck.ts';
import { requirePlain } from './value.ts';
import { answered, OUTERMOST, sent } from './walked.ts';
import type { Walked } from './walked.ts';

/** PREPARE of a query: rewritten now, and what EXECUTE of its name gives is this plan's columns. */
export function prepareStatement(a: Analysis, inner: Inner<'PrepareStmt'>): Walked {
  const { query, name = '' } = inner;
  if (query === undefined || !('SelectStmt' in query)) {
    throw refusal('25006', 'PREPARE expected a query that reads');
  }
  for (const node of inner.argtypes ?? []) {
    if (!('TypeName' in node)) throw refusal('0A000', 'PREPARE expected types');
    a.seen.add(node.TypeName);
    checkType(a, node.TypeName);
  }
  const outputs = a.query(query.SelectStmt, OUTERMOST);
  return { action: { kind: 'prepare', name }, answer: 'upstream', outputs };
}

/** EXECUTE of a name; whether it is one this session prepared is for the gateway to know. */
export function executeStatement(a: Analysis, inner: Inner<'ExecuteStmt'>): Walked {
  for (const node of inner.params ?? []) requirePlain(a.expression(node, OUTERMOST), 'EXECUTE');
  return sent({ kind: 'execute', name: inner.name ?? '' });
}

/** DEALLOCATE ALL would also drop what the gateway itself prepared, so it is answered name by name. */
export function deallocateStatement(_: Analysis, inner: Inner<'DeallocateStmt'>): Walked {
  const name = inner.isall === true ? null : (inner.name ?? null);
  return name === null
    ? answered({ kind: 'deallocate', name })
    : sent({ kind: 'deallocate', name });
}
