import { z } from 'zod';
import { Problem } from '#base/problem';
import { findVault } from '#control/catalog';
import {
  changeAccount,
  createAccount,
  createAccountKey,
  endAccountKey,
  findAccount,
  KEY_DAYS_MAX,
  listAccountKeys,
  listAccounts,
  NETWORK_STATES,
  OVERLAP_HOURS_MAX,
  rotateAccountKey,
} from '#control/accounts';
import { listPlanes, removeSubject } from '#control/identity';
import type { AccountKeyUse, NewAccountKey, ServiceAccount } from '#control/accounts';
import type { Queryable } from '#platform/db';
import { permission } from './need.ts';
import { route } from './route.ts';
import { moment, word } from './shape.ts';

const area = 'vault accounts';
const READERS = permission('user-admin', 'governor', 'auditor');
const ADMIN = permission('user-admin');
const prefix = '';

const idParams = z.object({ id: word });
const keyParams = z.object({ id: word, keyId: word });

const configuration = z.object({
  enforceContextID: z.boolean().optional().describe('every assertion must carry `ctx`'),
  enforceSignedDataTokens: z.boolean().optional().describe('detokenise takes signed tokens only'),
  singleUseAssertions: z.boolean().optional().describe('an assertion is good once'),
});
const allowList = z.object({
  status: z.enum(NETWORK_STATES),
  cidrBlocks: z.array(z.string().max(64)).max(100).default([]),
});

/** The document Skyflow's SDKs read as `credentials.json`; the secrets in it are shown this once. */
const credentials = z.object({
  clientID: z.string(),
  clientName: z.string(),
  tokenURI: z.string(),
  keyID: z.string().optional(),
  privateKey: z.string().optional(),
  keyValidAfterTime: moment.optional(),
  keyValidBeforeTime: moment.optional(),
  keyAlgorithm: z.literal('KEY_ALG_RSA_2048').optional(),
  apiKeyID: z.string().optional(),
  apiKey: z.string().optional(),
});
type Credentials = z.infer<typeof credentials>;

const accountShape = z.object({
  serviceAccount: z.object({
    ID: z.string(),
    name: z.string(),
    displayName: z.string(),
    status: z.enum(['ACTIVE', 'INACTIVE']),
    createdOn: moment,
    createdBy: z.string(),
  }),
  clientConfiguration: configuration.required(),
  ipAllowlist: allowList,
});

const keyShape = z.object({
  keyID: z.string(),
  status: z.enum(['live', 'expired', 'revoked']),
  keyValidAfterTime: moment,
  keyValidBeforeTime: moment,
});

const newKey = z.object({
  publicKey: z.string().max(8_192).optional().describe('your own RSA public key in PEM'),
  days: z.number().int().min(1).max(KEY_DAYS_MAX).optional(),
});

function shown(account: ServiceAccount): z.infer<typeof accountShape> {
  const { networks, ...clientConfiguration } = account.rules;
  return {
    serviceAccount: {
      ID: account.id,
      name: account.name,
      displayName: account.displayName,
      status: account.state === 'active' ? 'ACTIVE' : 'INACTIVE',
      createdOn: account.createdAt,
      createdBy: account.createdBy,
    },
    clientConfiguration,
    ipAllowlist: { status: networks.status, cidrBlocks: [...networks.cidrBlocks] },
  };
}

/** Where the account gets its bearer tokens: the plane of the vault it was made for, or the only plane there is. */
async function tokenUri(tx: Queryable, vault: string | undefined): Promise<string> {
  const planes = await listPlanes(tx);
  const wanted = vault === undefined ? null : (await findVault(tx, vault)).plane;
  const fitting = wanted === null ? planes : planes.filter(({ name }) => name === wanted);
  const [plane, ...more] = fitting;
  if (plane !== undefined && more.length === 0) {
    return `${plane.url.replace(/\/+$/u, '')}/v1/auth/sa/oauth/token`;
  }
  throw new Problem('invalid', 'there are several planes: name the vault the account is for', {
    hint: 'give `resource: { ID, type: "VAULT" }`',
  });
}

function credentialsOf(key: NewAccountKey, uri: string): Credentials {
  const head = { clientID: key.account.id, clientName: key.account.name, tokenURI: uri };
  if (key.use === 'api') return { ...head, apiKeyID: key.id, ...given('apiKey', key.secret) };
  return {
    ...head,
    keyID: key.id,
    ...given('privateKey', key.secret),
    keyValidAfterTime: key.createdAt,
    keyValidBeforeTime: key.expiresAt,
    keyAlgorithm: 'KEY_ALG_RSA_2048',
  };
}

function given<K extends string>(name: K, secret: string | null): { [P in K]?: string } {
  return secret === null ? {} : ({ [name]: secret } as { [P in K]: string });
}

const resource = z.object({ ID: word, type: z.enum(['VAULT', 'WORKSPACE', 'ACCOUNT']) }).optional();

