import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBundle, PERMISSIONS, verifyIdentityToken } from '#boundary';
import { enrolPlane, prepareSetup } from '#control/identity';
import { openTestApi, PASSWORD } from '../../../test/control/apiserver.ts';
import type { TestApi } from '../../../test/control/apiserver.ts';
import { newSigningSecret } from '../../../test/observe/secretkeys.ts';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';

let office: TestOffice;
let api: TestApi;
let home: string;
let admin: string;
let plane: string;

before(async () => {
  office = await openTestOffice();
  home = mkdtempSync(join(tmpdir(), 'privet-api-'));
  api = await openTestApi(office, { setupTokenFile: join(home, 'setup-token') });
});

after(async () => {
  await api.server.close();
  await office.close();
  rmSync(home, { recursive: true });
});

test('set-up makes the first account and closes behind it', async () => {
  await prepareSetup(office, api.room.setupTokenFile);
  assert.deepEqual((await api.ask(null, { path: '/setup' })).body, { open: true });
  const token = readFileSync(api.room.setupTokenFile, 'utf8').trim();
  const body = { token, name: 'ada.admin', password: PASSWORD };
  const weak = { ...body, password: 'password' };
  assert.equal((await api.ask(null, { method: 'POST', path: '/setup', body: weak })).status, 400);
  assert.equal((await api.ask(null, { method: 'POST', path: '/setup', body })).status, 204);
  assert.equal((await api.ask(null, { method: 'POST', path: '/setup', body })).status, 401);
  assert.deepEqual((await api.ask(null, { path: '/setup' })).body, { open: false });
  const signedIn = await api.ask(null, {
    method: 'POST',
    path: '/sessions',
    body: { name: 'ada.admin', password: PASSWORD, kind: 'bearer' },
  });
  assert.equal(signedIn.status, 201);
  assert.equal(signedIn.headers['set-cookie'], undefined);
  admin = signedIn.body.secret;
});

