import type { Analysis } from './analysis.ts';
import { refusal } from './refusal.ts';
import { eachNode, textsOf } from './tree.ts';
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
  refuseOpaque(a, query);
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

/** A plan of a view or of a function of the source names what is inside, which the subject need not know of. */
function refuseOpaque(a: Analysis, query: Node): void {
  if (a.unrestricted()) return;
  const views = [...a.findings.relations].some((oid) =>
    (a.index.relationByOid(oid)?.kind ?? '').endsWith('view'),
  );
  let calls = false;
  eachNode(query, (tag, inner) => {
    if (tag !== 'FuncCall') return;
    const schema = textsOf(inner['funcname'] as Node[])[0] ?? '';
    if (schema !== 'pg_catalog' && schema !== 'information_schema') calls = true;
  });
  if (!views && !calls) return;
  throw refusal('42501', 'EXPLAIN of views and of functions of the source is refused', {
    hint: 'the plan would name what they read; EXPLAIN queries over tables',
  });
}