const accountRoutes = [
  route({
    method: 'GET',
    path: '/v1/serviceAccounts',
    prefix,
    need: READERS,
    area,
    summary: 'List service accounts',
    query: z.object({
      after: word.optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(200),
    }),
    answers: z.object({ serviceAccounts: z.array(accountShape) }),
    handle: async ({ room, query }) => ({
      serviceAccounts: (await listAccounts(room.office.pool, query)).map(shown),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/serviceAccounts',
    prefix,
    need: ADMIN,
    area,
    summary: 'Create a service account with a key pair or an API key; the secret is shown once',
    body: z.object({
      resource,
      serviceAccount: z.object({ name: word, displayName: z.string().max(200).optional() }),
      clientConfiguration: configuration.default({}),
      ipAllowlist: allowList.optional(),
      apiKey: z.boolean().default(false).describe('an API key instead of a key pair'),
      ...newKey.shape,
    }),
    answers: credentials,
    status: 201,
    handle: ({ body, does }) =>
      does(async (work) => {
        const vault = body.resource?.type === 'VAULT' ? body.resource.ID : undefined;
        const uri = await tokenUri(work.tx, vault);
        const rules = { ...body.clientConfiguration, networks: body.ipAllowlist };
        const account = await createAccount(work, { ...body.serviceAccount, ...rules });
        const use = body.apiKey ? 'api' : 'assertion';
        const { publicKey, days } = body;
        return credentialsOf(
          await createAccountKey(work, account.id, { use, publicKey, days }),
          uri,
        );
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/serviceAccounts/:id',
    prefix,
    need: READERS,
    area,
    summary: 'Show a service account',
    params: idParams,
    answers: accountShape,
    handle: async ({ room, params }) => shown(await findAccount(room.office.pool, params.id)),
  }),
  route({
    method: 'PATCH',
    path: '/v1/serviceAccounts/:id',
    prefix,
    need: ADMIN,
    area,
    summary: 'Change how a service account must prove itself',
    params: idParams,
    body: z.object({
      clientConfiguration: configuration.default({}),
      ipAllowlist: allowList.optional(),
    }),
    answers: accountShape,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        const rules = { ...body.clientConfiguration, networks: body.ipAllowlist };
        return shown(await changeAccount(work, params.id, rules));
      }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/serviceAccounts/:id',
    prefix,
    need: ADMIN,
    area,
    summary: 'Remove a service account with its keys and roles',
    params: idParams,
    answers: z.object({ ID: z.string() }),
    handle: ({ params, does }) =>
      does(async (work) => {
        const { id } = await findAccount(work.tx, params.id);
        await removeSubject(work, id);
        return { ID: id };
      }),
  }),
];

/** Skyflow keeps its three kinds of keys under three addresses that work alike. */
type Keys = {
  readonly path: string;
  readonly use: AccountKeyUse;
  readonly what: string;
};

function listKeys({ path, use, what }: Keys) {
  return route({
    method: 'GET',
    path,
    prefix,
    need: READERS,
    area,
    summary: `List the ${what}s of a service account`,
    params: idParams,
    answers: z.object({ keys: z.array(keyShape) }),
    handle: async ({ room, params }) => {
      const at = { tx: room.office.pool, nowMs: room.office.clock() };
      const keys = await listAccountKeys(at, params.id, use);
      return {
        keys: keys.map(({ id, state, createdAt, expiresAt }) => ({
          keyID: id,
          status: state,
          keyValidAfterTime: createdAt,
          keyValidBeforeTime: expiresAt,
        })),
      };
    },
  });
}

function makeKey({ path, use, what }: Keys) {
  return route({
    method: 'POST',
    path,
    prefix,
    need: ADMIN,
    area,
    summary: `Make a ${what}; the secret is shown once`,
    params: idParams,
    body: newKey,
    answers: credentials,
    status: 201,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        const uri = await tokenUri(work.tx, undefined);
        return credentialsOf(await createAccountKey(work, params.id, { ...body, use }), uri);
      }),
  });
}

function endKey({ path, use, what }: Keys) {
  return route({
    method: 'DELETE',
    path: `${path}/:keyId`,
    prefix,
    need: ADMIN,
    area,
    summary: `End a ${what} at once`,
    params: keyParams,
    answers: z.object({ keyID: z.string() }),
    handle: ({ params, does }) =>
      does(async (work) => {
        await endAccountKey(work, { account: params.id, use, id: params.keyId });
        return { keyID: params.keyId };
      }),
  });
}

function rotateKey({ path, use, what }: Keys) {
  return route({
    method: 'POST',
    path: `${path}/:keyId/rotate`,
    prefix,
    need: ADMIN,
    area,
    summary: `Put a new ${what} in the place of another, which may work on for some hours`,
    params: keyParams,
    body: newKey.extend({
      overlapHours: z.number().int().min(0).max(OVERLAP_HOURS_MAX).default(0),
    }),
    answers: credentials,
    status: 201,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        const uri = await tokenUri(work.tx, undefined);
        const key = { account: params.id, use, id: params.keyId };
        return credentialsOf(await rotateAccountKey(work, key, body), uri);
      }),
  });
}

const KEYS: readonly Keys[] = [
  { path: '/v1/serviceAccounts/:id/keys', use: 'assertion', what: 'key pair' },
  { path: '/v1/serviceAccounts/:id/apikey', use: 'api', what: 'API key' },
  {
    path: '/v1/serviceAccounts/:id/signedtokenkey',
    use: 'signed-token',
    what: 'key pair for signed tokens',
  },
];

export const vaultAccountRoutes = [
  ...accountRoutes,
  ...KEYS.flatMap((keys) => [listKeys(keys), makeKey(keys), endKey(keys), rotateKey(keys)]),
];
