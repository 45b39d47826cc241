import type { Analysis, Findings } from './analysis.ts';
import type { CatalogIndex } from './catalogindex.ts';
import { expressionValue } from './expression.ts';
import type { Grants } from './grants.ts';
import { parse } from './parser.ts';
import type { PlanSession } from './plan.ts';
import { refusal } from './refusal.ts';
import { queryOutputs } from './select.ts';
import { splice } from './splice.ts';
import type { Part } from './splice.ts';
import type { Compiler } from './substitute.ts';
import type { Token } from './token.ts';
import { equalTrees } from './tree.ts';
import type { Node } from './tree.ts';

/** A text as it is walked: its bytes and tokens. */
export type Source = { readonly bytes: Uint8Array; readonly tokens: readonly Token[] };

/** Whose names and rights a walk goes by. */
export type Surroundings = {
  readonly index: CatalogIndex;
  readonly session: PlanSession;
  readonly compiler: Compiler;
  readonly grants: Grants;
};

/** The state of a walk that has not begun. */
export function newAnalysis(source: Source, around: Surroundings): Analysis {
  const { index, session, compiler, grants } = around;
  const analysis: Analysis = {
    ...source,
    index,
    session,
    compiler,
    edits: [],
    later: [],
    seen: new Set(),
    resolved: new Map(),
    subqueries: new Map(),
    findings: noFindings(),
    grant: grants.of,
    grants: grants.all,
    unrestricted: grants.unrestricted,
    expression: (node, frame) => expressionValue(analysis, node, frame),
    query: (select, frame) => queryOutputs(analysis, select, frame),
  };
  return analysis;
}

function noFindings(): Findings {
  return {
    relations: new Set(),
    barriers: new Map(),
    guards: new Map(),
    sets: [],
    governed: false,
    parameters: 0,
  };
}

/** Throws `internal` when a node was never looked at: then nobody decided that it is harmless. */
export function requireSeen(a: Analysis, known: readonly object[]): void {
  if (known.every((inner) => a.seen.has(inner))) return;
  throw refusal('0A000', 'a part of the statement is not understood', {
    hint: 'the gateway refuses what it does not understand',
  });
}

/**
 * The rewritten text of a part, proven: parsed again it must be the tree as it was changed, in every node. Throws
 * `internal` otherwise, so that a slip in splicing can never run.
 */
export function rewrittenText(a: Analysis, tree: Node, part: Part): string {
  for (const write of a.later) write();
  const text = splice(a.bytes, a.edits, part);
  if (a.edits.length === 0) return text;
  const again = parse(text, 0);
  if (again.length !== 1 || !equalTrees(again[0]?.tree, tree)) {
    throw refusal('XX000', 'the rewritten statement is not the one that was checked', {
      hint: 'this is a defect of the gateway: please report the shape of the statement',
    });
  }
  return text;
}
