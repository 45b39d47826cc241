import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { PERMISSIONS, signIdentityToken } from '#boundary';
import type { Problem } from '#base/problem';
import type { Bundle, FactBody, Permission } from '#boundary';
import { textOf } from '#base/bytes';
import { columnOf, cellText, maskColumn } from '#engines/crypto';
import type { ColumnMask } from '#engines/crypto';
import { decodeBundle, parseProofFile } from '#engines/merkle';
import { parseDocuments } from '#engines/policy';
import { migrate } from '#platform/db';
import { createHttpServer } from '#platform/http';
import type { HttpServer } from '#platform/http';
import { openLocalBlobs } from '#platform/blob';
import { openFileProvider } from '#platform/kms';
import { maskScope, openKeyring, openRewrapping } from '#plane/keys';
import type { Keyring, Rewrapping } from '#plane/keys';
import { openEgress } from '#plane/egress';
import type { Egress } from '#plane/egress';
import { openLedger, openLog } from '#plane/ledger';
import type { Ledger, Log } from '#plane/ledger';
import { openCollector } from '#plane/collector';
import type { Collector } from '#plane/collector';
import { openOperator } from '#plane/operator';
import type { Operator } from '#plane/operator';
import { openSources } from '#plane/sources';
import type { Sources } from '#plane/sources';
import { createAuthority, issueCertificate } from '#platform/http/authority';
import { roleReport } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { addPlaneRoutes, ROUTES, UNMASK_VALUES_MAX } from './mod.ts';
import { showSamples } from './samples.ts';
import type { Room, Route } from './mod.ts';

const GOLDEN = new URL('../../../test/openapi.plane.golden.json', import.meta.url);
const MIGRATIONS = new URL('../migrations/', import.meta.url);
const PLANE = 'main';
const NOW_MS = 1_800_000_000_000;
const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes));

const keys = generateKeyPairSync('ed25519');
const identityKey = {
  kid: 'k1',
  sign: async (message: Uint8Array) => new Uint8Array(sign(null, message, keys.privateKey)),
};

let cluster: TestCluster;
let folder: string;
let server: HttpServer;
let ledger: Ledger;
let log: Log;
let keyring: Keyring;
let rewrapping: Rewrapping;
let egress: Egress;
let collector: Collector;
let operator: Operator;
let sources: Sources;
let database: string;
let state: ReturnType<Room['border']['current']>;
const told: FactBody[] = [];
const people = new Map<string, Id<'sub'>>();

const POLICIES = `
apiVersion: privet/v1
kind: SubscriptionPolicy
name: all
target: { sources: ['*.*.*'] }
combine: shared
allow: { groups: [owners, clerks, northerners] }
---
apiVersion: privet/v1
kind: DataPolicy
name: ssn
mask:
  columns: { names: [ssn] }
  with: { kind: reversible }
  for: { groups: [clerks] }
  otherwise:
    - with: clear
---
apiVersion: privet/v1
kind: DataPolicy
name: phone
mask:
  columns: { names: [phone] }
  with: { kind: reversible }
  for: { groups: [nobody] }
  otherwise:
    - with: clear
---
apiVersion: privet/v1
kind: DataPolicy
name: card
mask:
  columns: { names: [card] }
  with: { kind: format-preserving, alphabet: digits, separators: '-' }
  for: { groups: [clerks] }
  otherwise:
    - with: clear
---
apiVersion: privet/v1
kind: DataPolicy
name: hashed
mask:
  columns: { names: [email] }
  with: hash
  for: { groups: [clerks] }
  otherwise:
    - with: clear
---
apiVersion: privet/v1
kind: DataPolicy
name: north
target: { sources: [clinic.clinic.patient] }
rows:
  keep: { sql: "region = 'north'" }
  for: { groups: [northerners] }
  otherwise:
    - keep: all
`;

const SOURCE: Id<'src'> = newId('src', { nowMs: NOW_MS, random });

