import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { secret } from '#base/secret';
import { checkFact } from '#boundary';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';
import { head, testResult } from '../../../test/observe/fact.ts';
import type { TestResult } from '../../../test/observe/fact.ts';
import { startMailServer, startReceiver } from '../../../test/observe/receiver.ts';
import type { Receiver } from '../../../test/observe/receiver.ts';
import { newSigningSecret, openTestKeys } from '../../../test/observe/secretkeys.ts';
import { checkAlertContent } from './alertcontent.ts';
import { remind, sendDueAlerts } from './alertdesk.ts';
import { alertRuleShape, replaceAlertRules } from './alertrule.ts';
import { addChannel, changeChannel, listChannels } from './channel.ts';
import { channelSettingsShape } from './channelsettings.ts';
import { acknowledge, listIncidents } from './incidentstate.ts';
import { mute } from './mute.ts';
import { takeObserved } from './observed.ts';
import type { ObservedFact } from './observed.ts';
import type { SecretKeys } from './seal.ts';

let office: TestOffice;
let keys: SecretKeys;
let removeKeys: () => void;
let receiver: Receiver;
let number = 0;

before(async () => {
  office = await openTestOffice();
  const opened = await openTestKeys();
  keys = opened.keys;
  removeKeys = () => opened.remove();
  receiver = await startReceiver();
});
after(async () => {
  await receiver.close();
  await office.close();
  removeKeys();
});
beforeEach(async () => {
  office.clock.advance(48 * 3_600_000);
  receiver.received.length = 0;
  receiver.answers.length = 0;
  await office.pool.query(
    'truncate observe.incident, observe.signal, observe.channel, observe.alert_rule, observe.mute cascade',
  );
});

async function results(...given: readonly TestResult[]): Promise<void> {
  const fact = { ...head(++number, office.clock()), kind: 'test-results', results: given };
  await office.does((work) => takeObserved(work, checkFact(fact) as ObservedFact));
}

async function fails(name = 'orders_id_unique', more: Partial<TestResult> = {}): Promise<void> {
  await results({ ...testResult({ test: name, status: 'fail', atMs: office.clock() }), ...more });
}

async function channel(name: string, settings: object, value: string): Promise<void> {
  const parsed = channelSettingsShape.parse({ authorityPem: receiver.authorityPem, ...settings });
  await office.does((work) =>
    addChannel(work, keys, { name, settings: parsed, secret: secret(value) }),
  );
}

const hook = (name = 'hook', value = newSigningSecret(), more: object = {}) =>
  channel(name, { kind: 'webhook', url: `${receiver.origin}/hook`, ...more }, value);

/** Lets what gathers gather, then sends all that is due. */
async function sent(afterMs = 30_000): Promise<void> {
  office.clock.advance(afterMs);
  while (
    (await sendDueAlerts({ office, keys, loopback: true, linkBase: 'https://privet.test' })) > 0
  );
}

async function states(): Promise<readonly string[]> {
  const { rows } = await office.pool.query<{ said: string }>(
    `select event || ' ' || state || coalesce(' ' || code, '') as said from observe.alert order by number`,
  );
  return rows.map(({ said }) => said);
}

test('a webhook gets the alert once, signed as Standard Webhooks says, and the end of it', async () => {
  const key = newSigningSecret();
  await hook('hook', key);
  await fails('orders_id_unique', { column: 'id', failures: 12, owners: ['olga.owner'] });
  await fails('orders_total_positive');
  await sent();
  const [opened, ...more] = receiver.received;
  assert.equal(more.length, 0, 'two failing tests are one message');
  assert.ok(opened);
  const { headers, text, body } = opened;
  const signed = [headers['webhook-id'], headers['webhook-timestamp'], text].join('.');
  const expected = createHmac('sha256', Buffer.from(key.slice(6), 'base64')).update(signed);
  assert.equal(headers['webhook-signature'], `v1,${expected.digest('base64')}`);
  assert.deepEqual(
    [body.event, body.severity, body.place, body.signalCount, body.owners],
    ['opened', 'high', { warehouse: 'shop', schema: 'public', table: 'orders' }, 2, ['olga.owner']],
  );
  assert.match(body.link, /^https:\/\/privet\.test\/observe\/incidents\/inc_/u);
  await results(
    testResult({ test: 'orders_id_unique', atMs: office.clock() }),
    testResult({ test: 'orders_total_positive', atMs: office.clock() }),
  );
  await sent();
  assert.deepEqual(
    receiver.received.map((one) => one.body.event),
    ['opened', 'resolved'],
  );
});

