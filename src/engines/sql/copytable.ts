import { refuseOthers } from './copystatement.ts';
import type { Statement } from './parser.ts';
import { quoteName, quoteQualified } from './quote.ts';
import { refusal } from './refusal.ts';
import { candidateSchemas } from './searchpath.ts';
import { relationSpan } from './span.ts';
import { splice } from './splice.ts';
import { closingIndex, tokenIndexAt } from './token.ts';
import { textsOf } from './tree.ts';
import type { Inner } from './tree.ts';
import type { Source, Surroundings } from './walk.ts';

/**
 * `COPY t (a, b) TO …` as `COPY (SELECT a, b FROM ONLY t) TO …`: of a plain table COPY takes no rows of children
 * (PostgreSQL manual, COPY). Throws for a table the subject does not know of.
 */
export function desugarCopy(statement: Statement, source: Source, around: Surroundings): string {
  const inner = 'CopyStmt' in statement.tree ? statement.tree.CopyStmt : undefined;
  const name = inner?.relation;
  if (inner === undefined || name === undefined) throw refusal('XX000', 'COPY expected a table');
  refuseOthers(inner);
  const relation = named(name, around);
  const columns = textsOf(inner.attlist).map((column) => quoteName(column ?? ''));
  const only = relation.kind === 'table' ? 'ONLY ' : '';
  const from = quoteQualified(relation.schema, relation.name);
  const query = `(SELECT ${columns.length === 0 ? '*' : columns.join(', ')} FROM ${only}${from})`;
  const { tokens, bytes } = source;
  const { whole } = relationSpan(tokens, bytes, { inner: name, sample: null });
  const end = columns.length === 0 ? whole.end : closingEnd(source, whole.end);
  const edit = { start: whole.start, end, text: query };
  return splice(bytes, [edit], { start: statement.start, end: statement.end });
}

function closingEnd({ tokens }: Source, after: number): number {
  const close = tokens[closingIndex(tokens, tokenIndexAt(tokens, after))];
  if (close === undefined)
    throw refusal('XX000', 'COPY expected its columns where the parser saw them');
  return close.end;
}

function named(name: Inner<'RangeVar'>, around: Surroundings) {
  for (const schema of candidateSchemas(around.session, name.schemaname)) {
    const relation = around.index.relation(schema, name.relname ?? '');
    if (relation !== undefined && around.grants.of(relation) !== null) return relation;
  }
  throw refusal('42P01', `relation \`${name.relname ?? ''}\` does not exist`, {
    hint: 'or it is not shared with you: `\\dn` and `\\dt schema.*` list what is',
    offset: name.location,
  });
}