function person(name: string, permissions: readonly Permission[], groups: readonly string[] = []) {
  const id = newId('sub', { nowMs: NOW_MS, random });
  people.set(name, id);
  return {
    id,
    name,
    kind: 'person' as const,
    state: 'active' as const,
    groups,
    attributes: {},
    permissions,
    scram: null,
    tokens: [],
  };
}

function bundleOf(changes: Partial<Bundle> = {}): Bundle {
  const { documents, problems } = parseDocuments(POLICIES);
  assert.deepEqual(problems, []);
  const column = (name: string) => ({ name, type: 'text', tags: [], description: '' });
  return {
    format: 'privet-bundle/v1',
    plane: PLANE,
    serial: 4,
    issuedAtMs: NOW_MS - 60_000,
    expiresAtMs: NOW_MS + 3_600_000,
    subjects: [
      ...PERMISSIONS.map((permission) => person(permission, [permission])),
      person('nobody', []),
      person('owner', [], ['owners']),
      person('clerk', [], ['clerks']),
      person('northerner', [], ['northerners']),
      { ...person('locked', ['operator']), state: 'locked' as const },
    ],
    policies: documents.map((authored) => authored.json),
    projects: [],
    purposes: [],
    sources: [
      {
        id: SOURCE,
        system: 'clinic',
        schema: 'clinic',
        name: 'patient',
        state: 'active',
        tags: [],
        description: '',
        owners: [],
        columns: ['ssn', 'phone', 'card', 'email', 'region'].map(column),
      },
    ],
    roles: [],
    accounts: [],
    identityKeys: [{ kid: 'k1', publicKey: keys.publicKey.export({ format: 'jwk' }).x ?? '' }],
    acts: [],
    ...changes,
  };
}

function inForce(bundle: Bundle): void {
  state = { kind: 'fresh', bundle, prepared: null, digest: '0'.repeat(64) };
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'privet-api-'));
  cluster = await startTestCluster({ tcp: true });
  const { pool } = await cluster.createDatabase();
  await migrate(pool, MIGRATIONS);
  const clock = () => NOW_MS;
  ledger = await openLedger({ pool, plane: PLANE, clock, headFile: join(folder, 'head') });
  const { provider } = await openFileProvider({ path: join(folder, 'master.key'), create: true });
  log = await openLog({
    pool,
    plane: PLANE,
    clock,
    blobs: await openLocalBlobs(join(folder, 'ledger')),
    keyService: provider,
    origin: 'privet.local/plane-1',
    witnesses: { logs: [], witnesses: [], groups: [], quorum: null },
    askWitness: () => Promise.reject(new Error('nobody is there')),
  });
  keyring = openKeyring({
    pool,
    provider,
    plane: PLANE,
    record: (leaf, tx) => (tx === null ? ledger.write(leaf) : ledger.append(tx, leaf)),
  });
  const border = {
    wake: () => undefined,
    tell: (body: FactBody) => void told.push(body),
    store: async () => 1,
  };
  const onFault = (problem: Problem) => assert.fail(problem);
  egress = openEgress({ pool, ledger, clock, random, configured: {}, onFault });
  rewrapping = await openRewrapping({ pool, keyring, clock, onFault });
  sources = openSources({ pool, ledger, border, egress, sealer: keyring, clock, random });
  const target = await cluster.createDatabase();
  database = target.name;
  await target.pool.query(`create role reader login password 'canary-password'`);
  await target.pool.query(
    'create table public.patient (id integer, ssn text); grant select on public.patient to reader',
  );
  inForce(bundleOf());
  collector = await openCollector({
    pool,
    ledger,
    border: { ...border, current: () => state },
    egress,
    sealer: keyring,
    sources,
    digest: (texts) => Promise.resolve(texts.map(() => '0'.repeat(64))),
    clock,
    random,
    sampleRowsMax: 5,
    duckdbDirectory: '',
    jobsAtOnce: 1,
    onFault,
  });
  const given = { pool, plane: PLANE, ledger, log, sealer: keyring, clock, random, onFault };
  const limits = {
    breakGlassApprovals: 2,
    emergency: false,
    operations: ['rollKeys'],
    standing: true,
  };
  const quarantine = { bytesMax: 100_000, keepDays: 30 };
  const shown = { databaseUrl: null, outputDays: 365 };
  operator = await openOperator({ ...given, ...limits, ...shown, quarantine, steady: () => 0 });
  const room: Room = {
    plane: PLANE,
    border: {
      current: () => state,
      status: async () => ({
        bundle: { kind: 'fresh', serial: 4, issuedAtMs: NOW_MS - 60_000, expiresAtMs: null },
        heardAtMs: null,
        actsThrough: 0,
        outbox: { waiting: 0, oldestMs: null },
        release: { mode: 'open', through: 0, last: 0 },
      }),
      outbox: async () => [],
      setMode: async (mode) => ({ mode, through: 0, last: 0 }),
      release: async (through) => ({ mode: 'approve', through, last: through }),
      tell: border.tell,
      pulled: null,
    },
    ledger,
    log,
    keyring,
    rewrapping,
    sources,
    egress,
    exports: { list: () => Promise.resolve([]) },
    collector,
    operator,
    ownRole: () => roleReport(pool),
    clock,
  };
  server = await openServer(room);
});

