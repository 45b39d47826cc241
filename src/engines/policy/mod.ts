/**
 * The policy engine: documents in, decisions with reasons out. Pure: no clock, no disk, no randomness; hashing is handed in.
 * It does not read SQL (the parser of PostgreSQL does, in engines/sql) and enforces nothing (doors do).
 * Formats: docs/formats/policy.md and docs/formats/decision.md; meaning: docs/design/policy-semantics.md.
 */
export type {
  DataPolicy,
  DocumentKind,
  MaskText,
  AuthoredDocument as PolicyDocument,
  Policy,
  PolicyTest,
  PrivetDocument,
  ProjectDocument,
  PurposeDocument,
  RowRule,
  SubscriptionPolicy,
  Target,
  Who,
} from './document.ts';
export type * from './decision.ts';
export type * from './facts.ts';
export { decide } from './decide.ts';
export type { FactsInput } from './factsfrom.ts';
export { documentFrom, parseDocuments } from './readdocument.ts';
export type { Authored, DocumentsReading } from './readdocument.ts';
export type { FragmentMention, Mention } from './reader.ts';
export { prepare } from './view.ts';
export type { PolicyView, Tools } from './view.ts';