test('Slack, Teams, PagerDuty and Opsgenie get what their interfaces take', async () => {
  await channel('slack', { kind: 'slack' }, `${receiver.origin}/services/T0/B0/secret`);
  await channel('teams', { kind: 'teams' }, `${receiver.origin}/workflows/secret`);
  await channel('pager', { kind: 'pagerduty', origin: receiver.origin }, 'R0UTINGKEY0000000');
  await channel('genie', { kind: 'opsgenie', origin: receiver.origin }, 'genie-key-0000');
  await fails('orders_<!channel>_unique', { failures: 1 });
  await sent();
  const id = (await listIncidents(office.pool, { limit: 1 }))[0]?.id ?? '';
  await office.does((work) => acknowledge(work, id, ''));
  await sent();
  await results(testResult({ test: 'orders_<!channel>_unique', atMs: office.clock() }));
  await sent();
  const at = (path: string) => receiver.received.filter((one) => one.path.startsWith(path));
  const [slack] = at('/services/T0/B0/secret');
  assert.equal(slack?.body.blocks[0].type, 'header');
  assert.doesNotMatch(slack?.text ?? '', /<!channel>/u, 'a name wakes nobody');
  const [card] = at('/workflows/secret');
  assert.equal(card?.body.attachments[0].contentType, 'application/vnd.microsoft.card.adaptive');
  assert.equal(card?.body.attachments[0].content.type, 'AdaptiveCard');
  const pager = at('/v2/enqueue').map(({ body }) => body);
  assert.deepEqual(
    pager.map((one) => [one.event_action, one.dedup_key, one.routing_key]),
    ['trigger', 'acknowledge', 'resolve'].map((act) => [act, id, 'R0UTINGKEY0000000']),
  );
  assert.deepEqual(
    [pager[0].payload.severity, pager[0].payload.source],
    ['error', 'shop.public.orders'],
  );
  const genie = at('/v2/alerts');
  assert.deepEqual(
    genie.map((one) => one.path),
    [
      '/v2/alerts',
      `/v2/alerts/${id}/acknowledge?identifierType=alias`,
      `/v2/alerts/${id}/close?identifierType=alias`,
    ],
  );
  assert.deepEqual(
    [genie[0]?.headers['authorization'], genie[0]?.body.alias, genie[0]?.body.priority],
    ['GenieKey genie-key-0000', id, 'P2'],
  );
});

for (const security of ['tls', 'starttls'] as const) {
  test(`mail goes over ${security}, in one thread an incident`, async (t) => {
    const server = await startMailServer(security, { user: 'privet', password: 'mail password' });
    t.after(() => server.close());
    await mailChannel(server, security);
    await fails();
    await sent();
    await results(testResult({ test: 'orders_id_unique', atMs: office.clock() }));
    await sent();
    assert.deepEqual(await states(), ['opened sent', 'resolved sent']);
    const [opened, resolved] = server.mails.map(({ text }) => text);
    assert.deepEqual(server.encrypted, [true, true]);
    assert.deepEqual(server.mails[0]?.to, ['oncall@example.test', 'olga@example.test']);
    assert.match(
      opened ?? '',
      /^Subject: \[high\] shop\.public\.orders: orders_id_unique fails\r$/mu,
    );
    const thread = /^In-Reply-To: (?<id>.*)\r$/mu;
    assert.equal(
      thread.exec(opened ?? '')?.groups?.['id'],
      thread.exec(resolved ?? '')?.groups?.['id'],
    );
  });
}

test('mail is not sent in clear, nor the password to a server that offers no TLS', async (t) => {
  const server = await startMailServer('none', { user: 'privet', password: 'mail password' });
  t.after(() => server.close());
  await mailChannel(server, 'starttls');
  await fails();
  await sent();
  assert.deepEqual([server.mails.length, server.tried.length], [0, 0]);
  assert.match((await states())[0] ?? '', /^opened waiting /u);
});

function mailChannel(
  server: { readonly port: number; readonly authorityPem: string },
  security: 'tls' | 'starttls',
): Promise<void> {
  const settings = {
    kind: 'email',
    host: 'localhost',
    port: server.port,
    security,
    user: 'privet',
    from: 'privet@example.test',
    to: ['oncall@example.test', 'olga@example.test'],
    authorityPem: server.authorityPem,
  };
  return channel('mail', settings, 'mail password');
}

test('what a receiver cannot take now is sent again, the same, until it can', async () => {
  await hook();
  receiver.answers.push(
    { status: 503 },
    { status: 429, headers: { 'retry-after': '600' } },
    { status: 200 },
  );
  await fails();
  await sent();
  assert.deepEqual(await states(), ['opened waiting receiver-failed']);
  // What happens meanwhile does not change what is said.
  await fails('another');
  await sent();
  assert.deepEqual(await states(), ['opened waiting busy']);
  await sent(500_000);
  assert.equal(receiver.received.length, 2, 'it asked to be left alone for ten minutes');
  await sent(200_000);
  assert.deepEqual(await states(), ['opened sent']);
  const [first, ...again] = receiver.received;
  assert.equal(again.length, 2);
  for (const one of again) {
    assert.equal(one.text, first?.text);
    assert.equal(one.headers['webhook-id'], first?.headers['webhook-id']);
  }
});

