/**
 * The data privacy vault: typed records whose values lie encrypted one by one, tokens that stand for them, and reveals
 * under decisions that others make (engines/policy): the vault applies them. Everything a caller writes, sees or has
 * forgotten is a leaf of the ledger before the caller hears of it. Formats: docs/formats/vault-record.md,
 * docs/formats/vault-subject-keys.md; why: docs/design/vault.md.
 */
export { openVault } from './vault.ts';
export type { Vaults } from './vault.ts';
export { vaultSettings } from './settings.ts';
export { VERIFY, verifyTask } from './verifyjob.ts';
export type { Ruling, RulingOf, VaultCaller } from './caller.ts';
export { readSkyflowSchema, skyflowSchemaOf } from './schema/skyflowschema.ts';
export { classesOf } from './schema/classes.ts';
export { DATATYPES } from './schema/skyflowtags.ts';
export { canonicalDatetime, canonicalTime, isDate } from './schema/moment.ts';
export { TEMPLATES } from './schema/templates.ts';
export type { SchemaChange } from './changing/change.ts';
export type { VaultProposal } from './schema/proposal.ts';
export type { ColumnSchema, Redaction, TableSchema, VaultSchema } from './schema/schema.ts';
export { requireAny } from './reveal/reveal.ts';
export { shownRedaction } from './schema/redaction.ts';
export type { AskedRedaction } from './schema/redaction.ts';
export type { Budget } from './reveal/budget.ts';
export type { ExportPiece } from './moving/exporting.ts';
export type { WriteRow } from './writing/writerow.ts';
export type { WriteOutcome, WriteRequest } from './writing/writerequest.ts';
export type { OpenFile } from './files/files.ts';
export type { LinkMaker } from './files/filelink.ts';
export type { GotRecord, Selection } from './reading/getrequest.ts';
export type { ScanLookup, ScannedRow, ScanTable } from './reading/scan.ts';
export type { Detokenised } from './tokens/detokenise.ts';
