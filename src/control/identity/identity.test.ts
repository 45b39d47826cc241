import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, existsSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ATTRIBUTES_MAX, NAME_MAX, verifyIdentityToken } from '#boundary';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';
import * as identity from './mod.ts';

let office: TestOffice;
let home: string;
const from = { requestId: 'req_1', address: '192.0.2.7' };
const PASSWORD = 'brook stapler violet 19';

before(async () => {
  office = await openTestOffice();
  home = mkdtempSync(join(tmpdir(), 'privet-identity-'));
});

after(async () => {
  await office.close();
  rmSync(home, { recursive: true });
});

test('completeSetup makes the first account once, with the token of the file only', async () => {
  const tokenFile = join(home, 'setup-token');
  assert.equal(await identity.prepareSetup(office, tokenFile), 'open');
  assert.equal(statSync(tokenFile).mode & 0o777, 0o600);
  const token = readFileSync(tokenFile, 'utf8').trim();
  const request = { ...from, name: 'Ada.Admin', password: PASSWORD };
  await assert.rejects(identity.completeSetup(office, tokenFile, { ...request, token: 'x' }), {
    code: 'unauthenticated',
  });
  await identity.completeSetup(office, tokenFile, { ...request, token });
  assert.equal(existsSync(tokenFile), false);
  await assert.rejects(identity.completeSetup(office, tokenFile, { ...request, token }), {
    code: 'unauthenticated',
  });
  assert.equal(await identity.prepareSetup(office, tokenFile), 'done');
  const admin = await identity.findSubject(office.pool, 'ada.admin');
  assert.equal(admin.permissions.length, 6);
});

test('nobody gets more attributes, or longer ones, than a bundle carries', async () => {
  await newPerson('atti.many');
  const set = (key: string, values: readonly string[]) =>
    office.does((work) => identity.setAttribute(work, 'atti.many', { key, values }));
  await set('face', ['😀'.repeat(NAME_MAX / 4)]);
  await assert.rejects(set('face', ['😀'.repeat(NAME_MAX / 4 + 1)]), { code: 'invalid' });
  await office.does(async (work) => {
    for (let i = 1; i < ATTRIBUTES_MAX; i++) {
      await identity.setAttribute(work, 'atti.many', { key: `k${i}`, values: ['x'] });
    }
  });
  await assert.rejects(set('one-more', ['x']), { code: 'limit' });
  await set('k1', ['x', 'y']);
});

test('recordAct cuts a target that no bundle would carry', async () => {
  const target = `${'😀'.repeat(NAME_MAX / 4)}x`;
  await office.does((work) => identity.recordAct(work, { action: 'setting-changed', target }));
  const [act] = await identity.listActs(office.pool, { limit: 1 });
  assert.equal(act?.target, `${'😀'.repeat(NAME_MAX / 4 - 1)}…`);
});

test('signIn opens a session that authenticate knows until it is idle too long', async () => {
  const signed = await signIn('ada.admin', PASSWORD);
  const caller = await identity.authenticate(office, signed.session.secret);
  assert.equal(caller.name, 'ada.admin');
  assert.equal(caller.via, 'cookie');
  office.clock.advance(50 * 60_000);
  await identity.authenticate(office, signed.session.secret);
  office.clock.advance(50 * 60_000);
  await identity.authenticate(office, signed.session.secret);
  office.clock.advance(61 * 60_000);
  await assert.rejects(identity.authenticate(office, signed.session.secret), {
    code: 'unauthenticated',
  });
});

test('authenticate ends a session after its longest life however busy it is', async () => {
  const { session } = await signIn('ada.admin', PASSWORD);
  for (let hour = 0; hour < 11; hour++) {
    office.clock.advance(59 * 60_000);
    await identity.authenticate(office, session.secret);
  }
  office.clock.advance(72 * 60_000);
  await assert.rejects(identity.authenticate(office, session.secret), { code: 'unauthenticated' });
});

