/**
 * Who may see what: policies with their history, projects and purposes with their people, what a change would do
 * (check, plan, test) before it is done, why a decision came out so, and the bundles planes decide from. It decides
 * nothing for a query: planes do, with the same engine. Documents: docs/formats/policy.md.
 */
export { applyChange } from './apply.ts';
export type { Application, Applied } from './apply.ts';
export { openBundleDesk } from './bundledesk.ts';
export type { BundleDesk, BundleDeskSettings } from './bundledesk.ts';
export { explainDecision, explainNow, HIDDEN_TABLE, noteDecisions } from './decision.ts';
export { ownDecision, pruneDecisions } from './decision.ts';
export type { Asked, ExplainedDecision } from './decision.ts';
export type { PolicyChange } from './draft.ts';
export {
  acknowledge,
  addMember,
  dropMember,
  findProject,
  listProjects,
  listPurposes,
} from './project.ts';
export type { ProjectStanding } from './project.ts';
export { reviewChange } from './review.ts';
export type { Review, Reviewed, Touched } from './review.ts';
export {
  findVaultPolicy,
  listVaultPolicies,
  removeVaultPolicy,
  writeVaultPolicy,
} from './vaultpolicy.ts';
export type { StoredVaultPolicy } from './vaultpolicy.ts';
export { noteVaultDecision } from './vaultdecision.ts';
export { explainOwnVaultNow, explainVaultNow } from './vaultexplain.ts';
export {
  documentHistory,
  documentsAt,
  listDocuments,
  listRevisions,
  policyRevision,
} from './stored.ts';
export type { DocumentVersion, Family, PolicyRevision, StoredDocument } from './stored.ts';
