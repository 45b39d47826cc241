import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createPlanner, loadParser } from '#engines/sql';
import type {
  Catalog,
  ColumnShow,
  PlanResult,
  PlanSession,
  Relation,
  RelationRule,
  SqlPredicate,
  StatementPlan,
} from '#engines/sql';

await loadParser();

/** The catalog of fixture.sql as one server gave it, so that texts with OIDs can be compared. */
export const catalog = JSON.parse(
  readFileSync(new URL('catalog.json', import.meta.url), 'utf8'),
) as Catalog;

export const sha256 = (text: string): string => hash('sha256', text);

export const analyst: PlanSession = {
  searchPath: ['clinic', 'sales', 'public'],
  subjectName: 'ana',
  database: 'fixture',
  mode: 'splice',
  fence: 'temp-view',
  settings: { 'privet.project': 'research' },
};

/** A rule that names what is not shown clear. */
export function guarded(
  relation: Relation,
  shows: Readonly<Record<string, ColumnShow>>,
  filter: SqlPredicate | null = null,
): RelationRule {
  const columns = relation.columns.map(({ name }) => ({
    name,
    show: shows[name] ?? ({ kind: 'clear' } as const),
  }));
  const audience = sha256(JSON.stringify([relation.oid, shows, filter]));
  return { kind: 'guarded', audience, filter, columns };
}

export const emailMask: ColumnShow = { kind: 'stream', mask: 'email-hash', injective: true };
const ssnMask: ColumnShow = { kind: 'stream', mask: 'ssn-fpe', injective: true };
const partial: ColumnShow = {
  kind: 'sql',
  mask: { kind: 'partial', keepFirst: 1, keepLast: 0, fill: '*' },
  where: null,
};

const SHOWS: Readonly<Record<string, Readonly<Record<string, ColumnShow>>>> = {
  patient: {
    name: partial,
    email: emailMask,
    ssn: ssnMask,
    code: { kind: 'stream', mask: 'reversible', injective: false },
    notes: { kind: 'hidden' },
    born: { kind: 'sql', mask: { kind: 'round', unit: 'year' }, where: null },
  },
  orders: { email: emailMask },
  event: { ssn: ssnMask },
  base: { secret: { kind: 'hidden' } },
};

/** What the analyst of the tests may see: some of everything, nothing of schema hidden, rows of two tenants. */
export function analystRule(relation: Relation, filtered = false): RelationRule {
  if (relation.schema === 'hidden') return { kind: 'absent' };
  const shows = SHOWS[relation.name];
  if (shows === undefined) return { kind: 'open' };
  const filter: SqlPredicate | null =
    filtered && relation.name === 'patient'
      ? { kind: 'in', column: 'tenant', values: ['a', 'b'] }
      : null;
  return guarded(relation, shows, filter);
}

export type PlanOptions = {
  readonly session?: Partial<PlanSession>;
  readonly rule?: (relation: Relation) => RelationRule;
  readonly catalog?: Catalog;
};

/** Plans a text as the analyst would. */
export function plan(sqlText: string, options: PlanOptions = {}): PlanResult {
  const held = options.catalog ?? catalog;
  const rule = options.rule ?? analystRule;
  const rules = new Map(held.relations.map((relation) => [relation.oid, rule(relation)]));
  const planner = createPlanner(held, { sha256 });
  return planner.plan(sqlText, { ...analyst, ...options.session }, (oid) => rules.get(oid));
}

/** The plan of a text that must be one statement; throws with the refusal when there is none. */
export function planned(sqlText: string, options: PlanOptions = {}): StatementPlan {
  const result = plan(sqlText, options);
  if (
    result.kind === 'plan' &&
    result.statements.length === 1 &&
    result.statements[0] !== undefined
  ) {
    return result.statements[0];
  }
  const why =
    result.kind === 'refused' ? `${result.sqlState} ${result.problem.message}` : result.kind;
  throw new Error(`\`${sqlText}\` expected one plan, got ${why}`);
}

/** SQLSTATE and message of a refusal; throws when the text was planned. */
export function refused(sqlText: string, options: PlanOptions = {}): string {
  const result = plan(sqlText, options);
  if (result.kind === 'refused') return `${result.sqlState} ${result.problem.message}`;
  throw new Error(`\`${sqlText}\` expected a refusal, got ${result.kind}`);
}
