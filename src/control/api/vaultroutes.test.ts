import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import {
  addOwner,
  addTag,
  catalogSources,
  dropTag,
  findSource,
  listSystems,
  listTags,
  takeVaultClasses,
  takeVaultSchema,
} from '#control/catalog';
import { enrolPlane } from '#control/identity';
import { openTestApi } from '../../../test/control/apiserver.ts';
import type { AskedCall, TestApi } from '../../../test/control/apiserver.ts';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';

let office: TestOffice;
let api: TestApi;
let admin: string;
let governor: string;
let version = 0;
const ids = (prefix: 'vlt' | 'tbl' | 'col') => newId(prefix, { nowMs: 0, random: office.random });
let vault: Id<'vlt'>;
let columns: { id: Id<'col'>; name: string }[];
let table: Id<'tbl'>;

before(async () => {
  office = await openTestOffice();
  api = await openTestApi(office, { setupTokenFile: '/nonexistent/setup-token' });
  admin = await api.person('ad.min', 'user-admin');
  governor = await api.person('gov.ernor', 'governor');
  await office.does((work) => enrolPlane(work, { name: 'main', url: 'https://localhost:7081' }));
  vault = ids('vlt') as Id<'vlt'>;
  table = ids('tbl') as Id<'tbl'>;
  columns = ['email', 'ssn'].map((name) => ({ id: ids('col') as Id<'col'>, name }));
  await tell();
});

after(async () => {
  await api.server.close();
  await office.close();
});

/** What the plane says of its vault now. */
function tell(state: 'present' | 'removed' = 'present'): Promise<void> {
  version += 1;
  const head = {
    format: 'privet-fact/v1',
    kind: 'vault-schema',
    plane: 'main',
    number: 1,
  } as const;
  const shown = { type: 'string', groups: [], redaction: 'REDACTED' } as const;
  return office.does((work) =>
    takeVaultSchema(work, {
      ...head,
      timeMs: 0,
      vault,
      name: 'crm',
      description: '',
      state,
      version,
      tables: [
        { id: table, name: 'persons', columns: columns.map((one) => ({ ...one, ...shown })) },
      ],
    }),
  );
}

async function ask(secret: string, call: AskedCall, status = 200) {
  const answer = await api.ask(secret, call);
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
}

const post = (path: string, body: object = {}): AskedCall => ({ method: 'POST', path, body });
const make = (name: string, more: object = {}) =>
  ask(admin, post('/v1/serviceAccounts', { serviceAccount: { name }, ...more }), 201);

describe('a vault', () => {
  it('is a system of the catalog, whose tables can be found, described and owned, and that no bundle carries', async () => {
    const systems = await listSystems(office.pool);
    assert.deepEqual(
      systems.map(({ name, engine, sourceCount, unreviewedCount }) => [
        name,
        engine,
        sourceCount,
        unreviewedCount,
      ]),
      [['vault:crm', 'vault', 1, 0]],
    );
    const source = await findSource(office.pool, 'vault:crm.public.persons');
    assert.deepEqual(
      source.columns.map(({ name, type, tags }) => [name, type, tags]),
      [
        ['skyflow_id', 'string', []],
        ['email', 'string', []],
        ['ssn', 'string', []],
      ],
    );
    assert.deepEqual(await catalogSources(office.pool, 'main'), []);
    await office.does((work) => addOwner(work, source.id, 'gov.ernor'));
    assert.deepEqual((await findSource(office.pool, source.id)).owners, ['gov.ernor']);
  });
});