test('signIn says the same for an unknown name, a wrong password and a locked account', async () => {
  await newPerson('tom.lock');
  await office.does((work) => identity.setSubjectState(work, 'tom.lock', 'locked'));
  const tries: readonly (readonly [string, string])[] = [
    ['nobody.there', PASSWORD],
    ['ada.admin', 'wrong'],
    ['tom.lock', PASSWORD],
    ['', ''],
  ];
  for (const [name, password] of tries) {
    await assert.rejects(signIn(name, password), {
      code: 'unauthenticated',
      message: 'user name or password is wrong',
    });
  }
});

test('signIn shuts an account, existing or not, after too many failures, and opens it again', async () => {
  await newPerson('guess.me');
  for (const name of ['guess.me', 'guess.nobody']) {
    for (let i = 0; i < identity.ACCOUNT_FAILURES_MAX; i++) {
      await assert.rejects(signIn(name, 'wrong'), { code: 'unauthenticated' });
    }
    await assert.rejects(signIn(name, PASSWORD), { code: 'limit' });
  }
  office.clock.advance((identity.LOCK_OUT_MINUTES + 1) * 60_000);
  await signIn('guess.me', PASSWORD);
});

test('signIn counts parallel guesses one by one', async () => {
  await newPerson('guess.fast');
  const guesses = Array.from({ length: 30 }, () =>
    signIn('guess.fast', 'wrong').catch((error: { code: string }) => error.code),
  );
  const codes = await Promise.all(guesses);
  const judged = codes.filter((code) => code === 'unauthenticated').length;
  assert.equal(judged, identity.ACCOUNT_FAILURES_MAX);
});

test('signIn shuts an address that guesses at many names', async () => {
  const address = '198.51.100.9';
  for (let i = 0; i < identity.ADDRESS_FAILURES_MAX; i++) {
    await office.pool.query(
      `insert into identity.attempt values ($1, 1, $2, null)
       on conflict (scope) do update set failures = identity.attempt.failures + 1`,
      [`address:${address}`, new Date(office.clock())],
    );
  }
  await assert.rejects(signIn('ada.admin', 'wrong', address), { code: 'unauthenticated' });
  await assert.rejects(signIn('ada.admin', PASSWORD, address), { code: 'limit' });
  for (let i = 0; i < identity.ACCOUNT_FAILURES_MAX; i++) {
    await assert.rejects(signIn('ada.admin', 'wrong', address), { code: 'limit' });
  }
  await signIn('ada.admin', PASSWORD);
});

test('signIn forgets failures that count no more', async () => {
  await assert.rejects(signIn('made.up', 'wrong'), { code: 'unauthenticated' });
  office.clock.advance((identity.LOCK_OUT_MINUTES + 1) * 60_000);
  await assert.rejects(signIn('made.up.too', 'wrong'), { code: 'unauthenticated' });
  const { rows } = await office.pool.query('select scope from identity.attempt order by scope');
  assert.deepEqual(
    rows.map((row: { scope: string }) => row.scope),
    ['account:d32b5520', `address:${from.address}`],
  );
});

test('setPassword ends every session and a temporary one says so', async () => {
  await newPerson('pia.paul');
  const { session } = await signIn('pia.paul', PASSWORD);
  await office.does((work) =>
    identity.setPassword(work, 'pia.paul', { text: 'other words entirely 7', temporary: true }),
  );
  await assert.rejects(identity.authenticate(office, session.secret), { code: 'unauthenticated' });
  const again = await signIn('pia.paul', 'other words entirely 7');
  const caller = await identity.authenticate(office, again.session.secret);
  assert.equal(caller.passwordTemporary, true);
  assert.equal((await entitlement('pia.paul'))?.scram, null);
});

