import type { Analysis } from './analysis.ts';
import { refusal } from './refusal.ts';
import type { Inner, Node } from './tree.ts';
import { PLAIN } from './value.ts';
import { OUTERMOST } from './walked.ts';
import type { Walked } from './walked.ts';

const OPTIONS = new Set(
  'analyze verbose costs buffers timing summary format wal generic_plan memory'.split(' '),
);

/**
 * EXPLAIN of a query under no policy. Estimates are made from statistics of rows a subject may not see, and filters show
 * policy, so under one it is refused.
 */
export function explainStatement(a: Analysis, inner: Inner<'ExplainStmt'>): Walked {
  for (const node of inner.options ?? []) checkOption(node);
  const { query } = inner;
  if (query === undefined || !('SelectStmt' in query)) {
    throw refusal('0A000', 'EXPLAIN expected a SELECT');
  }
  a.query(query.SelectStmt, OUTERMOST);
  if (a.findings.governed) {
    throw refusal('42501', 'EXPLAIN is refused where a policy takes part', {
      hint: 'its estimates count rows you are not shown; run the query itself with LIMIT',
    });
  }
  return {
    action: { kind: 'explain' },
    answer: 'upstream',
    outputs: [{ name: 'QUERY PLAN', value: PLAIN }],
  };
}

function checkOption(node: Node): void {
  const name = 'DefElem' in node ? (node.DefElem.defname ?? '') : '';
  if (!OPTIONS.has(name)) throw refusal('0A000', `EXPLAIN option \`${name}\` is not supported`);
}
