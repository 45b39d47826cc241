/**
 * The policy engine: documents in, decisions with reasons out. Pure: no clock, no disk, no randomness; hashing is handed in.
 * It does not read SQL (the parser of PostgreSQL does, in engines/sql) and enforces nothing (doors do).
 * Formats: docs/formats/policy.md and docs/formats/decision.md; meaning: docs/design/policy-semantics.md.
 */
export type {
  AuthoredDocument as PolicyDocument,
  PolicyTest,
  ProjectDocument,
} from './document.ts';
export type { DocumentKind } from './privetdocument.ts';
export type { Decision, Mask, Request, Show, SqlTemplate } from './decision.ts';
export type { Project, Purpose, SourceFacts, SubjectFacts } from './facts.ts';
export { needsConfirmation } from './accessdiff.ts';
export type { AccessDiff } from './accessdiff.ts';
export { check } from './check.ts';
export type { World } from './check.ts';
export { decide } from './decide.ts';
export { explain } from './explain.ts';
export type { FactsInput } from './factsfrom.ts';
export { fragmentProbes } from './fragmentprobe.ts';
export type { FragmentProbe } from './fragmentprobe.ts';
export { plan, SENSITIVE_TAGS } from './plan.ts';
export { documentFrom, parseDocuments } from './readdocument.ts';
export type { Authored, DocumentsReading } from './readdocument.ts';
export { withoutValues } from './redact.ts';
export { sentence } from './sentence.ts';
export { runTests } from './testrun.ts';
export type { TestOutcome } from './testrun.ts';
export { undoableMasks } from './undoable.ts';
export type { UndoableMask } from './undoable.ts';
export { prepare } from './view.ts';
export type { PolicyView, Tools } from './policyview.ts';
export { bindVault } from './vaultbinding.ts';
export { decideVault } from './decidevault.ts';
export { explainOwnVault, explainVault, ownVaultReasons } from './vaultexplain.ts';
export { vaultReason, vaultReasonLine } from './vaultexplain.ts';
export { leastRevealing, shownAs } from './vaultdecision.ts';
export type { VaultColumnDecision, VaultDecision, VaultReason } from './vaultdecision.ts';
export type { VaultRequest } from './vaultdecision.ts';
export { VAULT_OPERATIONS } from './vaultdocument.ts';
export type { VaultOperation, VaultPolicy, VaultRedaction } from './vaultdocument.ts';
export type { VaultLiteral, VaultRow, VaultValue } from './vaultpredicate.ts';
export { SYSTEM_ROLE_RULES } from './vaultfacts.ts';
export type { VaultFacts, VaultRole, VaultTableFacts } from './vaultfacts.ts';