test('a browser’s session is a strict cookie, and changes need its csrf token', async () => {
  const signedIn = await api.ask(null, {
    method: 'POST',
    path: '/sessions',
    body: { name: 'ada.admin', password: PASSWORD },
  });
  const cookie = String(signedIn.headers['set-cookie']);
  assert.match(
    cookie,
    /^__Host-privet_session=privet_ses_[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/u,
  );
  assert.equal(signedIn.body.secret, null);
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  const create = { method: 'POST', path: '/groups', body: { name: 'Analysts' } } as const;
  assert.equal((await api.ask(null, { path: '/session', headers })).body.name, 'ada.admin');
  assert.equal((await api.ask(null, { ...create, headers })).status, 403);
  const wrong = { ...headers, 'x-privet-csrf': 'wrong' };
  assert.equal((await api.ask(null, { ...create, headers: wrong })).status, 403);
  const { csrf } = (await api.ask(null, { path: '/session', headers })).body;
  const right = { ...headers, 'x-privet-csrf': csrf };
  assert.equal((await api.ask(null, { ...create, headers: right })).status, 201);
  const secret = headers.cookie.split('=')[1] ?? '';
  assert.equal((await api.ask(secret, { path: '/session' })).status, 401, 'a cookie is no bearer');
  const asCookie = { cookie: `__Host-privet_session=${admin}` };
  assert.equal((await api.ask(null, { path: '/session', headers: asCookie })).status, 401);
  const leave = { method: 'DELETE', path: '/session', headers: right } as const;
  assert.equal((await api.ask(null, leave)).status, 204);
  assert.equal((await api.ask(null, { path: '/session', headers })).status, 401);
});

test('people are created whole or not at all', async () => {
  const body = {
    name: 'nia.north',
    groups: ['Analysts'],
    attributes: { region: ['north'] },
    permissions: ['auditor'],
  };
  const missing = { ...body, groups: ['Nowhere'] };
  const create = { method: 'POST', path: '/users' } as const;
  assert.equal((await api.ask(admin, { ...create, body: missing })).status, 404);
  const made = await api.ask(admin, { ...create, body });
  assert.equal(made.status, 201);
  assert.deepEqual(made.body.attributes, { region: ['north'] });
  assert.equal((await api.ask(admin, { ...create, body })).status, 409);
});

test('somebody with a password chosen by others can only choose their own', async () => {
  const path = '/users/nia.north/password';
  const body = { password: 'pick another one soon' };
  assert.equal((await api.ask(admin, { method: 'PUT', path, body })).status, 204);
  const sign = (password: string) =>
    api.ask(null, {
      method: 'POST',
      path: '/sessions',
      body: { name: 'nia.north', password, kind: 'bearer' },
    });
  const { secret, passwordTemporary } = (await sign(body.password)).body;
  assert.equal(passwordTemporary, true);
  assert.equal((await api.ask(secret, { path: '/acts' })).status, 403);
  assert.equal((await api.ask(secret, { path: '/session' })).status, 200);
  const change = { method: 'PUT', path: '/session/password' } as const;
  const wrong = { current: 'not it', password: PASSWORD };
  assert.equal((await api.ask(secret, { ...change, body: wrong })).status, 401);
  const same = { current: body.password, password: body.password };
  assert.equal((await api.ask(secret, { ...change, body: same })).status, 400);
  const right = { current: body.password, password: PASSWORD };
  assert.equal((await api.ask(secret, { ...change, body: right })).status, 204);
  assert.equal((await api.ask(secret, { path: '/session' })).status, 401);
  const own = (await sign(PASSWORD)).body.secret;
  assert.equal((await api.ask(own, { path: '/acts' })).status, 200);
});

test('a token works until revoked, and cannot make another', async () => {
  const make = { method: 'POST', path: '/users/ada.admin/tokens', body: { label: 'ci' } } as const;
  const { status, body } = await api.ask(admin, make);
  assert.equal(status, 201);
  assert.equal((await api.ask(body.text, { path: '/users' })).status, 200);
  assert.equal((await api.ask(body.text, make)).status, 403);
  const create = { method: 'POST', path: '/users' } as const;
  const powers = [{ permissions: ['governor'] }, { password: PASSWORD }];
  for (const more of powers) {
    const asked = { ...create, body: { name: 'eve.extra', ...more } };
    assert.equal((await api.ask(body.text, asked)).status, 403);
  }
  const plain = { ...create, body: { name: 'svc.plain', kind: 'service' } };
  assert.equal((await api.ask(body.text, plain)).status, 201);
  const revoke = { method: 'DELETE', path: `/users/ada.admin/tokens/${body.id}` } as const;
  assert.equal((await api.ask(admin, revoke)).status, 204);
  assert.equal((await api.ask(body.text, { path: '/users' })).status, 401);
});

test('an identity token names its plane and verifies with the key of the bundle', async () => {
  plane = await office.does((work) =>
    enrolPlane(work, { name: 'main', url: 'https://127.0.0.1:7081' }),
  );
  const { body } = await api.ask(admin, {
    method: 'POST',
    path: '/identity-tokens',
    body: { plane: 'main' },
  });
  const claims = verifyIdentityToken(body.token, {
    verify: (_kid, message, signature) => api.room.key.verify(message, signature),
    audience: 'main',
    nowMs: office.clock(),
  });
  assert.deepEqual(claims.permissions.toSorted(), [...PERMISSIONS].toSorted());
  assert.equal(body.url, 'https://127.0.0.1:7081');
});

test('facts are taken in once, in order, and only the plane’s own', async () => {
  const admins = (await api.ask(admin, { path: '/users/ada.admin' })).body;
  const head = { format: 'privet-fact/v1', plane: 'main', timeMs: office.clock() };
  const relation = {
    schema: 'clinic',
    name: 'patients',
    relation: 'table',
    description: 'people we care for',
    parents: [],
    primaryKey: ['id'],
    foreignKeys: [],
    columns: [{ name: 'id', type: 'uuid', notNull: true, description: '' }],
  };
  const dictionary = {
    ...head,
    kind: 'dictionary',
    number: 1,
    system: { id: `sys_${'0'.repeat(26)}`, name: 'demo' },
    registeredBy: admins.id,
    registeredAtMs: office.clock(),
    version: 1,
    state: 'present',
    mode: 'hardened',
    engine: 'postgresql',
    serverVersion: 180_004,
    digest: 'ab'.repeat(32),
    part: 1,
    parts: 1,
    relations: [relation],
  };
  const heartbeat = {
    ...head,
    kind: 'heartbeat',
    number: 2,
    bundleSerial: 1,
    bundleState: 'fresh',
    actsThrough: 1,
    ledger: { size: 7, chain: 'cd'.repeat(32) },
    outbox: { waiting: 0, oldestMs: null },
    connections: 3,
  };
  const send = (facts: readonly object[]) =>
    api.ask(plane, { method: 'POST', path: '/planes/main/facts', body: { facts } });
  assert.deepEqual((await send([dictionary, heartbeat])).body, { acceptedThrough: 2 });
  assert.deepEqual((await send([dictionary])).body, { acceptedThrough: 2 });
  assert.equal((await send([{ ...heartbeat, number: 3, plane: 'other' }])).status, 400);
  assert.equal((await send([{ ...heartbeat, number: 3, row: 'a value' }])).status, 400);
  const sources = (await api.ask(admin, { path: '/sources' })).body.items;
  assert.equal(sources[0].fullName, 'demo.clinic.patients');
  assert.deepEqual(sources[0].owners, ['ada.admin']);
  const health = (await api.ask(admin, { path: '/health' })).body;
  assert.equal(health.heartbeats[0].ledgerSize, 7);
});

test('decisions are everybody’s to auditors and one’s own to everybody', async () => {
  const nia = (await api.ask(admin, { path: '/users/nia.north' })).body;
  const source = (await api.ask(admin, { path: '/sources' })).body.items[0];
  const decision = {
    format: 'privet-fact/v1',
    plane: 'main',
    timeMs: office.clock(),
    kind: 'decision',
    number: 10,
    subject: nia.id,
    project: null,
    purpose: null,
    door: 'gateway',
    mode: 'hardened',
    effect: 'allow',
    bundleSerial: 1,
    sources: [
      {
        source: source.id,
        decision: 'dec_abcdefgh',
        effect: 'allow',
        filtered: true,
        columns: [{ name: 'id', show: 'mask' }],
      },
    ],
    rows: 5,
    durationMicros: 1200,
    fingerprint: null,
  };
  const sent = await api.ask(plane, {
    method: 'POST',
    path: '/planes/main/facts',
    body: { facts: [decision] },
  });
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
  const all = (await api.ask(admin, { path: '/decisions?source=demo.clinic.patients' })).body.items;
  assert.deepEqual(
    [all[0].subject, all[0].sources[0].source],
    ['nia.north', 'demo.clinic.patients'],
  );
  const other = await api.person('oli.other');
  assert.deepEqual((await api.ask(other, { path: '/decisions?subject=nia.north' })).body.items, []);
});

test('an owner may curate their source and nobody else’s', async () => {
  const owner = await api.person('olga.owner');
  const tag = { method: 'PUT', path: '/sources/demo.clinic.patients/columns/id/tags/PII' } as const;
  assert.equal((await api.ask(owner, tag)).status, 403);
  const own = '/sources/demo.clinic.patients/owners/olga.owner';
  assert.equal((await api.ask(admin, { method: 'PUT', path: own })).status, 204);
  const body = { define: true };
  assert.equal((await api.ask(owner, { ...tag, body })).status, 404, 'owners define no tags');
  assert.equal((await api.ask(admin, { ...tag, body })).status, 204);
  assert.equal((await api.ask(owner, { method: 'DELETE', path: tag.path })).status, 204);
  assert.equal((await api.ask(owner, tag)).status, 204);
  const shown = (await api.ask(owner, { path: '/sources/demo.clinic.patients' })).body;
  assert.deepEqual(shown.columns[0].tags, [
    { name: 'PII', by: { kind: 'person', name: 'olga.owner' } },
  ]);
});

test('who used a source is told to its owners, auditors and governors, not to all who look', async () => {
  const path = '/observe/usage/demo.clinic.patients';
  const people = async (who: string) => (await api.ask(who, { path })).body.people.length;
  assert.equal(await people(await api.person('opal.operator', 'operator')), 0);
  assert.equal(await people(await api.person('aude.auditor', 'auditor')), 1);
  const other = await api.person('omar.owner', 'data-owner');
  assert.equal(await people(other), 0, 'no owner of this one');
  const own = '/sources/demo.clinic.patients/owners/omar.owner';
  assert.equal((await api.ask(admin, { method: 'PUT', path: own })).status, 204);
  assert.equal(await people(other), 1);
});

test('a channel shows where a webhook is, not its path; and none leads to this machine', async () => {
  const operator = await api.person('otto.operator', 'operator');
  const settings = { kind: 'webhook', url: 'https://127.0.0.1:9/hidden?token=hidden' };
  const body = { name: 'hook', settings, secret: newSigningSecret() };
  const path = '/observe/channels';
  const added = await api.ask(operator, { method: 'POST', path, body });
  assert.equal(added.body.settings.url, 'https://127.0.0.1:9');
  const [channel] = (await api.ask(operator, { path })).body.items;
  assert.equal(channel.settings.url, 'https://127.0.0.1:9');
  const trial = await api.ask(operator, { method: 'POST', path: `${path}/hook/trial` });
  assert.deepEqual(trial.body, { code: 'forbidden-address' });
});

const POLICY = `apiVersion: privet/v1
kind: SubscriptionPolicy
name: clinic-for-analysts
target: { sources: ['demo.clinic.*'] }
allow: { groups: [Analysts] }
`;

test('a policy is planned, applied, listed as a sentence, and explained', async () => {
  const change = { texts: [{ file: 'clinic.yaml', text: POLICY }] };
  const plan = { method: 'POST', path: '/policies/plan', body: change } as const;
  const broken = { texts: [{ file: 'clinic.yaml', text: POLICY.replace('allow', 'alow') }] };
  const bad = (await api.ask(admin, { ...plan, body: broken })).body;
  const slip = bad.errors.find((one: { hint: string | null }) => one.hint !== null);
  assert.match(slip.hint, /did you mean `allow`/u);
  assert.deepEqual(slip.where, { file: 'clinic.yaml', line: 5, column: 1 });
  assert.equal(bad.diff, null);
  const review = (await api.ask(admin, plan)).body;
  assert.deepEqual(review.diff.changes[0].people, ['nia.north']);
  assert.equal(typeof review.confirmation, 'string', 'a PII column would show');
  const apply = { method: 'POST', path: '/policies/apply' } as const;
  const body = { ...change, base: review.base, message: 'first' };
  assert.equal((await api.ask(admin, { ...apply, body })).status, 409);
  const confirmed = { ...body, confirm: review.confirmation };
  const applied = await api.ask(admin, { ...apply, body: confirmed });
  assert.equal(applied.status, 200, JSON.stringify(applied.body));
  assert.equal(applied.body.revision, 1);
  assert.equal(
    (await api.ask(admin, { ...apply, body: confirmed })).status,
    409,
    'the set moved on',
  );
  const { items } = (await api.ask(admin, { path: '/policies' })).body;
  assert.match(items[0].sentence, /Analysts/u);
  const shown = (await api.ask(admin, { path: '/policies/policy/clinic-for-analysts' })).body;
  assert.equal(shown.text.trim(), POLICY.trim());
  const asked = { subject: 'nia.north', source: 'demo.clinic.patients' };
  const why = await api.ask(admin, { method: 'POST', path: '/explain', body: asked });
  assert.equal(why.body.decision.effect, 'allow');
  const other = { method: 'POST', path: '/explain', body: asked } as const;
  const stranger = await api.person('stan.stranger');
  assert.equal((await api.ask(stranger, other)).status, 403);
  const own = { ...other, body: { source: 'demo.clinic.patients' } };
  const denied = await api.ask(stranger, own);
  const absent = { ...other, body: { source: 'demo.clinic.patient' } };
  const unknown = await api.ask(stranger, absent);
  assert.deepEqual([denied.status, unknown.status], [404, 404]);
  const bare = (text: string) => text.replaceAll(/patients?|req_\w+/gu, '');
  assert.equal(bare(JSON.stringify(denied.body)), bare(JSON.stringify(unknown.body)));
});

test('a plane gets each bundle once, and a change ends its wait', async () => {
  const fetch = (after: number) => api.ask(plane, { path: `/planes/main/bundle?after=${after}` });
  const first = await fetch(0);
  const bundle = openBundle(first.body, (_kid, message, signature) =>
    api.room.key.verify(message, signature),
  );
  assert.deepEqual(
    bundle.policies.map((policy) => policy['name']),
    ['clinic-for-analysts'],
  );
  const started = performance.now();
  const waiting = fetch(bundle.serial);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const create = { method: 'POST', path: '/groups', body: { name: 'Woken' } } as const;
  assert.equal((await api.ask(admin, create)).status, 201);
  const next = openBundle((await waiting).body, () => true);
  assert.ok(next.serial > bundle.serial);
  assert.ok(performance.now() - started < 2_000, 'a change is in force within two seconds');
});

test('a project’s member accepts a purpose for themselves', async () => {
  const text = `apiVersion: privet/v1
kind: Purpose
name: Research
statement: I use this for research.
---
apiVersion: privet/v1
kind: Project
name: study
sources: ['demo.clinic.*']
purposes: [Research]
`;
  const { base } = (await api.ask(admin, { method: 'POST', path: '/policies/plan', body: {} }))
    .body;
  const body = { texts: [{ file: null, text }], base };
  const applied = await api.ask(admin, { method: 'POST', path: '/policies/apply', body });
  assert.equal(applied.status, 200, JSON.stringify(applied.body));
  const member = await api.person('mia.member');
  assert.deepEqual((await api.ask(member, { path: '/projects' })).body.items, []);
  const join = { method: 'PUT', path: '/projects/study/members/mia.member' } as const;
  assert.equal((await api.ask(member, join)).status, 403);
  assert.equal((await api.ask(admin, join)).status, 204);
  const [purpose] = (await api.ask(member, { path: '/purposes' })).body.items;
  const accept = { method: 'POST', path: '/projects/study/acknowledgements' } as const;
  const wrong = { purpose: 'Research', statement: 'whatever' };
  assert.equal((await api.ask(member, { ...accept, body: wrong })).status, 409);
  const right = { purpose: 'Research', statement: purpose.statement };
  assert.equal((await api.ask(member, { ...accept, body: right })).status, 204);
  const { items } = (await api.ask(member, { path: '/projects' })).body;
  assert.equal(items[0].members[0].acknowledged[0].purpose, 'Research');
});

test('errors have one shape, name the field, and never repeat a value', async () => {
  const secret = 'hunter2-hunter2-hunter2';
  const calls = [
    { method: 'POST', path: '/sessions', body: { name: 5, password: secret } },
    { method: 'POST', path: '/sessions', body: { name: 'x', password: [secret] } },
    { method: 'POST', path: '/users', body: { name: 'x', attributes: secret } },
    { method: 'GET', path: '/nowhere' },
    { method: 'GET', path: '/users?limit=0' },
  ] as const;
  for (const call of calls) {
    const { status, body, headers } = await api.ask(admin, call);
    assert.ok(status === 400 || status === 404, String(status));
    assert.deepEqual(Object.keys(body), ['error']);
    assert.equal(body.error.requestId, headers['x-request-id']);
    assert.equal(JSON.stringify(body).includes(secret), false);
  }
});

test('signing in is limited by address whatever the names', async () => {
  let limited = 0;
  for (let i = 0; i < 80; i++) {
    const { status } = await api.ask(null, {
      method: 'POST',
      path: '/sessions',
      body: { name: `guess-${i}`, password: 'x' },
    });
    if (status === 429) limited++;
  }
  assert.ok(limited > 0);
});
