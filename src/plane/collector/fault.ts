import { Problem } from '#base/problem';
import type { ProblemCode } from '#base/problem';
import { sqlStateOf } from '#platform/db';
import type { FactOf } from '#boundary';

/** What went wrong, as control may know it: never the words of the engine, which quote values. */
export type ObserveFault = NonNullable<FactOf<'run-result'>['fault']>;

const STATES: Readonly<Record<string, ObserveFault>> = {
  '57014': 'timed-out',
  '42501': 'missing-privilege',
  '42P01': 'missing-table',
  '3F000': 'missing-table',
  '42703': 'missing-column',
  '42804': 'wrong-type',
  '42883': 'wrong-type',
  '23505': 'duplicate-key',
  '23': 'constraint',
  '22': 'bad-value',
  '42': 'compilation',
  '08': 'unreachable',
  '28': 'unreachable',
  '3D': 'unreachable',
  '57': 'unreachable',
  '53': 'out-of-resource',
};

/** The fault of an error of PostgreSQL's. */
export function postgresFault(thrown: unknown): ObserveFault {
  const state = sqlStateOf(thrown);
  if (state === undefined) return 'unreachable';
  return STATES[state] ?? STATES[state.slice(0, 2)] ?? 'other';
}

/** Beginnings of what DuckDB says; its errors have a kind but no code. */
const DUCKDB: readonly (readonly [RegExp, ObserveFault])[] = [
  [/^INTERRUPT/iu, 'timed-out'],
  [/^Catalog Error: Table/u, 'missing-table'],
  [/^Catalog Error: Schema/u, 'missing-table'],
  [/^Binder Error: .*(?:column|Referenced)/u, 'missing-column'],
  [/^(?:Binder|Catalog|Parser) Error/u, 'compilation'],
  [/^Constraint Error: Duplicate/u, 'duplicate-key'],
  [/^Constraint Error/u, 'constraint'],
  [/^(?:Conversion|Invalid Input|Out of Range) Error/u, 'bad-value'],
  [/^Permission Error/u, 'missing-privilege'],
  [/^Out of Memory Error/u, 'out-of-resource'],
  [/^IO Error/u, 'unreachable'],
];

export function duckdbFault(thrown: unknown): ObserveFault {
  const said = thrown instanceof Error ? thrown.message : '';
  return DUCKDB.find(([form]) => form.test(said))?.[1] ?? 'other';
}

const SAID: Readonly<Record<ObserveFault, readonly [ProblemCode, string]>> = {
  'timed-out': ['limit', 'a statement ran longer than its limit'],
  unreachable: ['unavailable', 'the warehouse cannot be reached'],
  'missing-privilege': ['denied', 'the role lacks a privilege'],
  'missing-table': ['not-found', 'there is no such table'],
  'missing-column': ['not-found', 'there is no such column'],
  'wrong-type': ['invalid', 'a column has another type than the statement needs'],
  'duplicate-key': ['conflict', 'a key is there twice'],
  'bad-value': ['invalid', 'a value does not fit'],
  constraint: ['conflict', 'a constraint is broken'],
  compilation: ['invalid', 'the warehouse does not understand a statement'],
  'out-of-resource': ['unavailable', 'the warehouse is out of a resource'],
  cancelled: ['unavailable', 'the work was cancelled'],
  other: ['internal', 'the warehouse refused a statement'],
};

const faults = new WeakMap<Problem, ObserveFault>();

/** A problem for a fault of a warehouse; what the engine said stays in the cause. */
export function warehouseProblem(fault: ObserveFault, cause: unknown): Problem {
  const [code, message] = SAID[fault];
  const problem = new Problem(code, message, { cause });
  faults.set(problem, fault);
  return problem;
}

/** The problem itself, known from now on by that fault. */
export function markFault(problem: Problem, fault: ObserveFault): Problem {
  faults.set(problem, fault);
  return problem;
}

/** The fault of anything thrown. */
export function faultOf(thrown: unknown): ObserveFault {
  return (thrown instanceof Problem ? faults.get(thrown) : undefined) ?? 'other';
}
