import { Problem } from '#base/problem';
import { abandonExpired, abandonImport } from './moving/abandon.ts';
import type { VaultCaller } from './caller.ts';
import { createCellThread } from './records/cellthread.ts';
import type { SchemaChange } from './changing/change.ts';
import { detokenise } from './tokens/detokenise.ts';
import type { Detokenised, DetokeniseRequest } from './tokens/detokenise.ts';
import { forgottenList, streamExport } from './moving/exporting.ts';
import type { ExportPiece, ReadExport, SignedText } from './moving/exporting.ts';
import { signingKey } from './moving/exportmanifest.ts';
import { endExpiredExports, endExport, listExports, openExport } from './moving/exportstate.ts';
import type { ExportPlace, OpenExport } from './moving/exportstate.ts';
import { linkFile, openLink } from './files/filelink.ts';
import type { DecideLink, LinkRequest } from './files/filelink.ts';
import { downloadFile, removeFile, uploadFile } from './files/files.ts';
import type { DownloadRequest, OpenFile, RemoveFileRequest } from './files/files.ts';
import type { Uploaded, UploadRequest } from './files/files.ts';
import { finishForgetting, forget } from './writing/forget.ts';
import type { ForgetReceipt, ForgetRequest } from './writing/forget.ts';
import { getRecords, streamRecords } from './reading/get.ts';
import type { GetRequest, GotPage, GotRecord, StreamRequest } from './reading/getrequest.ts';
import type { VaultGround } from './ground.ts';
import {
  beginImport,
  finishImport,
  importState,
  listImports,
  openImport,
} from './moving/importing.ts';
import type {
  BeginImport,
  Imported,
  ImportPlace,
  ImportState,
  OpenImport,
} from './moving/importing.ts';
import { importPart } from './moving/importpart.ts';
import type { ImportPart } from './moving/importpart.ts';
import { createImportManifests } from './moving/importmanifests.ts';
import { stepPass } from './changing/passes.ts';
import { listPasses } from './changing/passtable.ts';
import type { Pass } from './changing/passtable.ts';
import type { VaultPorts } from './ports.ts';
import type { VaultProposal } from './schema/proposal.ts';
import { removeRecords } from './writing/remove.ts';
import type { Removal, RemoveRequest } from './writing/remove.ts';
import { scanTables } from './reading/scan.ts';
import type { ScannedRow, ScanRequest } from './reading/scan.ts';
import { createSchemaCache } from './schema/schemacache.ts';
import { archive, changeSchema, createVault, reseal } from './changing/schemachange.ts';
import { listSchemas, schemaVersions } from './schema/schematable.ts';
import type { VaultSchema } from './schema/schema.ts';
import { createSubjectKeys } from './keys/subjectkeys.ts';
import { sweep } from './sweep.ts';
import { tokenise } from './tokens/tokenise.ts';
import type { Tokenised, TokeniseRequest } from './tokens/tokenise.ts';
import { createTrash } from './trash.ts';
import { verifyVault } from './verify.ts';
import type { Comparison } from './verify.ts';
import { writeRecords } from './writing/write.ts';
import type { WriteOutcome, WriteRequest } from './writing/writerequest.ts';

/** The vaults of a plane. Each method throws `not-found` for a vault or table that is not there. */
export type Vaults = {
  /** A new vault; throws `conflict` when its name is in use. */
  create(caller: VaultCaller, proposal: VaultProposal): Promise<VaultSchema>;
  /** The schema in force. */
  schema(vault: string): Promise<VaultSchema>;
  list(): Promise<readonly VaultSchema[]>;
  /** Every version the schema had, the newest first. */
  versions(vault: string): Promise<readonly VaultSchema[]>;
  change(
    caller: VaultCaller,
    request: { readonly vault: string; readonly change: SchemaChange; readonly ifVersion?: number },
  ): Promise<VaultSchema>;
  /** Takes a vault out of use: it answers nothing from then on. */
  archive(caller: VaultCaller, vault: string): Promise<void>;
  /** Begins to seal every record of a table anew, under the newest key; gives the number of the pass. */
  reseal(vault: string, table: string): Promise<number>;
  /** Passes over records: schema changes and resealing, with what stands in their way. */
  passes(vault: string): Promise<readonly Pass[]>;
  /** Inserts, upserts and updates, in one transaction with their leaves. */
  write(request: WriteRequest): Promise<readonly WriteOutcome[]>;
  remove(request: RemoveRequest): Promise<readonly Removal[]>;
  get(request: GetRequest): Promise<GotPage>;
  /** Every record, page by page; `limit` is the size of a page. */
  stream(request: StreamRequest): AsyncIterable<readonly GotRecord[]>;
  /** What a query is worked out from. */
  scan(request: ScanRequest): Promise<readonly (readonly ScannedRow[])[]>;
  detokenise(request: DetokeniseRequest): Promise<readonly Detokenised[]>;
  tokenise(request: TokeniseRequest): Promise<readonly Tokenised[]>;
  upload(request: UploadRequest): Promise<Uploaded>;
  download(request: DownloadRequest): Promise<OpenFile>;
  /** Gives the record's version. */
  removeFile(request: RemoveFileRequest): Promise<number>;
  /** A text that gives the file to whoever has it, for a while. */
  link(request: LinkRequest): Promise<string>;
  /** The file behind a link, as far as `decide` says that its maker may see it now. */
  openLink(
    given: { readonly vault: string; readonly link: string },
    decide: DecideLink,
  ): Promise<OpenFile>;
  forget(request: ForgetRequest): Promise<ForgetReceipt>;
  readonly exports: Exports;
  /** Who was forgotten at a vault, as signed digests. */
  forgotten(vault: string): Promise<SignedText>;
  readonly imports: Imports;
  /** Compares every record with the ledger; what was changed or put back behind its back is named and alarmed. */
  verify(caller: VaultCaller, vault: string): Promise<Comparison>;
  /** What is to be done now and then: interrupted forgetting, passes, expired tokens, files nobody points to, exports and imports given up. */
  tend(): Promise<void>;
  /** Zeroes what is in memory. */
  close(): void;
};

