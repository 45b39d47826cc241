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
export { readSkyflowSchema, skyflowSchemaOf } from './skyflowschema.ts';
export { classesOf } from './classes.ts';
export { DATATYPES } from './skyflowtags.ts';
export { canonicalDatetime, canonicalTime, isDate } from './moment.ts';
export { TEMPLATES } from './templates.ts';
export type { SchemaChange } from './change.ts';
export type { VaultProposal } from './proposal.ts';
export type { ColumnSchema, Redaction, TableSchema, VaultSchema } from './schema.ts';
export { requireAny } from './reveal.ts';
export { shownRedaction } from './redaction.ts';
export type { AskedRedaction } from './redaction.ts';
export type { Budget } from './budget.ts';
export type { ExportPiece } from './exporting.ts';
export type { WriteRow } from './writerow.ts';
export type { WriteOutcome, WriteRequest } from './writerequest.ts';
export type { OpenFile } from './files.ts';
export type { LinkMaker } from './filelink.ts';
export type { GotRecord, Selection } from './getrequest.ts';
export type { ScanLookup, ScannedRow, ScanTable } from './scan.ts';
export type { Detokenised } from './detokenise.ts';