describe('the tags of a vault’s schema', () => {
  const classes = (tags: readonly string[], more: object = {}) =>
    office.does((work) =>
      takeVaultClasses(work, {
        format: 'privet-fact/v1',
        kind: 'vault-classes',
        plane: 'main',
        number: 1,
        timeMs: 0,
        vault,
        version,
        columns: [{ table, column: columns[1]?.id ?? (ids('col') as Id<'col'>), tags }],
        ...more,
      }),
    );
  const tagsOf = async (name: string) => {
    const source = await findSource(office.pool, 'vault:crm.public.persons');
    const column = source.columns.find((one) => one.name === name);
    return (column?.tags ?? []).map((tag) => [tag.name, tag.by.kind, tag.by.name]);
  };

  it('become tags of its columns in the catalog, and go with it; what people put on is theirs', async () => {
    await classes(['Vault.Sensitivity.HIGH', 'Vault.PrivacyLaw.GDPR', 'PII.National']);
    const by = ['introspection', 'vault'];
    assert.deepEqual(await tagsOf('ssn'), [
      ['PII.National', ...by],
      ['Vault.PrivacyLaw.GDPR', ...by],
      ['Vault.Sensitivity.HIGH', ...by],
    ]);
    assert.deepEqual(await tagsOf('email'), []);
    const names = (await listTags(office.pool, 'Vault')).map(({ name }) => name);
    assert.ok(names.includes('Vault.PrivacyLaw') && names.includes('Vault.PrivacyLaw.GDPR'));
    const place = { source: 'vault:crm.public.persons', column: 'ssn', define: true };
    await office.does((work) =>
      addTag(work, { ...place, tag: 'Ours', by: { kind: 'person', name: 'gov.ernor' } }),
    );
    // Another version is another word: its own comes behind it.
    await classes([], { version: version + 1 });
    await classes([], { vault: ids('vlt') });
    await classes(['Vault.Sensitivity.LOW', 'Ours']);
    assert.deepEqual(await tagsOf('ssn'), [
      ['Ours', 'person', 'gov.ernor'],
      ['Vault.Sensitivity.LOW', ...by],
    ]);
    await classes([]);
    assert.deepEqual(await tagsOf('ssn'), [['Ours', 'person', 'gov.ernor']]);
    await office.does((work) => dropTag(work, { ...place, tag: 'Ours' }));
  });

  it('come with a vault that control heard of before it had a catalog for it', async () => {
    await office.pool.query('delete from catalog.source');
    await office.pool.query(`delete from catalog.system where engine = 'vault'`);
    assert.deepEqual(await listSystems(office.pool), []);
    version -= 1;
    await tell();
    const systems = (await listSystems(office.pool)).map(({ name }) => name);
    assert.deepEqual(systems, ['vault:crm']);
    await classes(['Vault.Sensitivity.HIGH']);
    assert.equal((await tagsOf('ssn')).length, 1);
    await classes([]);
  });
});

