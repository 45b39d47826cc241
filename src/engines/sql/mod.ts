/**
 * SQL under policy: parses a client's text with PostgreSQL's own grammar, resolves every name against our catalog,
 * puts what the subject may see in the place of every relation, and refuses whatever it does not understand. Pure:
 * text and rules in, text and a plan out. It opens no connection, decides no policy and masks no value; the written
 * form of the rewriting is docs/design/sql-rewriting.md.
 */
export type {
  Catalog,
  Relation,
  RelationColumn,
  RelationKind,
  UserType,
  VouchedFunction,
} from './catalog.ts';
export type {
  ColumnRule,
  ColumnShow,
  RelationRule,
  RoundUnit,
  RuleOf,
  SqlMask,
  SqlPredicate,
  SqlTemplate,
} from './rule.ts';
export type {
  Barrier,
  CopyFormat,
  Origin,
  OutputColumn,
  Planner,
  PlanResult,
  PlanSession,
  SettingChange,
  StatementAction,
  StatementPlan,
} from './plan.ts';
export { createPlanner } from './planner.ts';
export type { PlannerOptions } from './planner.ts';
export { checkFragment } from './fragment.ts';
export type { FragmentColumn } from './fragment.ts';
export { columnLineage } from './lineage.ts';
export type { ColumnLineage, LineageOptions } from './lineage.ts';
export { isParameterType } from './parametertype.ts';
export { columnAtLevel } from './redactioncall.ts';
export type { Restriction, TableUse, UsedConstant } from './tableuse.ts';
export { loadParser } from './parser.ts';
export { searchPathOf } from './settingvalue.ts';
export { tablesRead } from './tablesread.ts';
export type { NamedTable } from './tablesread.ts';