test('what a receiver refuses for good is given up, and the channel says so', async () => {
  await hook();
  receiver.answers.push({ status: 401 });
  await fails();
  await sent();
  assert.deepEqual(await states(), ['opened failed secret-refused']);
  assert.equal((await listChannels(office.pool))[0]?.lastFailure, 'secret-refused');
});

test('a sender that dies leaves its message to the next one', async () => {
  await hook();
  await fails();
  office.clock.advance(30_000);
  await office.pool.query(`update observe.alert set attempts = 1, due_at = $1`, [
    new Date(office.clock() + 90_000),
  ]);
  await sent(0);
  assert.equal(receiver.received.length, 0);
  await sent(90_000);
  assert.deepEqual(await states(), ['opened sent']);
});

test('a receiver whose certificate nobody vouches for, or that lives where clouds keep credentials, is told nothing', async () => {
  await hook('stranger', newSigningSecret(), { authorityPem: null });
  const metadata = { kind: 'webhook', url: 'https://169.254.169.254/latest' };
  await channel('metadata', metadata, newSigningSecret());
  await fails();
  await sent();
  assert.equal(receiver.received.length, 0);
  assert.deepEqual((await states()).toSorted(), [
    'opened failed forbidden-address',
    'opened waiting not-believed',
  ]);
});

test('nothing on this machine is told anything, unless control may tell it', async (t) => {
  const server = await startMailServer('tls', { user: 'privet', password: 'mail password' });
  t.after(() => server.close());
  await mailChannel(server, 'tls');
  await hook();
  await fails();
  office.clock.advance(30_000);
  await sendDueAlerts({ office, keys, loopback: false, linkBase: null });
  assert.deepEqual([server.tried.length, receiver.received.length], [0, 0]);
  const forbidden = 'opened failed forbidden-address';
  assert.deepEqual(await states(), [forbidden, forbidden]);
});

test('rules choose channels by tag, owner, kind and severity; the first that fits decides', async () => {
  await hook('finance');
  await hook('olga');
  await hook('rest');
  const rules = [
    { name: 'quiet-low', severity: 'low', kinds: ['schema'], channels: [] },
    { name: 'finance', tags: ['Domain.Finance'], channels: ['finance'], goOn: true },
    { name: 'olga', owners: ['olga.owner'], channels: ['olga'] },
    { name: 'rest', channels: ['rest'] },
  ].map((rule) => alertRuleShape.parse(rule));
  await office.does((work) => replaceAlertRules(work, rules));
  const table = (name: string) => ({ database: 'shop', schema: 'public', name });
  await fails('a', { table: table('a'), tags: ['Domain.Finance.Ledger'], owners: ['olga.owner'] });
  await fails('b', { table: table('b') });
  await fails('c', { table: table('c'), check: 'schema_changes' });
  await fails('d', { table: table('d'), severity: 'low' });
  await sent();
  const { rows } = await office.pool.query<{ told: string }>(
    `select s.table_name || ' ' || c.name as told from observe.alert a join observe.channel c on c.id = a.channel_id
     join observe.incident i on i.id = a.incident_id join observe.asset s on s.id = i.asset_id order by a.number`,
  );
  assert.deepEqual(
    rows.map(({ told }) => told),
    ['a finance', 'a olga', 'b rest'],
  );
});

test('quiet hours make alerts wait, what is over by then is told to nobody', async () => {
  await hook();
  const quietHours = { from: '00:00', until: '23:00', zone: 'UTC', days: [] };
  await office.does((work) =>
    replaceAlertRules(work, [alertRuleShape.parse({ name: 'q', channels: ['hook'], quietHours })]),
  );
  await fails();
  await sent();
  assert.deepEqual(await states(), ['opened waiting']);
  await results(testResult({ test: 'orders_id_unique', atMs: office.clock() }));
  await sent(24 * 3_600_000);
  assert.deepEqual(await states(), ['opened skipped', 'resolved skipped']);
  await fails('critical', { severity: 'critical' });
  await sent();
  assert.equal(receiver.received.length, 1, 'critical things do not wait');
});

test('a mute keeps quiet and tells afterwards what still fails', async () => {
  await hook();
  const untilMs = office.clock() + 3_600_000;
  await office.does((work) => mute(work, { check: 'orders_id_unique', untilMs, reason: 'move' }));
  await fails();
  await sent();
  assert.equal(receiver.received.length, 0);
  await sent(3_600_000);
  assert.equal(receiver.received.length, 1);
});

