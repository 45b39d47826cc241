import { Problem, problemFrom } from '#base/problem';

import { rulesNeeded } from './access.ts';
import { assemble } from './assemble.ts';
import type { Catalog } from './catalog.ts';
import { indexCatalog } from './catalogindex.ts';
import type { CatalogIndex } from './catalogindex.ts';
import { desugarCopy } from './copytable.ts';
import { fragmentCompiler } from './fragment.ts';
import { grantsOf } from './grants.ts';
import { knownNodes } from './grammar.ts';
import { checkLexemes } from './lexeme.ts';
import { checkShape, checkSize, STATEMENTS_MAX } from './limit.ts';
import { fingerprintOf, normalizedText } from './normal.ts';
import { isBroken, parse } from './parser.ts';
import type { Statement } from './parser.ts';
import type { Planner, PlanResult, PlanSession, StatementPlan } from './plan.ts';
import { neededRelations, refusal, refusalDetails } from './refusal.ts';
import type { RuleOf } from './rule.ts';
import { withoutRedactionCalls } from './redactioncall.ts';
import { candidateSchemas } from './searchpath.ts';
import { STATEMENT_FIELDS, requireKind, walkStatement } from './statement.ts';
import type { Compiler, Sha256 } from './substitute.ts';
import { tableUseOf } from './tableuse.ts';
import { tokensOf } from './token.ts';
import { eachNode } from './tree.ts';
import type { Inner } from './tree.ts';
import { newAnalysis, requireSeen, rewrittenText } from './walk.ts';
import type { Source, Surroundings } from './walk.ts';

export type PlannerOptions = { readonly sha256: Sha256 };

/** A planner over one catalog. Pure but for what it remembers; `loadParser` must have been awaited in this thread. */
export function createPlanner(catalog: Catalog, options: PlannerOptions): Planner {
  const index = indexCatalog(catalog);
  const compiler: Compiler = {
    fragment: fragmentCompiler(index),
    sha256: options.sha256,
    barriers: new Map(),
  };
  return {
    plan: (sqlText, session, rules) => planText(sqlText, { index, compiler, session, rules }),
  };
}

type Task = {
  readonly index: CatalogIndex;
  readonly compiler: Compiler;
  readonly session: PlanSession;
  readonly rules: RuleOf;
};

/** Progress that an error is reported with. */
type Progress = { source: Source; statement: number };

function planText(sqlText: string, task: Task): PlanResult {
  const progress: Progress = { source: { bytes: new Uint8Array(), tokens: [] }, statement: 0 };
  try {
    progress.source = sourceOf(sqlText);
    const text = task.index.catalog.levels ? withLevels(sqlText, progress) : sqlText;
    const statements = parse(text, progress.source.bytes.length);
    if (statements.length > STATEMENTS_MAX) {
      throw refusal('54000', `text expected at most ${STATEMENTS_MAX} statements`);
    }
    const missing = missingRules(statements, task);
    if (missing.length > 0) return { kind: 'need', relations: missing };
    const around = { ...task, grants: grantsOf(task.index, task.rules) };
    const plans = statements.map((statement, i) => {
      progress.statement = i;
      return planStatement(statement, progress.source, around);
    });
    return { kind: 'plan', statements: plans.length > 0 ? plans : [emptyPlan(task)] };
  } catch (thrown) {
    return failure(thrown, progress, task);
  }
}

function withLevels(sqlText: string, progress: Progress): string {
  const text = withoutRedactionCalls(sqlText, progress.source);
  if (text !== sqlText) progress.source = sourceOf(text);
  return text;
}

function sourceOf(sqlText: string): Source {
  if (sqlText.includes('\0') || !sqlText.isWellFormed()) {
    throw refusal('42601', 'statement expected text without zero characters and lone surrogates');
  }
  const bytes = Buffer.from(sqlText, 'utf8');
  checkSize(bytes.length);
  const source = { bytes, tokens: tokensOf(bytes) };
  checkShape(source.tokens);
  checkLexemes(bytes, source.tokens);
  return source;
}

