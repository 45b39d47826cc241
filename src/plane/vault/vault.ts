import { transaction } from '#platform/db';
import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import type { VaultCaller } from './caller.ts';
import { withTable } from './design.ts';
import { detokenise } from './detokenise.ts';
import type { Detokenised, DetokeniseRequest } from './detokenise.ts';
import { getRecords, streamRecords } from './get.ts';
import type { GetRequest, GotPage, GotRecord } from './get.ts';
import type { VaultGround } from './ground.ts';
import { schemaDigest, toldBy } from './leaf.ts';
import type { VaultPorts } from './ports.ts';
import { readVaultProposal } from './proposal.ts';
import type { VaultProposal } from './proposal.ts';
import { createSchemaCache } from './schemacache.ts';
import { insertVault, listSchemas, schemaVersions, takeNumbers } from './schematable.ts';
import type { VaultSchema } from './schema.ts';
import { createSubjectKeys } from './subjectkeys.ts';
import { writeRecords } from './write.ts';
import type { WriteOutcome, WriteRequest } from './writerequest.ts';

/** The vaults of a plane. */
export type Vaults = {
  /** A new vault; throws `conflict` when its name is in use. */
  create(caller: VaultCaller, proposal: VaultProposal): Promise<VaultSchema>;
  /** The schema in force; throws `not-found`. */
  schema(vault: string): Promise<VaultSchema>;
  list(): Promise<readonly VaultSchema[]>;
  /** Every version the schema had, the newest first. */
  versions(vault: string): Promise<readonly VaultSchema[]>;
  /** Inserts, upserts and updates, in one transaction with their leaves. */
  write(request: WriteRequest): Promise<readonly WriteOutcome[]>;
  get(request: GetRequest): Promise<GotPage>;
  /** Every record, page by page; `limit` is the size of a page. */
  stream(
    request: Omit<GetRequest, 'select'> & { readonly after?: string | null },
  ): AsyncIterable<readonly GotRecord[]>;
  detokenise(request: DetokeniseRequest): Promise<readonly Detokenised[]>;
  /** Zeroes what is in memory. */
  close(): void;
};

/** Opens the vaults of a plane; its tables are there since the plane's migrations. */
export function openVault(ports: VaultPorts): Vaults {
  const ground: VaultGround = {
    ports,
    schemas: createSchemaCache(ports.pool, ports.clock),
    subjectKeys: createSubjectKeys(ports),
  };
  const { schemas } = ground;
  return {
    create: (caller, proposal) => createVault(ground, caller, proposal),
    schema: (vault) => schemas.get(vault),
    list: () => listSchemas(ports.pool),
    async versions(vault) {
      const found = await schemaVersions(ports.pool, vault);
      if (found.length === 0) throw new Problem('not-found', `no vault \`${vault}\``);
      return found;
    },
    write: (request) => writeRecords(ground, request),
    get: (request) => getRecords(ground, request),
    stream: (request) => streamRecords(ground, request),
    detokenise: (request) => detokenise(ground, request),
    close: () => ground.subjectKeys.close(),
  };
}

/** How many numbers one column can need: its own, and one a token group. */
const NUMBERS_A_COLUMN = 9;

async function createVault(
  { ports, schemas }: VaultGround,
  caller: VaultCaller,
  proposal: VaultProposal,
): Promise<VaultSchema> {
  const read = readVaultProposal(proposal);
  const source = { nowMs: ports.clock(), random: ports.random };
  const schema = await transaction(ports.pool, async (tx) => {
    const columns = read.tables.reduce((sum, table) => sum + table.columns.length, 0);
    const numbers = [...(await takeNumbers(tx, read.tables.length + columns * NUMBERS_A_COLUMN))];
    const namer = { ...source, number: () => numbers.shift() as number };
    const { name, description } = read;
    let next: VaultSchema = {
      id: newId('vlt', source),
      number: 0,
      name,
      description,
      version: 1,
      tables: [],
    };
    for (const table of read.tables) next = withTable(next, table, namer);
    const made = await insertVault(tx, next);
    const digest = schemaDigest(made);
    const told = toldBy(caller, made);
    await ports.ledger.append(tx, {
      kind: 'vault-schema',
      ...told,
      change: 'created',
      version: 1,
      digest,
    });
    return made;
  });
  schemas.put(schema);
  ports.onSchema?.(schema);
  return schema;
}
