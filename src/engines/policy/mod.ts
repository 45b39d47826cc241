/**
 * The policy engine: documents in, decisions with reasons out. Pure: no clock, no disk, no randomness; hashing is handed in.
 * It does not read SQL (the parser of PostgreSQL does, in engines/sql) and enforces nothing (doors do).
 * Formats: docs/formats/policy.md and docs/formats/decision.md; meaning: docs/design/policy-semantics.md.
 */
export type {
  Clause,
  DataPolicy,
  DocumentKind,
  MaskText,
  PolicyDocument,
  PolicyTest,
  PrivetDocument,
  ProjectDocument,
  PurposeDocument,
  RowRule,
  SubscriptionPolicy,
  Target,
  Who,
} from './document.ts';
export type {
  ColumnDecision,
  Decision,
  Mask,
  Predicate,
  Reason,
  Request,
  Show,
  SqlPiece,
  SqlTemplate,
} from './decision.ts';
export type { Facts, Project, ProjectMember, Purpose, SourceFacts, SubjectFacts } from './facts.ts';