/** Vaults on their way out, each as it was when its export began. */
export type Exports = {
  open(
    caller: VaultCaller,
    request: { readonly vault: string; readonly recipient: string },
  ): Promise<ExportPlace>;
  list(): Promise<readonly OpenExport[]>;
  /** Its parts from somewhere on, and the signed manifest behind them. */
  read(caller: VaultCaller, request: ReadExport): AsyncIterable<ExportPiece>;
  /** Gives nothing more of it; throws `gone` when it is over. */
  end(caller: VaultCaller, id: string): Promise<void>;
};

/** Vaults on their way in; seen by nobody until `finish`. */
export type Imports = {
  /** The public key this plane signs its exports with. */
  signingKey(): Promise<string>;
  open(): Promise<ImportPlace>;
  begin(caller: VaultCaller, request: BeginImport): Promise<ImportState>;
  list(): Promise<readonly OpenImport[]>;
  state(id: string): Promise<ImportState>;
  part(caller: VaultCaller, part: ImportPart): Promise<void>;
  finish(caller: VaultCaller, id: string): Promise<Imported>;
  /** Takes back what was brought in, and lets nothing more in; throws `conflict` when the import is over. */
  abandon(caller: VaultCaller, id: string): Promise<void>;
};

/** Opens the vaults of a plane; its tables are there since the plane's migrations. */
export function openVault(ports: VaultPorts): Vaults {
  const ground: VaultGround = {
    ports,
    schemas: createSchemaCache(ports.pool, ports.clock),
    subjectKeys: createSubjectKeys(ports),
    trash: createTrash(ports),
    manifests: createImportManifests(ports.pool),
    cellThread: createCellThread(),
  };
  return {
    create: (caller, proposal) => createVault(ground, caller, proposal),
    schema: (vault) => ground.schemas.get(vault),
    list: () => listSchemas(ports.pool),
    async versions(vault) {
      const found = await schemaVersions(ports.pool, vault);
      if (found.length === 0) throw new Problem('not-found', `no vault \`${vault}\``);
      return found;
    },
    change: (caller, request) => changeSchema(ground, caller, request),
    archive: (caller, vault) => archive(ground, caller, vault),
    reseal: (vault, table) => reseal(ground, vault, table),
    passes: (vault) => listPasses(ports.pool, vault),
    write: (request) => writeRecords(ground, request),
    remove: (request) => removeRecords(ground, request),
    get: (request) => getRecords(ground, request),
    stream: (request) => streamRecords(ground, request),
    scan: (request) => scanTables(ground, request),
    detokenise: (request) => detokenise(ground, request),
    tokenise: (request) => tokenise(ground, request),
    upload: (request) => uploadFile(ground, request),
    download: (request) => downloadFile(ground, request),
    removeFile: (request) => removeFile(ground, request),
    link: (request) => linkFile(ground, request),
    openLink: (given, decide) => openLink(ground, given, decide),
    forget: (request) => forget(ground, request),
    exports: {
      open: (caller, request) => openExport(ground, caller, request),
      list: () => listExports(ports.pool),
      read: (caller, request) => streamExport(ground, caller, request),
      end: (caller, id) => endExport(ground, caller, { id, reason: 'asked' }),
    },
    forgotten: (vault) => forgottenList(ground, vault),
    imports: {
      signingKey: () => signingKey(ports.keyring),
      open: () => openImport(ground),
      begin: (caller, request) => beginImport(ground, caller, request),
      list: () => listImports(ground),
      state: (id) => importState(ground, id),
      part: (caller, part) => importPart(ground, caller, part),
      finish: (caller, id) => finishImport(ground, caller, id),
      abandon: (caller, id) => abandonImport(ground, caller, { id, reason: 'asked' }),
    },
    verify: (caller, vault) => verifyVault(ground, caller, vault),
    async tend() {
      await finishForgetting(ground);
      while (await stepPass(ground));
      await sweep(ground);
      await abandonExpired(ground);
      await endExpiredExports(ground);
    },
    close() {
      ground.subjectKeys.close();
      ground.cellThread.close();
    },
  };
}
