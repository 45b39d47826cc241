import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { newId } from '#base/ids';
import type { IdPrefix } from '#base/ids';
import type { Bundle, BundleSubject, FactBody, Permission } from '#boundary';
import { bindVault, decideVault, parseDocuments, prepare } from '#engines/policy';
import { createHttpServer } from '#platform/http';
import type { Answered, HttpServer } from '#platform/http';
import { createAuthority, issueCertificate } from '#platform/http/authority';
import type { TestCluster } from '#platform/db/testcluster';
import type { VaultProposal, VaultSchema } from '#plane/vault';
import { CALLER, closeTestVaults, openTestVault } from '../../src/plane/vault/testvault.ts';
import type { TestVault } from '../../src/plane/vault/testvault.ts';
import { openConnections } from '#plane/connections';
import { openEgress } from '#plane/egress';
import type { Egress } from '#plane/egress';
import { addVaultRoutes, openDecisionDesk, strippedAddress } from '#plane/vaultapi';
import type { VaultAccess, VaultRoom } from '#plane/vaultapi';
import { openVaultQueries } from '#plane/vaultquery';
import type { VaultQueries, VaultQuerySettings } from '#plane/vaultquery';
import { factsOf } from '../../src/plane/vaultapi/ruling.ts';

type Account = Bundle['accounts'][number];
type Role = Bundle['roles'][number];

/** The vault's API over a real vault, with accounts, roles and policies that tests give. */
export type TestApi = {
  readonly server: HttpServer;
  readonly test: TestVault;
  readonly schema: VaultSchema;
  /** What the server told of each answer. */
  readonly answered: readonly Answered[];
  /** What the routes work with, for other doors. */
  readonly room: VaultRoom;
  /** The only way out, which has no rules yet; `names` is all it resolves. */
  readonly egress: Egress;
  readonly names: Map<string, readonly string[]>;
  /** What was decided since this was last asked. */
  decisions(): readonly FactBody<'vault-decision'>[];
  /** One more vault of the same plane. */
  another(proposal: VaultProposal): Promise<VaultSchema>;
  /** Closes everything; before the cluster stops. */
  close(): Promise<void>;
  /** Changes what control says; it counts from the next request. */
  govern(change: Partial<World>): void;
  /** A service account with a key pair for assertions and one for signed tokens. */
  account(name: string, rules?: Partial<Account>, permissions?: readonly Permission[]): TestAccount;
  /** How the account proves itself, as the bundle has it; `replace` changes that. */
  entry(account: TestAccount): Account;
  replace(account: TestAccount, change: Partial<Account>): void;
  role(name: string, holders: readonly TestAccount[]): Role;
  roleAt(vault: VaultSchema['id'], name: string, holders: readonly TestAccount[]): Role;
  ask(secret: string | null, call: Asked): Promise<Answer>;
  /** The bearer token of an account, as an SDK gets it. */
  bearer(account: TestAccount, more?: BearerWish): Promise<string>;
};

export type World = {
  readonly policies: string;
  readonly purposes: readonly string[];
  readonly stale: boolean;
};