test('reminders come while nobody acknowledged', async () => {
  await hook();
  const rule = alertRuleShape.parse({ name: 'r', channels: ['hook'], remindMinutes: 60 });
  await office.does((work) => replaceAlertRules(work, [rule]));
  await fails();
  await sent();
  const tick = async () => {
    await remind({ office, keys, loopback: true, linkBase: null });
    await sent(0);
  };
  await tick();
  assert.equal(receiver.received.length, 1);
  office.clock.advance(3_600_000);
  await tick();
  await tick();
  assert.deepEqual(
    receiver.received.map(({ body }) => body.event),
    ['opened', 'reminder'],
  );
  const id = (await listIncidents(office.pool, { limit: 1 }))[0]?.id ?? '';
  await office.does((work) => acknowledge(work, id, ''));
  await sent();
  office.clock.advance(7_200_000);
  await tick();
  assert.equal(receiver.received.at(-1)?.body.event, 'acknowledged');
});

test('a channel of ids is told no name of a table, column, check or person', async () => {
  await hook('ids', newSigningSecret(), { shows: 'ids' });
  await fails('orders_id_unique', { column: 'card_number', owners: ['olga.owner'] });
  await sent();
  const { text } = receiver.received[0] ?? { text: '' };
  assert.match(text, /inc_/u);
  assert.doesNotMatch(text, /orders|card_number|olga|shop/u);
});

test('every secret is sealed under a key of its own, new with each value, and nobody can move or read it', async () => {
  await hook('one');
  await hook('two');
  const read = async () =>
    (
      await office.pool.query<{ name: string; secret_key: Buffer; secret_sealed: Buffer }>(
        'select name, secret_key, secret_sealed from observe.channel order by name',
      )
    ).rows;
  const [one, two] = await read();
  assert.notDeepEqual(one?.secret_key, two?.secret_key);
  const value = newSigningSecret();
  await office.does((work) =>
    changeChannel(work, keys, { name: 'one', change: { secret: secret(value) } }),
  );
  const [changed] = await read();
  assert.notDeepEqual(changed?.secret_key, one?.secret_key);
  assert.doesNotMatch(JSON.stringify(await listChannels(office.pool)), /whsec_|secret_/u);
  // One channel's secret in another's place does not open: the alert waits, nothing is sent.
  await office.pool.query(
    `update observe.channel set secret_key = $1, secret_sealed = $2 where name = 'two'`,
    [changed?.secret_key, changed?.secret_sealed],
  );
  await office.pool.query(`delete from observe.channel where name = 'one'`);
  await fails();
  await sent();
  assert.equal(receiver.received.length, 0);
});

test('a channel does not send elsewhere without its secret given again', async () => {
  await channel('pager', { kind: 'pagerduty', origin: receiver.origin }, 'R0UTINGKEY0000000');
  const settings = channelSettingsShape.parse({ kind: 'pagerduty', origin: 'https://evil.test' });
  await assert.rejects(
    office.does((work) => changeChannel(work, keys, { name: 'pager', change: { settings } })),
    { code: 'invalid', message: /needs its secret again/u },
  );
});

test('nothing but classified fields fits into an alert: no text of people, no number of a metric', async () => {
  await hook();
  await fails('orders_id_unique', { column: 'id', failures: 12 });
  await sent();
  const { body } = receiver.received[0] ?? { body: null };
  assert.doesNotThrow(() => checkAlertContent(body));
  const canary = 'Zoë Quill, 4111 1111 1111 1111';
  for (const wrong of [
    { ...body, message: canary },
    { ...body, value: 42 },
    { ...body, signals: [{ ...body.signals[0], value: 9_612 }] },
    { ...body, signals: [{ ...body.signals[0], check: canary }] },
    { ...body, link: `https://privet.test/?q=${canary}` },
  ]) {
    assert.throws(() => checkAlertContent(wrong), { code: 'invalid' });
  }
  // A name that a plane made of something else comes out as one word without what names cannot hold.
  await fails(`said ${canary}`);
  await sent();
  assert.doesNotMatch(receiver.received.map(({ text }) => text).join(), /4111 1111/u);
});

test('wrong secrets, settings and rules are refused in words', async () => {
  await assert.rejects(hook('weak', 'whsec_c2hvcnQ='), { message: /24 to 64 bytes/u });
  await assert.rejects(channel('slack', { kind: 'slack' }, 'http://hooks.test/x'), {
    message: /https address/u,
  });
  for (const url of ['http://plain.test', 'https://user:word@host.test', 'file:///etc/passwd']) {
    assert.equal(channelSettingsShape.safeParse({ kind: 'webhook', url }).success, false, url);
  }
  const rule = alertRuleShape.parse({ name: 'r', channels: ['nowhere'] });
  await assert.rejects(
    office.does((work) => replaceAlertRules(work, [rule])),
    { message: /no channel is called `nowhere`/u },
  );
});