test('createToken gives a text that authenticates until it is revoked or has expired', async () => {
  const id = await office.does((work) =>
    identity.createSubject(work, { name: 'etl', kind: 'service' }),
  );
  const [live, short] = await office.does(async (work) => [
    await identity.createToken(work, { subject: 'etl', label: 'nightly load' }),
    await identity.createToken(work, { subject: 'etl', label: 'once', days: 1 }),
  ]);
  assert.match(live.text, /^privet_pat_[\w-]{43}$/u);
  const caller = await identity.authenticate(office, live.text);
  assert.deepEqual([caller.id, caller.via], [id, 'token']);
  await identity.authenticate(office, short.text);
  office.clock.advance(25 * 3_600_000);
  await assert.rejects(identity.authenticate(office, short.text), { code: 'unauthenticated' });
  const carried = await entitlement('etl');
  assert.deepEqual(
    carried?.tokens.map((token) => token.id),
    [live.id],
  );
  await office.does((work) => identity.revokeToken(work, live.id));
  await assert.rejects(identity.authenticate(office, live.text), { code: 'unauthenticated' });
  assert.deepEqual((await entitlement('etl'))?.tokens, []);
  const listed = await identity.listTokens(office.pool, 'etl', office.clock());
  assert.deepEqual(listed.map((token) => token.state).sort(), ['expired', 'revoked']);
});

test('no secret is stored as it was given out', async () => {
  const token = await office.does((work) =>
    identity.createToken(work, { subject: 'etl', label: 'looked for' }),
  );
  const { session } = await signIn('ada.admin', PASSWORD);
  const { rows } = await office.pool.query<{ dump: string }>(
    `select string_agg(t::text, ' ') as dump from (
       select to_jsonb(s) as t from identity.subject s union all select to_jsonb(s) from identity.session s
       union all select to_jsonb(s) from identity.token s union all select to_jsonb(s) from identity.act s) x`,
  );
  for (const secret of [token.text, session.secret, PASSWORD]) {
    assert.equal(rows[0]?.dump.includes(secret), false);
  }
});

test('the last administrator can neither be removed, locked nor lose the permission', async () => {
  for (const change of [
    (work: identity.Work) => identity.removeSubject(work, 'ada.admin'),
    (work: identity.Work) => identity.setSubjectState(work, 'ada.admin', 'disabled'),
    (work: identity.Work) => identity.revokePermission(work, 'ada.admin', 'user-admin'),
  ]) {
    await assert.rejects(office.does(change), { code: 'conflict', message: /last active person/u });
  }
});

test('groups and attributes reach the entitlement and the trail', async () => {
  await newPerson('nia.north');
  await office.does(async (work) => {
    await identity.createTeam(work, { name: 'Analysts' });
    await identity.joinTeam(work, { team: 'Analysts', subject: 'nia.north' });
    await identity.setAttribute(work, 'nia.north', { key: 'region', values: ['north', 'east'] });
    await identity.setAttribute(work, 'nia.north', { key: 'region', values: ['north', 'west'] });
    await identity.grantPermission(work, 'nia.north', 'auditor');
  });
  const carried = await entitlement('nia.north');
  assert.deepEqual(carried?.groups, ['Analysts']);
  assert.deepEqual(carried.attributes, { region: ['north', 'west'] });
  assert.deepEqual(carried.permissions, ['auditor']);
  await office.does((work) =>
    identity.setAttribute(work, 'nia.north', { key: 'region', values: [] }),
  );
  assert.deepEqual((await entitlement('nia.north'))?.attributes, {});
  const acts = await identity.listActs(office.pool, { limit: 50, action: 'attribute-changed' });
  assert.equal(acts[0]?.target, 'nia.north region');
});

test('acts are numbered without a gap, also past a change that was rolled back', async () => {
  await assert.rejects(
    office.does(async (work) => {
      await identity.createTeam(work, { name: 'Never' });
      throw new Error('undone');
    }),
  );
  await office.does((work) => identity.createTeam(work, { name: 'After' }));
  const { rows } = await office.pool.query<{ count: string; last: string }>(
    'select count(*)::text as count, max(number)::text as last from identity.act',
  );
  assert.equal(rows[0]?.count, rows[0]?.last);
});