/** Rules of every relation a name in the text could mean, so that they are asked for at once. */
function missingRules(statements: readonly Statement[], task: Task): number[] {
  const missing = new Set<number>();
  const consider = (name: Inner<'RangeVar'>): void => {
    for (const schema of candidateSchemas(task.session, name.schemaname)) {
      const relation = task.index.relation(schema, name.relname ?? '');
      if (relation === undefined) continue;
      for (const oid of rulesNeeded(task.index, relation)) {
        if (task.rules(oid) === undefined) missing.add(oid);
      }
    }
  };
  eachNode(statements, (tag, inner) => {
    if (tag === 'RangeVar') consider(inner);
    if (tag === 'CopyStmt' && inner['relation'] !== undefined) {
      consider(inner['relation'] as Inner<'RangeVar'>);
    }
  });
  return [...missing];
}

function planStatement(statement: Statement, source: Source, around: Surroundings): StatementPlan {
  const { tree } = statement;
  requireKind(tree);
  if ('CopyStmt' in tree && tree.CopyStmt.relation !== undefined) {
    return planCopy(statement, source, around);
  }
  const use = around.index.catalog.levels ? { use: tableUseOf(tree) } : {};
  const known = knownNodes(tree, STATEMENT_FIELDS);
  const analysis = newAnalysis(source, around);
  const walked = walkStatement(analysis, tree);
  requireSeen(analysis, known);
  const part = partOf(statement, source);
  const text = rewrittenText(analysis, tree, part);
  const tokens = source.tokens.filter((t) => t.start >= part.start && t.end <= part.end);
  return { ...assemble(analysis, walked, { text, tokens, part }), ...use };
}

/** COPY of a table is COPY of a query that reads it, planned as such under the text the client wrote. */
function planCopy(statement: Statement, source: Source, around: Surroundings): StatementPlan {
  const text = desugarCopy(statement, source, around);
  const again = sourceOf(text);
  const [only] = parse(text, again.bytes.length);
  if (only === undefined) throw refusal('XX000', 'COPY expected one statement');
  return planStatement(only, again, around);
}

/** A statement from its first token to its last: white space and comments around it stay behind. */
function partOf(statement: Statement, source: Source): { start: number; end: number } {
  const inside = source.tokens.filter(
    (token) => token.start >= statement.start && token.end <= statement.end,
  );
  const start = inside[0]?.start ?? statement.start;
  return { start, end: inside.at(-1)?.end ?? start };
}

function emptyPlan(task: Task): StatementPlan {
  return {
    kind: 'empty',
    answer: 'gateway',
    text: '',
    output: [],
    guards: [],
    barriers: [],
    relations: [],
    governed: false,
    sets: [],
    fingerprint: fingerprintOf('', task.compiler.sha256),
    normalized: '',
    parameters: 0,
  };
}

function failure(thrown: unknown, progress: Progress, task: Task): PlanResult {
  const relations = neededRelations(thrown);
  if (relations !== null) return { kind: 'need', relations };
  if (isBroken(thrown) || thrown instanceof RangeError) {
    const problem = thrown instanceof Problem ? thrown : problemFrom(thrown);
    return { kind: 'broken', problem };
  }
  const details = refusalDetails(thrown);
  const { bytes, tokens } = progress.source;
  const normalized = normalizedText(tokens, bytes, task.index.knowsName);
  return {
    kind: 'refused',
    problem: problemFrom(thrown),
    sqlState: details?.sqlState ?? 'XX000',
    statementIndex: progress.statement,
    position: details === null ? null : positionOf(bytes, details.offset),
    normalized,
    fingerprint: fingerprintOf(normalized, task.compiler.sha256),
  };
}

/** PostgreSQL counts positions in characters from 1. */
function positionOf(bytes: Uint8Array, offset: number | null): number | null {
  if (offset === null || offset > bytes.length) return null;
  const before = Buffer.from(bytes.subarray(0, offset)).toString('utf8');
  return Array.from(before).length + 1;
}
