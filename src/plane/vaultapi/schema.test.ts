import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../test/vault/api.ts';
import type { Answer, Asked, TestApi } from '../../../test/vault/api.ts';

type Body = Answer['body'];

const COLUMN = { name: 'email', type: 'string' } as const;
let cluster: TestCluster;
let api: TestApi;
let ownerToken: string;

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, {
    name: 'crm',
    tables: [{ name: 'persons', columns: [COLUMN] }],
  });
  ownerToken = api.account('owner', {}, ['data-owner']).apiKey;
});

after(async () => {
  await api?.close();
  await cluster?.stop();
});

async function ask(asked: Asked, status = 200): Promise<Body> {
  const { body, status: got } = await api.ask(ownerToken, asked);
  assert.equal(got, status, JSON.stringify(body));
  return body;
}

describe('the management paths of Skyflow', () => {
  it('show the schema as it was at each version', async () => {
    const path = `/v1/vaults/${api.schema.id}`;
    const change = { kind: 'rename-column', table: 'persons', column: 'email', to: 'mail' };
    await ask({ method: 'PATCH', path, body: { changes: [change] } });
    const { versions } = await ask({ path: `${path}/versions` });
    assert.deepEqual(
      versions.map((one: Body) => one.version),
      [2, 1],
    );
    const namesAt = async (tag: string) => {
      const { vault } = await ask({ path: `${path}/versions/${tag}` });
      assert.equal(vault.version, Number(tag));
      return vault.schemas[0].fields.map((field: Body) => field.name);
    };
    assert.deepEqual(await namesAt('1'), ['email']);
    assert.deepEqual(await namesAt('2'), ['mail']);
    await ask({ path: `${path}/versions/3` }, 404);
    for (const tag of ['0', 'x', '1.5', '99999999999'])
      await ask({ path: `${path}/versions/${tag}` }, 400);
    await ask({ path: '/v1/vaults/vlt_nobody/versions/1' }, 404);
  });

  it('give a schema that makes the same vault again, as the scripts for moving send it', async () => {
    const { vault } = await ask({ path: `/v1/vaults/${api.schema.id}` });
    const { description, schemas, tags } = vault;
    const vaultSchema = { schemas, tags };
    const body = { name: 'crm-again', description, vaultSchema, workspaceID: 'w1' };
    const { ID } = await ask({ method: 'POST', path: '/v1/vaults', body }, 201);
    const made = (await ask({ path: `/v1/vaults/${ID}` })).vault;
    const bare = (one: Body) =>
      one.schemas.map((table: Body) => [
        table.name,
        table.fields.map((field: Body) => ({ ...field, ID: '' })),
      ]);
    assert.deepEqual(bare(made), bare(vault));
  });

  it('make a vault of each of the four templates, and say which types there are', async () => {
    const { vaultTemplates } = await ask({ path: '/v1/vault-templates' });
    const ids = vaultTemplates.map((one: Body) => one.ID);
    assert.deepEqual(ids, ['payments', 'patients', 'customers', 'employees']);
    for (const template of vaultTemplates) {
      const { ID: templateID } = template;
      const shown = await ask({ path: `/v1/vault-templates/${templateID}` });
      assert.deepEqual(shown.vaultTemplate, template);
      const body = { name: `made-of-${templateID}`, templateID };
      const { ID } = await ask({ method: 'POST', path: '/v1/vaults', body }, 201);
      const { vault } = await ask({ path: `/v1/vaults/${ID}` });
      const namesOf = (tables: readonly Body[]) => tables.map(({ name }) => name);
      assert.deepEqual(namesOf(vault.tables), namesOf(template.tables));
    }
    await ask({ path: '/v1/vault-templates/plaid' }, 404);
    const { baseDataTypes } = await ask({ path: '/v1/base-data-types' });
    const byName = new Map(baseDataTypes.map(({ name, type }: Body) => [name, type]));
    assert.deepEqual(
      ['DT_STRING', 'DT_UINT32', 'DT_FILE'].map((name) => byName.get(name)),
      ['string', 'int64', 'file'],
    );
  });
});