test('pendingActs counts from a plane’s enrolment and drops what its ledger has', async () => {
  await office.does((work) =>
    identity.enrolPlane(work, { name: 'main', url: 'https://127.0.0.1:7081' }),
  );
  await office.does((work) => identity.createTeam(work, { name: 'One' }));
  const acts = await identity.pendingActs(office.pool, 'main');
  assert.deepEqual(
    acts.map((act) => [act.number, act.action]),
    [
      [1, 'plane-enrolled'],
      [2, 'group-changed'],
    ],
  );
  const nowMs = office.clock();
  await identity.notePlane(office.pool, 'main', { nowMs, bundleSerial: 3, actsThrough: 1 });
  assert.deepEqual(
    (await identity.pendingActs(office.pool, 'main')).map((act) => act.number),
    [2],
  );
  await identity.notePlane(office.pool, 'main', { nowMs, bundleSerial: 3, actsThrough: 999 });
  await office.does((work) => identity.createTeam(work, { name: 'Two' }));
  assert.equal((await identity.pendingActs(office.pool, 'main')).length, 1);
});

test('ensureLocalPlane keeps a good token file and replaces a lost one', async () => {
  const plane = { name: 'here', url: 'https://127.0.0.1:7081', tokenFile: join(home, 'plane') };
  await office.does((work) => identity.ensureLocalPlane(work, plane));
  const first = readFileSync(plane.tokenFile, 'utf8').trim();
  await office.does((work) => identity.ensureLocalPlane(work, plane));
  assert.equal(readFileSync(plane.tokenFile, 'utf8').trim(), first);
  const moved = { ...plane, url: 'https://127.0.0.1:7999' };
  await office.does((work) => identity.ensureLocalPlane(work, moved));
  assert.equal((await identity.findPlane(office.pool, 'here')).url, moved.url);
  rmSync(plane.tokenFile);
  await office.does((work) => identity.ensureLocalPlane(work, plane));
  const second = readFileSync(plane.tokenFile, 'utf8').trim();
  assert.equal((await identity.authenticatePlane(office.pool, second)).name, 'here');
  await assert.rejects(identity.authenticatePlane(office.pool, first), { code: 'unauthenticated' });
  assert.equal(statSync(plane.tokenFile).mode & 0o777, 0o600);
});

test('openSigningKey makes a key once, and refuses one that others can read', async () => {
  const path = join(home, 'identity.key');
  const key = identity.openSigningKey(path);
  assert.equal(identity.openSigningKey(path).kid, key.kid);
  const { session } = await signIn('ada.admin', PASSWORD);
  const caller = await identity.authenticate(office, session.secret);
  const { token } = await identity.issueIdentityToken(office, key, { caller, plane: 'main' });
  const claims = verifyIdentityToken(token, {
    verify: (kid, message, signature) => kid === key.kid && key.verify(message, signature),
    audience: 'main',
    nowMs: office.clock(),
  });
  assert.equal(claims.name, 'ada.admin');
  chmodSync(path, 0o640);
  assert.throws(() => identity.openSigningKey(path), { code: 'denied', message: /mode 600/u });
});

test('names refuse what cannot be one', () => {
  const id = `sub_${'0'.repeat(26)}`;
  for (const name of [id, '', 'a b', 'a+b', 'Ä', 'a'.repeat(64), '.a', "a'"]) {
    assert.throws(() => identity.subjectName(name), { code: 'invalid' });
  }
});

function signIn(name: string, password: string, address = from.address) {
  return identity.signIn(office, { ...from, name, password, address, kind: 'cookie' });
}

async function newPerson(name: string): Promise<void> {
  await office.does(async (work) => {
    await identity.createSubject(work, { name, kind: 'person' });
    await identity.setPassword(work, name, { text: PASSWORD, temporary: false });
  });
}

async function entitlement(name: string) {
  const subjects = await identity.bundleSubjects(office.pool, office.clock());
  return subjects.find((subject) => subject.name === name);
}