export type TestAccount = {
  readonly id: BundleSubject['id'];
  readonly keyId: string;
  readonly signingKeyId: string;
  readonly apiKey: string;
  readonly privateKeyPem: string;
  /** A JWT over these claims with the account's own defaults; `null` takes a claim away. */
  assertion(claims?: Readonly<Record<string, unknown>>, header?: object): string;
  signed(token: string, claims?: Readonly<Record<string, unknown>>): string;
};
export type BearerWish = {
  readonly scope?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
};
export type Asked = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly raw?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
};
export type Answer = {
  readonly status: number;
  /** Parsed JSON; tests say what they expect of it, and a wrong guess fails them. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
};

const PLANE = 'pln_example';
const HOST = 'vault.example';
export const TOKEN_URI = `https://${HOST}/v1/auth/sa/oauth/token`;
const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes));
const id = <P extends IdPrefix>(prefix: P) => newId(prefix, { nowMs: 1_790_000_000_000, random });
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const authority = await createAuthority({ name: 'Test', nowMs: Date.now() });
/** What the server's certificate is by, also for clients that call it by its address. */
export const TEST_CA_PEM = authority.certificatePem;

export async function openTestApi(
  cluster: TestCluster,
  proposal: VaultProposal,
  more: Partial<VaultRoom> = {},
): Promise<TestApi> {
  const test = await openTestVault(cluster);
  const schema = await test.vaults.create(CALLER, proposal);
  const schemas = [schema];
  const subjects: BundleSubject[] = [];
  const accounts: Account[] = [];
  const roles: Role[] = [];
  let world: World = { policies: '', purposes: [], stale: false };
  let access: VaultAccess | null = null;
  const renew = () => {
    access = world.stale ? null : accessFor(world, { subjects, accounts, roles }, schemas);
  };
  const queries = testQueries(test);
  const names = new Map<string, readonly string[]>();
  const egress = testEgress(test, names);
  const connections = testConnections(test, egress);
  const told: FactBody<'vault-decision'>[] = [];
  const decisions = openDecisionDesk({ tell: (fact) => told.push(fact), clock: test.clock });
  const parts = { access: () => access, queries, connections, decisions };
  const room = { ...roomOf(test, parts), ...more };
  const answered: Answered[] = [];
  const server = await openServer(room, (one) => answered.push(one));
  const ask = (secret: string | null, call: Asked) => askServer(server, secret, call);
  const roleAt: TestApi['roleAt'] = (vault, name, holders) => {
    const system = name.startsWith('VAULT_');
    const definition = system ? (name as Role['definition']) : 'CUSTOM';
    const members = holders.map((holder) => holder.id);
    const role: Role = { id: id('rol'), name, vault, definition, members };
    roles.push(role);
    renew();
    return role;
  };
  renew();
  return {
    server,
    answered,
    test,
    schema,
    room,
    egress,
    names,
    decisions() {
      decisions.flush();
      return told.splice(0);
    },
    async another(other) {
      const made = await test.vaults.create(CALLER, other);
      schemas.push(made);
      renew();
      return made;
    },
    async close() {
      await server.close();
      decisions.close();
      await queries.close();
      await connections.close();
      await egress.close();
      await closeTestVaults();
    },
    govern(change) {
      world = { ...world, ...change };
      renew();
    },
    account(name, rules = {}, permissions = []) {
      const made = newAccount(name, () => test.clock() / 1_000);
      subjects.push(subjectOf(made.account.id, name, permissions));
      accounts.push({ ...made.entry, ...rules });
      renew();
      return made.account;
    },
    entry: (account) => entryOf(accounts, account),
    replace(account, change) {
      const entry = entryOf(accounts, account);
      accounts[accounts.indexOf(entry)] = { ...entry, ...change };
      renew();
    },
    role: (name, holders) => roleAt(schema.id, name, holders),
    roleAt,
    ask,
    async bearer(account, { scope, claims } = {}) {
      const assertion = account.assertion(claims);
      const body = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion, scope };
      const answer = await ask(null, { method: 'POST', path: '/v1/auth/sa/oauth/token', body });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      return answer.body.accessToken;
    },
  };
}

function entryOf(accounts: readonly Account[], { id: subject }: TestAccount): Account {
  const entry = accounts.find((one) => one.subject === subject);
  if (entry === undefined) throw new Error('no such account');
  return entry;
}

/** Small enough for tests to meet. */
const QUERY_SETTINGS: VaultQuerySettings = {
  executorsMax: 1,
  executorIdleSeconds: 600,
  secondsMax: 10,
  rowsScannedMax: 20_000,
  loadedBytesMax: 4 * 1024 * 1024,
  rowsAnsweredMax: 15_000,
  answerBytesMax: 4 * 1024 * 1024,
};

function testQueries(test: TestVault): VaultQueries {
  return openVaultQueries({ vaults: test.vaults, settings: QUERY_SETTINGS, clock: test.clock });
}

/** A target that says nothing is given up after this. */
export const TEST_CALL_MS = 3_000;

function testEgress(test: TestVault, names: ReadonlyMap<string, readonly string[]>): Egress {
  return openEgress({
    pool: test.database.pool,
    ledger: test.ledger,
    clock: test.clock,
    random,
    configured: {},
    resolve: async (name) => names.get(name) ?? [],
    onFault: (problem) => {
      throw problem;
    },
  });
}

function testConnections(test: TestVault, egress: Egress) {
  const { ledger, keyring, clock, database } = test;
  const callMs = TEST_CALL_MS;
  return openConnections({ pool: database.pool, ledger, keyring, egress, clock, random, callMs });
}

function roomOf(
  test: TestVault,
  parts: Pick<VaultRoom, 'access' | 'queries' | 'connections' | 'decisions'>,
): VaultRoom {
  const { vaults, ledger, keyring, clock } = test;
  const { pool } = test.database;
  const common = { plane: PLANE, vaults, ledger, keyring, pool, clock, random };
  const streams = { streamWaitSeconds: 60, onRejected: () => undefined };
  const addresses = [`https://${HOST}/`];
  return { ...common, ...parts, ...streams, addresses, audiences: [TOKEN_URI] };
}

