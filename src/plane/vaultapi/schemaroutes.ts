import { z } from 'zod';
import { Problem } from '#base/problem';
import { readSkyflowSchema, skyflowSchemaOf } from '#plane/vault';
import type { SchemaChange, VaultProposal, VaultSchema } from '#plane/vault';
import { ownPartOf, SCHEMA_READERS } from './ownvaults.ts';
import { permission, vaultRoute } from './route.ts';
import { maybe, vaultParams, word } from './shape.ts';
import { TEMPLATE_NAMES, templateOf } from './templateroutes.ts';

const OWN = { kind: 'said', need: 'shows what the caller has a role or a right in' } as const;
const OWNERS = permission('data-owner');
const READERS = permission(...SCHEMA_READERS);

type Tables = NonNullable<VaultProposal['tables']>;

const vaultShape = z.object({
  ID: z.string(),
  name: z.string(),
  description: z.string(),
  version: z.number(),
  status: z.literal('ACTIVE'),
  schemas: z.array(z.unknown()).describe('the tables as Skyflow gives them'),
  tags: z.array(z.unknown()),
  vaultSchema: z
    .object({ schemas: z.array(z.unknown()), tags: z.array(z.unknown()) })
    .describe('the same once more, as it is taken'),
  tables: z.array(z.unknown()),
});

/** The schema as Skyflow gives and takes it, and as ours, which says more. */
function shown(schema: VaultSchema): z.infer<typeof vaultShape> {
  const { id, name, description, version, tables } = schema;
  const vaultSchema = skyflowSchemaOf(schema);
  const { schemas, tags } = vaultSchema;
  const head = { ID: id, name, description, version, status: 'ACTIVE' } as const;
  return { ...head, schemas, tags, vaultSchema, tables: [...tables] };
}

const newVault = z.object({
  name: word,
  description: z.string().max(1_000).default(''),
  templateID: maybe.describe(`one of: ${TEMPLATE_NAMES.join(', ')}`),
  vaultSchema: z.unknown().optional().describe('tables as Skyflow writes them'),
  tables: z.array(z.unknown()).optional().describe('tables as docs/formats/vault-api.md has them'),
  workspaceID: maybe,
});

/** The tables a request means; their exact form is checked by the vault. */
function tablesOf(body: z.output<typeof newVault>): Tables {
  const given = [body.templateID, body.vaultSchema, body.tables].filter((one) => one ?? false);
  if (given.length > 1) {
    throw new Problem('invalid', 'expected one of `templateID`, `vaultSchema` and `tables`');
  }
  if (body.vaultSchema !== undefined) return readSkyflowSchema(body.vaultSchema);
  if (body.templateID === null) return (body.tables ?? []) as Tables;
  return [...templateOf(body.templateID)];
}

const answersId = z.object({ ID: z.string() });

