/**
 * What data there is: source systems, their tables and columns as planes tell them, and what people say about them
 * (descriptions, tags with provenance, owners, reviews). Metadata only. What a subject may see of it is policy, in
 * `control/access`.
 */
export {
  addOwner,
  addTag,
  describe,
  dropOwner,
  dropTag,
  review,
  setSourceState,
} from './curation.ts';
export type { Place, Tagging } from './curation.ts';
export { takeDictionary } from './dictionary.ts';
export type { RegistrationRule } from './dictionary.ts';
export { placeLineageTags, taggedColumns } from './lineagetags.ts';
export type { LineageTag } from './lineagetags.ts';
export {
  catalogSources,
  findSource,
  listSources,
  listSystems,
  ownsSource,
  sourceId,
} from './source.ts';
export type { Column, ForeignKey, Source, SourceFilter } from './source.ts';
export type { SourceState, SourceSummary, System } from './source.ts';
export { findVault, findVaultTable, listVaults, takeVaultSchema } from './vault.ts';
export type { CatalogVault, CatalogVaultTable } from './vault.ts';
export { takeVaultClasses } from './vaultclasses.ts';
export { defineTag, listTags, NEW_TAG, removeTag, sensitiveTags, tagName } from './tag.ts';
export type { TagDefinition, TagSpec } from './tag.ts';
