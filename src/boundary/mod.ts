/**
 * The border between the two planes: the closed list of messages that may cross it (the bundle down, facts up,
 * identity tokens beside them), each field of one class, none of which can hold a row value or a query literal.
 * Pure: shapes, checks and signed forms; who sends and stores them is `plane/border` and `control/access`.
 * Formats: docs/formats/bundle.md.
 */
export { ACT_KINDS } from './act.ts';
export type { Act } from './act.ts';
export { BUNDLE_FORMAT, PERMISSIONS } from './bundle.ts';
export {
  checkBundle,
  openBundle,
  signBundle,
  signedBundleFrom,
  signedBundleShape,
} from './bundle.ts';
export type { Bundle, BundleSubject, CatalogSource } from './bundle.ts';
export type { Permission, SignedBundle, Tag, Verify } from './bundle.ts';
export { COLUMNS_MAX, DESCRIPTION_MAX, NAME_MAX, TYPE_MAX } from './bundlelimits.ts';
export { ATTRIBUTES_MAX, GROUPS_MAX, OWNERS_MAX, TAGS_MAX } from './bundlelimits.ts';
export { check } from './check.ts';
export { FACT_BYTES_MAX, FACT_FORMAT, FACTS_PER_REQUEST_MAX } from './fact.ts';
export { DECISION_SOURCES_MAX, DICTIONARY_PART_RELATIONS_MAX } from './fact.ts';
export { checkFact, checkFacts, checkFactsReceipt, isObserveFact } from './fact.ts';
export type { DictionaryRelation, Fact, FactBody, FactOf } from './fact.ts';
export type { FactsReceipt } from './fact.ts';
export { MESSAGES, fieldTable } from './fieldtable.ts';
export { signIdentityToken, verifyIdentityToken } from './identitytoken.ts';
export type { IdentityClaims } from './identitytoken.ts';
export { nameForms } from './names.ts';
export { openPull, PULL_MS_MAX, signPull } from './pull.ts';
export type { Pull } from './pull.ts';
export { FIELD_CLASSES, shapes } from './shape.ts';
export type { AnyShape, Field, ValueOf } from './shape.ts';
export { literalIn } from './statement.ts';
export { DECISION_RULES_MAX } from './vaultfact.ts';