export const schemaRoutes = [
  vaultRoute({
    method: 'GET',
    path: '/v1/vaults',
    operation: 'listVaults',
    need: OWN,
    summary:
      'List the vaults of the plane in which the caller has a role or a right, with what they may do anything with; all with permission to see schemas',
    answers: z.object({ vaults: z.array(vaultShape) }),
    handle: async ({ room, guest }) => {
      const own = (await room.vaults.list()).map((vault) => ownPartOf(guest, vault, room.clock()));
      return { vaults: own.flatMap((vault) => (vault === null ? [] : [shown(vault)])) };
    },
  }),
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults',
    operation: 'createVault',
    need: OWNERS,
    summary: 'Create a vault from a template, a schema of Skyflow, or tables of ours',
    body: newVault,
    answers: answersId,
    status: 201,
    handle: async ({ room, caller, body }) => {
      const { name, description } = body;
      const { id } = await room.vaults.create(caller, {
        name,
        description,
        tables: tablesOf(body),
      });
      return { ID: id };
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vaults/:vault',
    operation: 'getVault',
    need: OWN,
    summary: 'Show a vault with its schema, as far as the caller may do anything with it',
    params: vaultParams,
    answers: z.object({ vault: vaultShape }),
    handle: async ({ room, guest, params }) => {
      const own = ownPartOf(guest, await room.vaults.schema(params.vault), room.clock());
      // As one that is not there.
      if (own === null) throw new Problem('not-found', `no vault \`${params.vault}\``);
      return { vault: shown(own) };
    },
  }),
  vaultRoute({
    method: 'PATCH',
    path: '/v1/vaults/:vault',
    operation: 'changeVault',
    need: OWNERS,
    summary:
      'Change the schema of a vault, one change after another; ids stay, and with them what policies protect',
    params: vaultParams,
    body: z.object({
      changes: z
        .array(z.looseObject({ kind: word }))
        .min(1)
        .max(100),
      ifVersion: z.number().int().min(1).optional(),
    }),
    answers: z.object({ vault: vaultShape }),
    handle: async ({ room, caller, params, body }) => {
      const { id: vault } = await room.vaults.schema(params.vault);
      let ifVersion = body.ifVersion;
      let schema: VaultSchema | null = null;
      for (const each of body.changes) {
        // What the change must be exactly, the vault says.
        const change = each as unknown as SchemaChange;
        const expected = ifVersion === undefined ? {} : { ifVersion };
        schema = await room.vaults.change(caller, { vault, change, ...expected });
        ifVersion = schema.version;
      }
      return { vault: shown(schema ?? (await room.vaults.schema(vault))) };
    },
  }),
  vaultRoute({
    method: 'DELETE',
    path: '/v1/vaults/:vault',
    operation: 'archiveVault',
    need: OWNERS,
    summary: 'Take a vault out of use: it answers nothing from then on',
    params: vaultParams,
    answers: answersId,
    handle: async ({ room, caller, params }) => {
      await room.vaults.archive(caller, params.vault);
      return { ID: params.vault };
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vaults/:vault/versions',
    operation: 'listVaultVersions',
    need: READERS,
    summary: 'List every version the schema of a vault had, the newest first',
    params: vaultParams,
    answers: z.object({ versions: z.array(vaultShape) }),
    handle: async ({ room, params }) => ({
      versions: (await room.vaults.versions(params.vault)).map(shown),
    }),
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vaults/:vault/versions/:tag',
    operation: 'getVaultVersion',
    need: READERS,
    summary: 'Show the schema of a vault as it was at one version',
    params: vaultParams.extend({
      tag: z.coerce
        .number()
        .int()
        .min(1)
        .max(2 ** 31 - 1),
    }),
    answers: z.object({ vault: vaultShape }),
    handle: async ({ room, params }) => {
      const versions = await room.vaults.versions(params.vault);
      const found = versions.find(({ version }) => version === params.tag);
      if (found !== undefined) return { vault: shown(found) };
      throw new Problem('not-found', `the vault had no version ${params.tag}`, {
        hint: `it had 1 to ${versions[0]?.version ?? 1}`,
      });
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vaults/:vault/passes',
    operation: 'listVaultPasses',
    need: READERS,
    summary:
      'List passes over records that schema changes asked for, with what stands in their way',
    params: vaultParams,
    answers: z.object({ passes: z.array(z.unknown()) }),
    handle: async ({ room, params }) => ({ passes: [...(await room.vaults.passes(params.vault))] }),
  }),
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/verify',
    operation: 'verifyVault',
    need: permission('auditor', 'data-owner'),
    summary: 'Compare every record with the ledger; what is not as it says is an alarm',
    params: vaultParams,
    answers: z.object({
      records: z.number(),
      findings: z.array(
        z.object({
          table: z.string(),
          record: z.string(),
          what: z.enum(['corrupt', 'put-back', 'removed']),
        }),
      ),
      missing: z.number(),
    }),
    perMinute: 6,
    handle: async ({ room, caller, params }) => {
      const { id } = await room.vaults.schema(params.vault);
      return room.vaults.verify(caller, id);
    },
  }),
];