async function openServer(
  room: VaultRoom,
  onAnswered: (answered: Answered) => void,
): Promise<HttpServer> {
  const issued = await issueCertificate(authority, {
    name: HOST,
    nowMs: Date.now(),
    hosts: [HOST, '127.0.0.1'],
  });
  let requests = 0;
  const server = await createHttpServer({
    title: 'Privet data plane',
    version: '0',
    certificate: { chainPem: issued.certificatePem, keyPem: issued.keyPem },
    requestId: () => `req_${++requests}`,
    onAnswered,
    requestsPerMinuteMax: 1_000_000,
    rewriteUrl: strippedAddress,
  });
  await addVaultRoutes(server, room);
  await server.ready();
  return server;
}

function accessFor(
  world: World,
  held: Pick<Bundle, 'subjects' | 'accounts' | 'roles'>,
  schemas: readonly VaultSchema[],
): VaultAccess {
  const vaults = schemas.map(({ id: vault, name, tables }) => {
    return { id: vault, name, tables: tables.map(factsOf) };
  });
  const { documents, problems } = parseDocuments(world.policies);
  const bound = documents.map((authored) => bindVault(authored, vaults, null));
  for (const problem of [...problems, ...bound.flatMap((one) => one.problems)]) throw problem;
  const bundle: Bundle = {
    format: 'privet-bundle/v1',
    plane: PLANE,
    serial: 1,
    issuedAtMs: 0,
    expiresAtMs: 1,
    subjects: [...held.subjects],
    accounts: [...held.accounts],
    roles: [...held.roles],
    policies: bound.map(({ json }) => json),
    purposes: world.purposes.map((name) => ({ name, description: '', statement: 'yes' })),
    projects: [],
    sources: [],
    identityKeys: [],
    acts: [],
  };
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const view = prepare(bundle, { sha256 });
  return { bundle, decideVault: (request) => decideVault(view, request) };
}

function subjectOf(
  subject: BundleSubject['id'],
  name: string,
  permissions: readonly Permission[],
): BundleSubject {
  const kind = 'service' as const;
  const rest = { groups: [], attributes: {}, scram: null, tokens: [] };
  return { id: subject, name, kind, state: 'active', permissions, ...rest };
}

function newAccount(name: string, nowSeconds: () => number) {
  const pairs = [newPair(), newPair()] as const;
  const [subject, keyId, signingKeyId] = [id('sub'), id('key'), id('key')];
  const apiKey = `sky-${randomBytes(32).toString('base64url')}`;
  const expiresAtMs = 4_000_000_000_000;
  const entry: Account = {
    subject,
    enforceContext: false,
    enforceSignedTokens: false,
    singleUse: false,
    networkStatus: 'INACTIVE',
    networks: [],
    keys: [
      { id: keyId, use: 'assertion', publicKey: pairs[0].publicKey, expiresAtMs },
      { id: signingKeyId, use: 'signed-token', publicKey: pairs[1].publicKey, expiresAtMs },
    ],
    apiKeys: [
      { id: id('key'), sha256: createHash('sha256').update(apiKey).digest('base64'), expiresAtMs },
    ],
  };
  const jwt = (pem: string, claims: object, header: object = { alg: 'RS256', typ: 'JWT' }) => {
    const signed = `${part(header)}.${part(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), pem).toString('base64url')}`;
  };
  const account: TestAccount = {
    id: subject,
    keyId,
    signingKeyId,
    apiKey,
    privateKeyPem: pairs[0].privateKeyPem,
    assertion(claims = {}, header) {
      const now = Math.floor(nowSeconds());
      const all = {
        iss: subject,
        sub: subject,
        key: keyId,
        aud: TOKEN_URI,
        iat: now,
        exp: now + 3_600,
      };
      return jwt(pairs[0].privateKeyPem, { ...all, ...claims }, header);
    },
    signed(token, claims = {}) {
      const now = Math.floor(nowSeconds());
      const all = {
        iss: 'sdk',
        sub: subject,
        key: signingKeyId,
        tok: token,
        iat: now,
        exp: now + 60,
      };
      return `signed_token_${jwt(pairs[1].privateKeyPem, { ...all, ...claims })}`;
    },
  };
  return { account, entry, name };
}

function newPair() {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return {
    publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    privateKeyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

async function askServer(server: HttpServer, secret: string | null, call: Asked): Promise<Answer> {
  const payload = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
  const reply = await server.inject({
    method: call.method ?? 'GET',
    url: call.path,
    headers: {
      host: HOST,
      ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
  const body: unknown = reply.body === '' ? null : JSON.parse(reply.body);
  return { status: reply.statusCode, body, headers: reply.headers };
}