describe('service accounts', () => {
  it('come with credentials in the shape of Skyflow, whose secret control does not keep', async () => {
    const made = await make('shop.backend', { resource: { ID: vault, type: 'VAULT' } });
    assert.equal(made.tokenURI, 'https://localhost:7081/v1/auth/sa/oauth/token');
    const key = createPrivateKey(made.privateKey);
    assert.equal(key.asymmetricKeyDetails?.modulusLength, 2_048);
    const { rows } = await office.pool.query(
      'select encode(public_key, $1) as key, row_to_json(k)::text as row from identity.account_key k',
      ['base64'],
    );
    const own = createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
    assert.deepEqual(
      rows.map((row) => row.key.replaceAll('\n', '')),
      [own],
    );
    assert.doesNotMatch(JSON.stringify(rows), /PRIVATE/u);
    const { serviceAccounts } = await ask(admin, { path: '/v1/serviceAccounts' });
    assert.deepEqual(serviceAccounts[0].serviceAccount.ID, made.clientID);
    assert.doesNotMatch(JSON.stringify(serviceAccounts), /PRIVATE|sky-/u);
  });

  it('take a public key of the caller, and no weak or private one', async () => {
    const spki = { publicKeyEncoding: { type: 'spki', format: 'pem' } } as const;
    const pkcs8 = { privateKeyEncoding: { type: 'pkcs8', format: 'pem' } } as const;
    const pair = generateKeyPairSync('rsa', { modulusLength: 2_048, ...spki, ...pkcs8 });
    const made = await make('own.key', { publicKey: pair.publicKey });
    assert.equal(made.privateKey, undefined);
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024, ...spki, ...pkcs8 });
    const curve = generateKeyPairSync('ed25519', { ...spki, ...pkcs8 });
    for (const publicKey of [weak.publicKey, curve.publicKey, pair.privateKey, 'x']) {
      const call = post(`/v1/serviceAccounts/${made.clientID}/keys`, { publicKey });
      const { error } = await ask(admin, call, 400);
      assert.match(error.message, /public key expected RSA/u);
    }
  });

  it('have API keys, of which only a digest is kept', async () => {
    const made = await make('by.key', { apiKey: true });
    assert.match(made.apiKey, /^sky-[\w-]{43}$/u);
    const { rows } = await office.pool.query('select sha256 from identity.api_key where id = $1', [
      made.apiKeyID,
    ]);
    assert.deepEqual(rows[0].sha256, createHash('sha256').update(made.apiKey).digest());
  });

  it('rotate keys: the new one works at once, the old one as long as was said', async () => {
    const made = await make('rotating');
    const path = `/v1/serviceAccounts/${made.clientID}/keys`;
    office.clock.advance(1);
    const next = await ask(admin, post(`${path}/${made.keyID}/rotate`, { overlapHours: 2 }), 201);
    assert.notEqual(next.keyID, made.keyID);
    const states = async () =>
      (await ask(admin, { path })).keys.map((key: { status: string }) => key.status);
    assert.deepEqual(await states(), ['live', 'live']);
    office.clock.advance(2 * 3_600_000 + 1);
    admin = await api.person('ad.min.2', 'user-admin');
    governor = await api.person('gov.ernor.2', 'governor');
    assert.deepEqual(await states(), ['expired', 'live']);
    await ask(admin, { method: 'DELETE', path: `${path}/${next.keyID}` });
    assert.deepEqual(await states(), ['expired', 'revoked']);
    await ask(admin, { method: 'DELETE', path: `${path}/${next.keyID}` }, 404);
    await ask(admin, post(`${path}/${made.keyID}/rotate`), 404);
  });

  it('prove themselves as they are told to, from networks that are networks', async () => {
    const { clientID } = await make('strict', { clientConfiguration: { enforceContextID: true } });
    const path = `/v1/serviceAccounts/${clientID}`;
    const allow = (cidrBlocks: string[]) => ({ ipAllowlist: { status: 'ACTIVE_ALL', cidrBlocks } });
    const changed = await ask(admin, {
      method: 'PATCH',
      path,
      body: allow(['10.0.0.0/8', '::1/128']),
    });
    assert.deepEqual(changed.ipAllowlist, {
      status: 'ACTIVE_ALL',
      cidrBlocks: ['10.0.0.0/8', '::1/128'],
    });
    assert.equal(changed.clientConfiguration.enforceContextID, true);
    for (const bad of ['10.0.0.0', '10.0.0.0/33', 'x/8', '::1/129', '1.2.3.4/8/8']) {
      await ask(admin, { method: 'PATCH', path, body: allow([bad]) }, 400);
    }
  });
});