after(async () => {
  await server.close();
  await operator.close();
  await collector.stop();
  await sources.stop();
  await egress.close();
  await log.close();
  await ledger.close();
  await rewrapping.close();
  keyring.close();
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

async function openServer(room: Room): Promise<HttpServer> {
  const authority = await createAuthority({ name: 'test', nowMs: Date.now() });
  const issued = await issueCertificate(authority, { name: 'x', nowMs: Date.now(), hosts: ['x'] });
  let requests = 0;
  const made = await createHttpServer({
    title: 'Privet data plane',
    version: '0.0.0-test',
    certificate: { chainPem: issued.certificatePem, keyPem: issued.keyPem },
    requestId: () => `req_${++requests}`,
    requestsPerMinuteMax: 100_000,
  });
  addPlaneRoutes(made, room);
  await made.ready();
  return made;
}

async function tokenOf(name: string, changes: object = {}): Promise<string> {
  const seconds = NOW_MS / 1000;
  return signIdentityToken(
    {
      iss: 'privet-control',
      aud: PLANE,
      sub: people.get(name) ?? assert.fail(name),
      name,
      permissions: [...PERMISSIONS],
      iat: seconds,
      exp: seconds + 600,
      jti: 'x'.repeat(22),
      ...changes,
    },
    identityKey,
  );
}

type Asked = { readonly method?: Route['method']; readonly path: string; readonly body?: object };

async function ask(token: string | null, { method = 'GET', path, body }: Asked) {
  const answer = await server.inject({
    method,
    url: path,
    ...(token === null ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...(body === undefined ? {} : { payload: body }),
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  const parsed: any = /json/u.test(String(answer.headers['content-type']))
    ? JSON.parse(answer.body)
    : null;
  return { status: answer.statusCode, body: parsed };
}

const filled = (route: Route) => route.path.replaceAll(/:\w+/gu, 'nobody-else');

for (const route of ROUTES) {
  const title = `${route.method} ${route.path}`;

  test(`${title} answers 401 without a good identity token, before it looks at anything else`, async () => {
    const bad = [
      null,
      'x',
      await tokenOf('operator', { aud: 'other' }),
      await tokenOf('operator', { iat: NOW_MS / 1000 - 900, exp: NOW_MS / 1000 - 60 }),
      await tokenOf('locked'),
      `${(await tokenOf('operator')).slice(0, -6)}AAAAAA`,
    ];
    for (const token of bad) {
      const { status, body } = await ask(token, {
        method: route.method,
        path: filled(route),
        body: {},
      });
      assert.equal(status, 401, String(token));
      assert.match(body.error.code, /^(?:unauthenticated|expired)$/u);
    }
  });

  test(`${title} answers 403 without the permission it declares, whatever the token says, and no 403 with it`, async () => {
    if (route.need.kind !== 'permission') return;
    const before = await ledger.head();
    const { anyOf } = route.need;
    let refused = 0;
    for (const name of [...PERMISSIONS, 'nobody']) {
      const call = { method: route.method, path: filled(route), body: {} };
      const { status } = await ask(await tokenOf(name), call);
      if ((anyOf as readonly string[]).includes(name)) {
        assert.notEqual(status, 403, name);
      } else {
        assert.equal(status, 403, name);
        refused += 1;
      }
    }
    const leaves = await ledger.read({ kinds: ['access-refused'], from: before.size, limit: 100 });
    assert.equal(leaves.length, refused);
    assert.ok(
      leaves.every(
        ({ leaf }) => leaf.kind === 'access-refused' && leaf.operation === route.operation,
      ),
    );
  });
}

test('no two routes share a method and a path, or an operation', () => {
  const paths = ROUTES.map((route) => `${route.method} ${route.path.replaceAll(/:\w+/gu, ':x')}`);
  assert.deepEqual(paths, [...new Set(paths)]);
  const operations = ROUTES.map((route) => route.operation);
  assert.deepEqual(operations, [...new Set(operations)]);
});

test('the OpenAPI document is the golden one', () => {
  const document = `${JSON.stringify(server.swagger(), null, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, document);
  assert.equal(document, readFileSync(GOLDEN, 'utf8'), 'run with UPDATE_GOLDEN=1 when it is meant');
});

test('a plane without a fresh bundle answers nobody', async () => {
  const token = await tokenOf('operator');
  const good = state;
  assert.ok(good.kind !== 'none');
  for (const other of [{ kind: 'none' } as const, { ...good, kind: 'stale' } as const]) {
    state = other;
    const { status, body } = await ask(token, { path: '/api/v1/status' });
    assert.equal(status, 503);
    assert.equal(body.error.code, 'unavailable');
  }
  state = good;
  assert.equal((await ask(token, { path: '/api/v1/status' })).status, 200);
});

describe('systems', () => {
  const connection = () =>
    `postgresql://reader@127.0.0.1:${cluster.port}/${database}?sslmode=disable`;

  test('a data owner registers a database, and neither answer nor ledger shows the password', async () => {
    const token = await tokenOf('data-owner');
    const body = { name: 'clinic', connection: connection(), password: 'canary-password' };
    const trial = await ask(token, {
      method: 'POST',
      path: '/api/v1/systems/trial',
      body: { ...body, name: undefined },
    });
    assert.equal(trial.status, 200, JSON.stringify(trial.body));
    assert.equal(trial.body.relations, 1);
    const made = await ask(token, { method: 'POST', path: '/api/v1/systems', body });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.equal(made.body.mode, 'splice');
    assert.equal(made.body.registeredBy, people.get('data-owner'));
    const again = await ask(token, { method: 'POST', path: '/api/v1/systems', body });
    assert.equal(again.status, 409);
    const shown = await Promise.all([
      ask(token, { path: '/api/v1/systems' }),
      ask(token, { path: '/api/v1/systems/clinic' }),
      ask(token, { path: '/api/v1/systems/clinic/relations' }),
      ask(token, { method: 'POST', path: '/api/v1/systems/clinic/refresh' }),
    ]);
    assert.deepEqual(
      shown.map((answer) => answer.status),
      [200, 200, 200, 200],
    );
    assert.equal(shown[2].body.items[0].name, 'patient');
    const leaves = await ledger.read({ from: 0, limit: 1_000 });
    assert.doesNotMatch(JSON.stringify([trial, made, again, shown, leaves]), /canary/u);
  });

  test('a wrong password is told apart and not repeated; one in the address is refused', async () => {
    const token = await tokenOf('operator');
    const path = '/api/v1/systems/trial';
    const wrong = { connection: connection(), password: 'canary-wrong' };
    const first = await ask(token, { method: 'POST', path, body: wrong });
    assert.equal(first.status, 503);
    assert.match(first.body.error.message, /refuses the password of `reader`/u);
    const inside = { connection: connection().replace('reader', 'reader:canary-2') };
    const second = await ask(token, { method: 'POST', path, body: inside });
    assert.equal(second.status, 400);
    assert.match(second.body.error.message, /expected no password/u);
    assert.doesNotMatch(JSON.stringify([first, second]), /canary/u);
  });

  test('harden answers with what is missing', async () => {
    const token = await tokenOf('operator');
    const call = { method: 'POST', path: '/api/v1/systems/clinic/harden' } as const;
    const { status, body } = await ask(token, call);
    assert.equal(status, 403);
    assert.match(body.error.message, /may not make the gate role/u);
  });
});

describe('the log', () => {
  const raw = async (path: string, as: string) => {
    const url = `/api/v1/ledger${path}`;
    const answer = await server.inject({ url, headers: { authorization: `Bearer ${as}` } });
    const type = String(answer.headers['content-type']);
    return { status: answer.statusCode, type, bytes: new Uint8Array(answer.rawPayload) };
  };

  test('is served to auditors as C2SP tlog-tiles has it', async () => {
    const auditor = await tokenOf('auditor');
    const { index } = await ledger.write({
      kind: 'plane-stopped',
      actor: { kind: 'plane' },
      version: '1',
    });
    const covered = await log.covered(index);
    const checkpoint = await raw('/log/checkpoint', auditor);
    assert.equal(checkpoint.type, 'text/plain; charset=utf-8');
    assert.equal(textOf(checkpoint.bytes), covered.note);
    const [width, full] = [covered.size % 256, Math.floor(covered.size / 256)];
    const last = `${String(full).padStart(3, '0')}.p/${width}`;
    const tile = await raw(`/log/tile/0/${last}`, auditor);
    assert.deepEqual([tile.type, tile.bytes.length], ['application/octet-stream', width * 32]);
    const bundle = await raw(`/log/tile/entries/${last}`, auditor);
    assert.equal(decodeBundle(bundle.bytes).length, width);
    const proven = await ask(auditor, { path: `/api/v1/ledger/leaves/${index}/proof` });
    const proof = parseProofFile(proven.body.proof);
    assert.deepEqual([proof.index, proof.checkpoint], [index, covered.note]);
    assert.equal(textOf((await raw('/log/vkey', auditor)).bytes), `${log.vkey}\n`);
    assert.equal(textOf((await raw('/log/minimum', auditor)).bytes), '0\n');
    const { body } = await ask(auditor, { path: '/api/v1/ledger/log' });
    assert.deepEqual([body.vkey, body.size, body.witnesses], [log.vkey, covered.size, []]);
    for (const path of ['/log/tile/0/7', '/log/tile/0/%2e%2e/%2e%2e/head', '/leaves/99999/proof']) {
      assert.equal((await raw(path, auditor)).status, 404, path);
    }
  });

  test('is refused to whoever is no auditor', async () => {
    for (const path of [
      '/log',
      '/log/checkpoint',
      '/log/vkey',
      '/log/tile/0/000',
      '/leaves/0/proof',
    ]) {
      assert.equal((await raw(path, await tokenOf('nobody'))).status, 403, path);
    }
  });
});

describe('keys and ledger', () => {
  test('an operator rolls keys as himself; an auditor reads that in the ledger', async () => {
    await keyring.use('rolling/source/one');
    const operator = await tokenOf('operator');
    const body = { pattern: 'rolling/source/*' };
    const rolled = await ask(operator, { method: 'POST', path: '/api/v1/keys/roll', body });
    const scope = 'rolling/source/one';
    const ours = rolled.body.items.find((key: { scope: string }) => key.scope === scope);
    assert.deepEqual(ours, { scope, version: 2 });
    const auditor = await tokenOf('auditor');
    const { body: tail } = await ask(auditor, {
      path: `/api/v1/ledger/leaves?kinds=key-rolled&actor=${people.get('operator')}`,
    });
    assert.match(tail.items[0].entry, /"kind":"key-rolled".*"scope":"rolling\/source\/one"/u);
    const found = await ask(auditor, { path: '/api/v1/ledger/search?text=rolling/source/one' });
    assert.equal(found.body.items[0].entry, tail.items[0].entry);
    assert.equal((await ask(auditor, { path: '/api/v1/ledger/exported?limit=2' })).body.next, 2);
    const listed = await ask(auditor, { path: '/api/v1/keys' });
    assert.ok(listed.body.items.some((key: { version: number }) => key.version === 2));
    assert.equal((await ask(auditor, { path: '/api/v1/ledger/leaves?kinds=x' })).status, 400);
    // Details, and the search over them, are for auditors.
    const leaves = { path: '/api/v1/ledger/leaves' };
    assert.match(JSON.stringify((await ask(auditor, leaves)).body), /"details":\{/u);
    assert.doesNotMatch(JSON.stringify((await ask(operator, leaves)).body), /"details":\{/u);
    const search = await ask(operator, { path: '/api/v1/ledger/search?text=x' });
    const exported = await ask(operator, { path: '/api/v1/ledger/exported?details=true' });
    assert.deepEqual([search.status, exported.status], [403, 403]);
  });

  test('an operator has keys wrapped anew, and nobody else', async () => {
    const path = '/api/v1/keys/rewrap';
    const auditor = await tokenOf('auditor');
    assert.equal((await ask(auditor, { method: 'POST', path })).status, 403);
    const begun = await ask(await tokenOf('operator'), { method: 'POST', path });
    assert.deepEqual([begun.status, begun.body.waiting], [200, 0]);
    assert.ok(['waiting', 'running', 'done'].includes(begun.body.job.state));
    const { body } = await ask(auditor, { path });
    assert.match(body.service, /^file\/[0-9a-f]{16}$/u);
  });

  test('a governor destroys the keys of a scope, named twice; the receipt names its leaf', async () => {
    const scope = 'rolling/source/gone';
    await keyring.use(scope);
    const path = '/api/v1/keys/destroy';
    const destroy = async (who: string, body: object) =>
      ask(await tokenOf(who), { method: 'POST', path, body });
    assert.equal((await destroy('operator', { scope, confirmation: scope })).status, 403);
    assert.equal((await destroy('governor', { scope, confirmation: 'rolling/' })).status, 400);
    const { body: receipt } = await destroy('governor', { scope, confirmation: scope });
    assert.equal(receipt.version, 1);
    const auditor = await tokenOf('auditor');
    const { body: tail } = await ask(auditor, {
      path: `/api/v1/ledger/leaves?kinds=key-destroyed&from=${receipt.leaf}`,
    });
    assert.match(tail.items[0].entry, /"kind":"key-destroyed".*"scope":"rolling\/source\/gone"/u);
    const listed = await ask(auditor, { path: '/api/v1/keys' });
    assert.deepEqual(listed.body.destroyed, [receipt]);
    await assert.rejects(keyring.use(scope), { code: 'gone' });
  });

  test('verify says that all is well, and names a head that does not belong', async () => {
    const token = await tokenOf('auditor');
    const { body: head } = await ask(token, { path: '/api/v1/ledger/head' });
    const verify = (body: object) =>
      ask(token, { method: 'POST', path: '/api/v1/ledger/verify', body });
    const good = await verify({ expected: [head] });
    assert.equal(good.body.kind, 'intact');
    assert.ok(good.body.checked >= head.size);
    const forged = { size: 2, chain: '0'.repeat(64) };
    const { body } = await verify({ expected: [forged] });
    assert.deepEqual(body, { kind: 'broken', checked: 2, head: null, index: 1, fault: 'head' });
  });

  test('leaves waits for the next leaf when asked to', async () => {
    const token = await tokenOf('auditor');
    const { size } = await ledger.head();
    const waiting = ask(token, { path: `/api/v1/ledger/leaves?from=${size}&waitSeconds=10` });
    await ledger.write({ kind: 'plane-stopped', actor: { kind: 'plane' }, version: '1' });
    assert.equal((await waiting).body.items[0].index, size);
  });
});

describe('failed rows', () => {
  const row = {
    ssn: 'canary-ssn',
    phone: '030-1234',
    card: '4111-1111',
    email: 'a@example.com',
    region: 'north',
    other: 'canary-other',
  };
  const result = 'a'.repeat(64);
  const caller = (name: string) => {
    const bundle = state.kind === 'none' ? assert.fail() : state.bundle;
    const subject = bundle.subjects.find((known) => known.name === name) ?? assert.fail(name);
    return { subject, bundle };
  };
  const show = (name: string, kept: object = {}) => {
    const samples = async () => ({
      table: { schema: 'clinic', name: 'patient' },
      check: 'not_null',
      rows: [row],
      ...kept,
    });
    const room = { collector: { ...collector, samples }, ledger, keyring, clock: () => NOW_MS };
    const asked = { warehouse: 'clinic', result, project: null, purpose: null };
    return showSamples(room as unknown as Room, caller(name), asked);
  };

  test('are shown as policy shows their table, each look a leaf', async () => {
    inForce(bundleOf());
    const owner = await show('owner');
    assert.deepEqual(
      [owner.columns, owner.rows],
      [
        ['ssn', 'phone', 'card', 'email', 'region'],
        [['canary-ssn', '030-1234', '4111-1111', 'a@example.com', 'north']],
      ],
    );
    const clerk = await show('clerk');
    assert.deepEqual(clerk.columns, owner.columns);
    const [cells = []] = clerk.rows;
    assert.match(cells[0] ?? '', /^r1\./u);
    assert.match(cells[2] ?? '', /^\d{4}-\d{4}$|^~/u);
    assert.match(cells[3] ?? '', /^[0-9a-f]{64}$/u);
    assert.equal(cells[4], 'north');
    assert.doesNotMatch(JSON.stringify(clerk), /canary|4111|example/u);
    const leaves = (await ledger.read({ kinds: ['samples-shown'] })).map(({ leaf }) => leaf);
    assert.equal(leaves.length, 2);
    assert.doesNotMatch(JSON.stringify(leaves), /canary|4111|example/u);
  });
  test('are refused to who sees some rows only or none, of tables nobody governs, and of custom SQL', async () => {
    inForce(bundleOf());
    await assert.rejects(show('northerner'), { code: 'denied' });
    await assert.rejects(show('nobody'), { code: 'denied' });
    await assert.rejects(show('owner', { table: { schema: 'clinic', name: 'elsewhere' } }), {
      code: 'denied',
    });
    await assert.rejects(show('owner', { check: 'custom_sql' }), { code: 'unsupported' });
    assert.equal((await ledger.read({ kinds: ['samples-refused'] })).length, 3);
  });
});

describe('unmask', () => {
  const source = 'clinic.clinic.patient';

  async function masked(
    value: string,
    mask: ColumnMask & { kind: 'reversible' | 'format-preserving' },
    key: string,
  ) {
    const { maskKey } = await keyring.use(maskScope(mask.kind, key));
    return cellText(maskColumn(columnOf([value]), mask, maskKey), 0) ?? assert.fail();
  }
  const reversible = (value: string) => masked(value, { kind: 'reversible' }, `source/${SOURCE}`);
  const card = (value: string) =>
    masked(
      value,
      { kind: 'format-preserving', alphabet: 'digits', separators: '-' },
      `source/${SOURCE}/column/card`,
    );

  async function unmask(name: string, body: object) {
    const full = { source, reason: 'case 17', ...body };
    return ask(await tokenOf(name), { method: 'POST', path: '/api/v1/unmask', body: full });
  }

  test('gives values to whoever sees the column anyway, each after its leaf', async () => {
    const { size } = await ledger.head();
    const values = [
      await reversible('123-45-6789'),
      await reversible('987-65-4321'),
      'r1.1.nonsense',
    ];
    const { status, body } = await unmask('owner', { column: 'ssn', values });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.items.slice(0, 2), [
      { kind: 'value', value: '123-45-6789' },
      { kind: 'value', value: '987-65-4321' },
    ]);
    assert.equal(body.items[2].kind, 'failed');
    const leaves = (await ledger.read({ kinds: ['unmask'], from: size })).map(({ leaf }) => leaf);
    assert.equal(leaves.length, 2);
    const [leaf] = leaves;
    assert.ok(leaf?.kind === 'unmask');
    assert.equal(leaf.reason, 'case 17');
    assert.equal(leaf.column, 'ssn');
    assert.equal(leaf.decision, body.decision);
    assert.deepEqual(leaf.actor, { kind: 'subject', id: people.get('owner') });
    assert.doesNotMatch(JSON.stringify(leaves), /123-45|987-65/u);
  });

  test('undoes format-preserving masks, also from before a roll', async () => {
    const old = await card('4111-1111-1111-1111');
    await keyring.roll(`consistent/source/${SOURCE}/column/card`, { kind: 'plane' });
    const now = await card('4111-1111-1111-1111');
    assert.notEqual(old, now);
    const fresh = await unmask('owner', { column: 'card', values: [now] });
    assert.deepEqual(fresh.body.items, [{ kind: 'value', value: '4111-1111-1111-1111' }]);
    const before = await unmask('owner', { column: 'card', values: [old], keyVersion: 1 });
    assert.deepEqual(before.body.items, [{ kind: 'value', value: '4111-1111-1111-1111' }]);
  });

  test('refuses whoever sees a mask, a part of the rows, or nothing, with one answer and a leaf', async () => {
    const { size } = await ledger.head();
    const values = [await reversible('123-45-6789')];
    const answers = [
      await unmask('clerk', { column: 'ssn', values }),
      await unmask('northerner', { column: 'ssn', values }),
      await unmask('governor', { column: 'ssn', values }),
      await unmask('owner', { column: 'nothing', values }),
      await unmask('owner', { column: 'ssn', values, source: 'no.such.source' }),
      await unmask('owner', { column: 'ssn', values, project: 'unknown' }),
    ];
    for (const { status, body } of answers) {
      assert.equal(status, 403);
      assert.equal(body.error.message, answers[0]?.body.error.message);
    }
    const leaves = await ledger.read({ kinds: ['unmask', 'unmask-refused'], from: size });
    assert.deepEqual(
      leaves.map(({ leaf }) => leaf.kind),
      answers.map(() => 'unmask-refused'),
    );
  });

  test('refuses a column in the clear whose key also hides another from the same person', async () => {
    // The clerk sees phone numbers, which other people see masked under the key that masks ssn for the clerk.
    const values = [await reversible('123-45-6789')];
    const { status, body } = await unmask('clerk', { column: 'phone', values });
    assert.equal(status, 403, JSON.stringify(body));
    assert.doesNotMatch(JSON.stringify(body), /123-45/u);
  });

  test('says when a mask has no way back, and bounds what is asked', async () => {
    const hashed = await unmask('owner', { column: 'email', values: ['x'] });
    assert.equal(hashed.body.error.code, 'unsupported');
    const many = Array.from({ length: UNMASK_VALUES_MAX + 1 }, () => 'r1.1.x');
    assert.equal((await unmask('owner', { column: 'ssn', values: many })).status, 400);
    assert.equal(
      (await unmask('owner', { column: 'ssn', values: ['x'], reason: ' ' })).status,
      400,
    );
  });

  test('gives nothing when the ledger cannot be written', async () => {
    const values = [await reversible('123-45-6789')];
    await ledger.close();
    const { status, body } = await unmask('owner', { column: 'ssn', values });
    assert.equal(status, 503);
    assert.doesNotMatch(JSON.stringify(body), /123-45/u);
  });
});

test('doctor tells what the role of the plane can do beyond its needs', async () => {
  const { status, body } = await ask(await tokenOf('auditor'), { path: '/api/v1/doctor' });
  assert.equal(status, 200);
  assert.equal(body.database.role, 'postgres');
  const [first] = body.database.blocking;
  assert.deepEqual([first.kind, first.object], ['attribute', 'bypassrls']);
  assert.equal(first.takeAway, 'alter role postgres nobypassrls');
});