describe('roles and policies at a vault', () => {
  it('reach the plane in its bundle, bound to ids, and a renamed column keeps its protection', async () => {
    const account = await make('support.app');
    const definition = { name: 'support' };
    const role = post('/v1/roles', {
      roleDefinition: definition,
      resource: { ID: 'crm', type: 'VAULT' },
    });
    const { ID } = await ask(governor, role, 201);
    await ask(governor, role, 409);
    await ask(
      admin,
      post('/v1/roles/assign', {
        ID,
        members: [{ ID: account.clientID, type: 'SERVICE_ACCOUNT' }],
      }),
    );
    const created = await ask(
      governor,
      post('/v1/policies', {
        name: 'support-reads',
        resource: { ID: vault, type: 'VAULT' },
        activated: true,
        ruleParams: [
          {
            name: 'all',
            tableRuleParams: { tableName: 'persons', actions: ['READ'], effect: 'ALLOW' },
          },
          {
            name: 'mail',
            ruleExpression: 'ALLOW READ, DETOKENIZATION ON persons.email WITH REDACTION = MASKED',
          },
          {
            name: 'never',
            columnRuleParams: { columns: ['persons.ssn'], actions: ['READ'], effect: 'DENY' },
          },
        ],
      }),
      201,
    );
    await ask(governor, post('/v1/policies/assign', { ID: created.ID, roleIDs: [ID] }));
    const question = { subject: 'support.app', vault: 'crm', table: 'persons', operation: 'read' };
    const explained = await ask(governor, post('/api/v1/vaults/explain', question));
    assert.equal(explained.effect, 'allow');
    assert.deepEqual(explained.lines.slice(1), [
      '  email: MASKED',
      '  ssn: nothing',
      '  rules',
      '    policy support-reads (all) allows: ALLOW READ ON persons.*',
      '    policy support-reads (mail) allows: ALLOW READ, DETOKENIZATION ON persons.email WITH REDACTION = MASKED',
      '    policy support-reads (never) denies: DENY READ ON persons.ssn',
    ]);
    await ask(governor, post('/api/v1/vaults/explain', { ...question, subject: 'nobody' }), 404);
    const nobody = await api.person('no.body');
    await ask(nobody, post('/api/v1/vaults/explain', question), 403);
    const aboutMe = { ...question, subject: undefined };
    for (const asked of [aboutMe, { ...aboutMe, table: 'nothing' }, { ...aboutMe, vault: 'none' }])
      await ask(nobody, post('/api/v1/vaults/explain', asked), 404);
    const toNobody = { ID, members: [{ ID: 'no.body' }] };
    await ask(admin, post('/v1/roles/assign', toNobody));
    const mine = await ask(nobody, post('/api/v1/vaults/explain', aboutMe));
    assert.deepEqual(mine.lines.slice(1, 3), ['  email: at most MASKED', '  rules']);
    assert.ok(!JSON.stringify(mine).includes('ALLOW READ'), 'how rules read is not theirs');
    await ask(admin, post('/v1/roles/unassign', toNobody));
    columns = columns.map((one) => (one.name === 'ssn' ? { ...one, name: 'social' } : one));
    await tell();
    const { policy } = await ask(governor, { path: '/v1/policies/support-reads' });
    assert.deepEqual(
      policy.rules.map((rule: { ruleExpression: string }) => rule.ruleExpression),
      [
        'ALLOW READ ON persons.*',
        'ALLOW READ, DETOKENIZATION ON persons.email WITH REDACTION = MASKED',
        'DENY READ ON persons.ssn',
      ],
    );
    const bundle = await api.room.bundles.next('main', 0, { waitMs: 0 });
    assert.ok(bundle !== null);
    const { policies, roles, accounts } = JSON.parse(bundle.payload);
    assert.deepEqual(policies[0].bindings, {
      vault,
      names: { persons: table, 'persons.email': columns[0]?.id, 'persons.ssn': columns[1]?.id },
    });
    const held = roles.find((one: { name: string }) => one.name === 'support');
    assert.deepEqual(held.members, [account.clientID]);
    assert.deepEqual(roles.map((one: { definition: string }) => one.definition).toSorted(), [
      'CUSTOM',
      'VAULT_EDITOR',
      'VAULT_OWNER',
      'VAULT_VIEWER',
    ]);
    const own = accounts.find((one: { subject: string }) => one.subject === account.clientID);
    assert.equal(own.keys[0].id, account.keyID);
    assert.doesNotMatch(bundle.payload, /PRIVATE|sky-/u);
  });

  it('are found and changed as the scripts of Skyflow for moving do it', async () => {
    const at = `resource.type=VAULT&resource.ID=${vault}`;
    const named = await ask(governor, { path: `/v1/roles?name=VAULT_EDITOR&${at}` });
    assert.deepEqual(
      named.roles.map((one: { definition: object }) => one.definition),
      [
        {
          name: 'VAULT_EDITOR',
          displayName: '',
          description: '',
          type: 'SYSTEM',
          permissions: [],
        },
      ],
    );
    assert.deepEqual((await ask(governor, { path: `/v1/roles?name=nobody&${at}` })).roles, []);
    const custom = await ask(governor, { path: `/v1/roles?type=CUSTOM&${at}` });
    assert.deepEqual(
      custom.roles.map((one: { definition: { name: string } }) => one.definition.name),
      ['support'],
    );
    const account = await make('moved.app');
    const [{ ID: role }] = custom.roles;
    const members = [{ ID: account.clientID, type: 'SERVICE_ACCOUNT' }];
    await ask(admin, post('/v1/roles/assign', { ID: role, members }));
    const held = await ask(admin, {
      path: `/v1/members/${account.clientID}/roles?member.type=SERVICE_ACCOUNT`,
    });
    assert.deepEqual(
      held.roleToResource.map((one: { role: { ID: string }; resource: object }) => [
        one.role.ID,
        one.resource,
      ]),
      [[role, { ID: vault, type: 'VAULT' }]],
    );
    const before = (await ask(governor, { path: '/v1/policies/support-reads' })).policy.rules;
    const path = '/v1/policies/support-reads';
    const change = (ruleParams: readonly object[]) => ({
      method: 'PATCH' as const,
      path,
      body: { policy: { ID: 'support-reads', name: 'support-reads', description: '' }, ruleParams },
    });
    const ruleExpression = 'ALLOW READ ON persons.email WITH REDACTION = MASKED';
    const columnRuleParams = { name: 'mail', effect: 'ALLOW', actions: ['READ'], action: 'READ' };
    const replacing = {
      ID: 'support-reads.mail',
      name: 'mail',
      ruleExpression,
      columnRuleParams: { ...columnRuleParams, columns: ['persons.email'], vaultID: vault },
    };
    await ask(governor, change([replacing, { name: 'added', ruleExpression }]));
    const rules = (await ask(governor, { path })).policy.rules;
    assert.deepEqual(
      rules.map((one: { name: string; ruleExpression: string }) => [one.name, one.ruleExpression]),
      [
        ['all', before[0].ruleExpression],
        ['mail', ruleExpression],
        ['never', before[2].ruleExpression],
        ['added', ruleExpression],
      ],
    );
    await ask(governor, change([{ ...replacing, ID: 'support-reads.nobody' }]), 404);
    await ask(governor, { method: 'DELETE', path: '/v1/policies/rules/support-reads.added' });
    const back = { ...replacing, ruleExpression: before[1].ruleExpression };
    await ask(governor, change([back]));
    await ask(admin, post('/v1/roles/unassign', { ID: role, members }));
  });

  it('are listed, added, changed and removed rule by rule, and told of who has them', async () => {
    const { rules } = await ask(governor, { path: '/v1/policies/rules?policyID=support-reads' });
    assert.deepEqual(
      rules.map(({ ID, policyID }: { ID: string; policyID: string }) => [ID, policyID]),
      [
        ['support-reads.all', 'support-reads'],
        ['support-reads.mail', 'support-reads'],
        ['support-reads.never', 'support-reads'],
      ],
    );
    const ruleExpression = 'ALLOW READ ON persons.email';
    const more = { policyID: 'support-reads', ruleParams: [{ name: 'more', ruleExpression }] };
    const added = await ask(governor, post('/v1/policies/rules', more), 201);
    assert.deepEqual(added.IDs, ['support-reads.more']);
    await ask(governor, post('/v1/policies/rules', more), 409);
    const path = '/v1/policies/rules/support-reads.more';
    const other = { ruleParams: { name: 'more', ruleExpression: 'DENY READ ON persons.email' } };
    await ask(governor, { method: 'PATCH', path, body: other });
    assert.equal((await ask(governor, { path })).rule.effect, 'DENY');
    const bad = { ruleParams: { name: 'more', ruleExpression: 'DENY READ ON nobody' } };
    await ask(governor, { method: 'PATCH', path, body: bad }, 400);
    const { roles } = await ask(governor, { path: `/v1/roles?resource.ID=${vault}` });
    const owner = roles.find(
      (one: { definition: { name: string } }) => one.definition.name === 'VAULT_VIEWER',
    );
    const support = await ask(admin, { path: '/v1/serviceAccounts' });
    const { ID: clientID } = support.serviceAccounts
      .map((one: { serviceAccount: { ID: string; name: string } }) => one.serviceAccount)
      .find(({ name }: { name: string }) => name === 'support.app');
    const members = [{ ID: clientID, type: 'SERVICE_ACCOUNT' }];
    await ask(admin, post('/v1/roles/assign', { ID: owner.ID, members }));
    const { permissions } = await ask(governor, { path: `/v1/members/${clientID}/permissions` });
    assert.deepEqual(
      permissions

        .map(({ policyID, ruleExpression: text }: Record<string, string>) => `${policyID}: ${text}`)
        .toSorted(),
      [
        'null: ALLOW READ',
        'support-reads: ALLOW READ ON persons.*',
        'support-reads: ALLOW READ, DETOKENIZATION ON persons.email WITH REDACTION = MASKED',
        'support-reads: DENY READ ON persons.email',
        'support-reads: DENY READ ON persons.ssn',
      ],
    );
    await ask(admin, post('/v1/roles/unassign', { ID: owner.ID, members }));
    await ask(governor, { method: 'DELETE', path });
    await ask(governor, { path }, 404);
  });

  it('can be edited, put out of force and taken away', async () => {
    const status = {
      method: 'PATCH',
      path: '/v1/policies/support-reads/status',
      body: { status: 'INACTIVE' },
    } as const;
    await ask(governor, status);
    const { policies } = await ask(governor, { path: `/v1/policies?resource.ID=${vault}` });
    assert.equal(policies[0].status, 'INACTIVE');
    const { roles } = await ask(governor, { path: '/v1/roles?resource.ID=' + vault });
    const role = roles.find(
      (one: { definition: { name: string } }) => one.definition.name === 'support',
    );
    const named = await ask(governor, { path: `/v1/roles/${role.ID}/policies` });
    assert.deepEqual(named.policies, [{ ID: 'support-reads', name: 'support-reads' }]);
    const owner = roles.find(
      (one: { definition: { type: string } }) => one.definition.type === 'SYSTEM',
    );
    await ask(governor, { method: 'DELETE', path: `/v1/roles/${owner.ID}` }, 409);
    await ask(governor, { method: 'DELETE', path: '/v1/policies/support-reads' });
    await ask(governor, { path: '/v1/policies/support-reads' }, 404);
    await ask(governor, { method: 'DELETE', path: `/v1/roles/${role.ID}` });
  });

  it('refuse rules about what is not there, saying what was probably meant', async () => {
    const rule = (ruleExpression: string) =>
      ask(
        governor,
        post('/v1/policies', {
          name: 'bad',
          resource: { ID: vault, type: 'VAULT' },
          ruleParams: [{ name: 'r', ruleExpression }],
        }),
        400,
      );
    assert.equal(
      (await rule('ALLOW READ ON persons.emial')).error.hint,
      'did you mean `persons.email`?',
    );
    assert.match((await rule('ALLOW RED ON persons.email')).error.message, /character 7/u);
    assert.match((await rule('ALLOW READ ON nobody')).error.message, /no column group/u);
  });

  it('vanish with the vault', async () => {
    await tell('removed');
    const { roles } = await ask(governor, { path: '/v1/roles' });
    assert.deepEqual(roles, []);
  });

  it('are bound anew when they are applied again to a vault of the same name', async () => {
    const text = [
      'apiVersion: privet/v1\nkind: VaultPolicy\nname: moved\nvault: crm\nroles: [VAULT_OWNER]',
      'rules: [ALLOW READ ON persons.email]\n',
    ].join('\n');
    const change = { texts: [{ file: 'moved.yaml', text }], remove: [], mode: 'merge' };
    const plan = (body: object) => ask(governor, post('/api/v1/policies/plan', body));
    const apply = async () => {
      const { base, confirmation: confirm } = await plan(change);
      await ask(governor, post('/api/v1/policies/apply', { ...change, base, confirm }));
    };
    await tell();
    await apply();
    assert.deepEqual((await plan(change)).changed, []);
    await tell('removed');
    const { warnings } = await plan({ ...change, texts: [] });
    const told = warnings.map(({ message }: { message: string }) => message).join('\n');
    assert.match(told, /`moved` is about a vault that is no more/u);

    [vault, table] = [ids('vlt') as Id<'vlt'>, ids('tbl') as Id<'tbl'>];
    columns = ['email'].map((name) => ({ id: ids('col') as Id<'col'>, name }));
    await tell();
    const again = await plan(change);
    assert.deepEqual(
      again.changed.map(({ name }: { name: string }) => name),
      ['moved'],
    );
    await apply();
    assert.deepEqual((await plan(change)).changed, []);
    const { policy } = await ask(governor, { path: '/v1/policies/moved' });
    assert.equal(policy.resource.ID, vault);
  });
});
