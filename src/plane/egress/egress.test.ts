import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { interceptors, request } from 'undici';
import { Problem } from '#base/problem';
import { migrate, transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { createAuthority, issueCertificate } from '#platform/http/authority';
import { openLedger } from '#plane/ledger';
import type { Leaf, LeafKind, Ledger } from '#plane/ledger';
import { addressOf, classOf, isInside, networkOf } from '#platform/http';
import { egressDispatcher, openEgress } from './mod.ts';
import type { Egress, RuleSpec } from './mod.ts';
import { checkRule, judge, targetHost } from './rule.ts';
import type { Rule } from './rule.ts';

const MIGRATIONS = new URL('../migrations/', import.meta.url);
const ADA = { kind: 'subject', id: 'sub_0123456789abcdefghjkmnpqrs' } as const;
const WAY: RuleSpec = {
  workload: 'billing',
  host: 'api.example.com',
  port: 443,
  purpose: 'invoices',
  networks: [],
  expiresAtMs: null,
};

function ruleOf(spec: Partial<RuleSpec>): Rule {
  return { ...checkRule({ ...WAY, ...spec }), id: 'setting-test', origin: 'settings' };
}

describe('addresses', () => {
  const classes: readonly (readonly [string, string])[] = [
    ['1.1.1.1', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['10.0.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12:3456::1', 'private'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['169.254.169.254', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['0.0.0.0', 'reserved'],
    ['::', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['ff02::1', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['2001::1', 'reserved'],
    // An IPv4 address inside an IPv6 one: mapped, compatible, NAT64, 6to4.
    ['::ffff:10.0.0.1', 'private'],
    ['::ffff:a00:1', 'private'],
    ['::ffff:169.254.169.254', 'metadata'],
    ['::ffff:1.1.1.1', 'public'],
    ['::127.0.0.1', 'loopback'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::a9fe:a9fe', 'metadata'],
    ['64:ff9b:1::1', 'reserved'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:a9fe:a9fe::1', 'metadata'],
  ];
  for (const [text, expected] of classes) {
    test(`classOf says ${expected} of ${text}`, () => {
      const address = addressOf(text);
      assert.notEqual(address, null);
      assert.equal(classOf(address ?? 0n), expected);
    });
  }

  test('addressOf takes no odd spelling of an address', () => {
    for (const text of ['127.1', '0x7f.0.0.1', '2130706433', '010.0.0.1', 'fe80::1%eth0', '']) {
      assert.equal(addressOf(text), null, text);
    }
  });

  test('networkOf takes ranges that begin where they say', () => {
    const network = networkOf('10.1.0.0/16');
    assert.ok(network !== null);
    assert.ok(isInside(addressOf('10.1.2.3') ?? 0n, network));
    assert.ok(isInside(addressOf('::ffff:10.1.2.3') ?? 0n, network));
    assert.ok(!isInside(addressOf('10.2.0.0') ?? 0n, network));
    for (const text of ['10.1.0.1/16', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129', 'x/8', '1/-1']) {
      assert.equal(networkOf(text), null, text);
    }
  });
});

describe('rules', () => {
  test('checkRule refuses what would name everything or nothing', () => {
    const bad: readonly Partial<RuleSpec>[] = [
      { host: '*' },
      { host: '*.com' },
      { host: '0.0.0.0/0' },
      { host: '10.0.0.0/7' },
      { host: '127.1' },
      { host: '0x7f000001' },
      { host: 'a b' },
      { host: '' },
      { port: 0 },
      { port: 65_536 },
      { workload: 'Billing!' },
      { purpose: '' },
      { networks: ['public'] },
      { networks: ['::/0'] },
      { networks: ['link-local'] },
    ];
    for (const spec of bad) {
      assert.throws(() => checkRule({ ...WAY, ...spec }), /egress rule/u, JSON.stringify(spec));
    }
    assert.equal(checkRule({ ...WAY, host: 'API.Example.com' }).host, 'api.example.com');
  });

  test('judge denies without a rule and unless everything fits', () => {
    const target = { workload: 'billing', host: 'api.example.com', port: 443, purpose: 'invoices' };
    assert.deepEqual(judge([], target, 1), { kind: 'deny', reason: 'no-rule', rule: null });
    assert.equal(judge([ruleOf({})], target, 1).kind, 'allow');
    for (const other of [
      { workload: 'other' },
      { host: 'api.example.org' },
      { host: 'x.api.example.com' },
      { port: 80 },
      { purpose: 'other' },
    ]) {
      assert.equal(judge([ruleOf({})], { ...target, ...other }, 1).kind, 'deny');
    }
    const ended = judge([ruleOf({ expiresAtMs: 1 })], target, 1);
    assert.ok(ended.kind === 'deny' && ended.reason === 'expired');
  });

  test('judge lets a wildcard stand for what is below, and a range for the addresses in it', () => {
    const target = { workload: 'billing', port: 443, purpose: null };
    const wild = [ruleOf({ host: '*.example.com' })];
    const range = [ruleOf({ host: '203.0.113.0/24' })];
    const kinds = (rules: readonly Rule[], hosts: readonly string[]) =>
      hosts.map((host) => judge(rules, { ...target, host }, 1).kind);
    assert.deepEqual(kinds(wild, ['a.example.com', 'a.b.example.com']), ['allow', 'allow']);
    assert.deepEqual(kinds(wild, ['example.com', 'aexample.com', '1.1.1.1']), [
      'deny',
      'deny',
      'deny',
    ]);
    assert.deepEqual(kinds(range, ['203.0.113.9', '203.0.114.9', 'a.example.com']), [
      'allow',
      'deny',
      'deny',
    ]);
  });

  test('targetHost spells a host one way and takes no odd ones', () => {
    assert.equal(targetHost('API.example.com.'), 'api.example.com');
    assert.equal(targetHost('[::1]'), '::1');
    for (const text of [
      '2130706433',
      '0x7f.1',
      '127.1',
      'a..b',
      '-',
      'a b',
      'a\nb',
      'fe80::1%lo',
    ]) {
      assert.equal(targetHost(text), null, text);
    }
  });
});

/** A server that keeps what it hears and says hello. */
async function listenPlain(): Promise<{ server: Server; port: number; heard: () => string }> {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => (heard += bytes.toString('latin1')));
    socket.write('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, heard: () => heard };
}

describe('egress', () => {
  let cluster: TestCluster;
  let pool: Pool;
  let ledger: Ledger;
  let folder: string;
  const names = new Map<string, readonly string[]>();
  const asked: string[] = [];
  const opened: Egress[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'privet-egress-'));
    cluster = await startTestCluster();
    ({ pool } = await cluster.createDatabase());
    await migrate(pool, MIGRATIONS);
    const headFile = join(folder, 'head');
    ledger = await openLedger({ pool, plane: 'p', clock: Date.now, headFile });
  });
  after(async () => {
    for (const egress of opened) await egress.close();
    await ledger.close();
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  function open(configured: Readonly<Record<string, RuleSpec>> = {}): Egress {
    const egress = openEgress({
      pool,
      ledger,
      clock: Date.now,
      random: (sizeBytes) => randomBytes(sizeBytes),
      configured,
      resolve: async (name) => {
        asked.push(name);
        return names.get(name) ?? [];
      },
      onFault: (problem) => assert.fail(problem),
    });
    opened.push(egress);
    return egress;
  }

  async function leaves<K extends LeafKind>(
    kind: K,
  ): Promise<readonly Extract<Leaf, { kind: K }>[]> {
    const stored = await ledger.read({ limit: 200, kinds: [kind] });
    return stored.map(({ entry }) => JSON.parse(entry) as Extract<Leaf, { kind: K }>);
  }

  async function refused(work: Promise<unknown>, code: Problem['code'], words: RegExp) {
    await assert.rejects(work, (thrown) => {
      assert.ok(thrown instanceof Problem, String(thrown));
      assert.equal(thrown.code, code);
      assert.match(thrown.message, words);
      return true;
    });
  }

  const local = { ...WAY, networks: ['loopback'] };

  test('connect denies everything without a rule and says so in the ledger once a minute', async () => {
    const egress = open();
    const target = { workload: 'stray', host: 'nowhere.example', port: 443, purpose: 'p' };
    for (let i = 0; i < 3; i++) await refused(egress.connect(target), 'denied', /has no rule/u);
    assert.ok(!asked.includes('nowhere.example'), 'a name without a rule is not even resolved');
    const mine = async () => (await leaves('egress-refused')).filter((l) => l.workload === 'stray');
    assert.deepEqual(
      (await mine()).map(({ reason, attempts, host }) => ({ reason, attempts, host })),
      [{ reason: 'no-rule', attempts: 1, host: null }],
    );
    assert.equal((await mine())[0]?.hostDigest, hash('sha256', 'nowhere.example'));
    await egress.close();
    assert.deepEqual(new Set((await mine()).map(({ attempts }) => attempts)), new Set([1, 2]));
  });

  test('connect writes a leaf before a byte leaves and one with bytes and digest at the end', async () => {
    const egress = open();
    const { server, port, heard } = await listenPlain();
    names.set('api.example.com', ['127.0.0.1']);
    const rule = await egress.rules.add({ ...local, port }, ADA);
    const socket = await egress.connect({ ...local, port });
    const before = (await leaves('egress-opened')).find((leaf) => leaf.rule === rule.id);
    assert.equal(before?.address, '127.0.0.1');
    assert.equal(before?.host, 'api.example.com');
    assert.equal(heard(), '');
    await once(socket, 'data');
    socket.write('abc');
    socket.write(Buffer.from('def'));
    socket.end('g');
    await once(socket, 'close');
    await egress.close();
    const closed = (await leaves('egress-closed')).find((l) => l.connection === before?.connection);
    assert.deepEqual(
      [closed?.bytesOut, closed?.bytesIn, closed?.digest, closed?.outcome],
      [7, 5, hash('sha256', 'abcdefg'), 'ended'],
    );
    server.close();
  });

  test('connect resolves a name once and stays with that address (DNS rebinding)', async () => {
    const egress = open();
    const { server, port } = await listenPlain();
    const answers = [['127.0.0.1'], ['169.254.169.254'], ['10.0.0.9']];
    let times = 0;
    const rebinding = openEgress({
      pool,
      ledger,
      clock: Date.now,
      random: (sizeBytes) => randomBytes(sizeBytes),
      configured: { one: { ...local, host: 'rebind.example', port } },
      resolve: async () => answers[times++] ?? [],
      onFault: (problem) => assert.fail(problem),
    });
    opened.push(rebinding);
    const target = { ...local, host: 'rebind.example', port };
    const socket = await rebinding.connect(target);
    assert.equal(socket.remoteAddress, '127.0.0.1');
    assert.equal(times, 1);
    await refused(rebinding.connect(target), 'denied', /does not name/u);
    await refused(rebinding.connect(target), 'denied', /does not name/u);
    socket.destroy();
    server.close();
    await egress.close();
  });

  test('connect reaches inside addresses only where the rule names them', async () => {
    const { server, port } = await listenPlain();
    const inside: readonly (readonly [string, readonly string[], boolean])[] = [
      ['127.0.0.1', [], false],
      ['127.0.0.1', ['private'], false],
      ['127.0.0.1', ['loopback'], true],
      ['127.0.0.1', ['127.0.0.0/8'], true],
      ['::ffff:127.0.0.1', [], false],
      ['169.254.169.254', ['private', 'loopback', '169.254.0.0/16'], false],
      ['0.0.0.0', ['loopback', 'private'], false],
    ];
    for (const [i, [address, networks, allowed]] of inside.entries()) {
      names.set('inside.example', [address]);
      const host = 'inside.example';
      const egress = open({ [`inside-${i}`]: { ...WAY, host, port, networks } });
      const going = egress.connect({ ...WAY, host, port });
      if (allowed) (await going).destroy();
      else await refused(going, 'denied', /does not name/u);
    }
    server.close();
  });

  test('a rule that ends or is removed ends its connections', async () => {
    const egress = open();
    const { server, port } = await listenPlain();
    names.set('api.example.com', ['127.0.0.1']);
    const rule = await egress.rules.add({ ...local, port }, ADA);
    const socket = await egress.connect({ ...local, port });
    const [shown] = egress.connections();
    assert.equal(shown?.rule, rule.id);
    await egress.rules.remove(rule.id, ADA);
    await once(socket, 'close');
    await refused(egress.connect({ ...local, port }), 'denied', /no rule/u);
    await egress.close();
    const closed = (await leaves('egress-closed')).find((l) => l.connection === shown?.id);
    assert.equal(closed?.outcome, 'rule-ended');
    server.close();
  });

  test('a lent way ends by itself unless a system keeps it', async () => {
    const egress = open();
    const lent = await egress.rules.lend({ host: 'db.example', port: 5432 }, ADA);
    assert.ok(lent.expiresAtMs !== null);
    await transaction(pool, (tx) => egress.rules.keep(tx, { rule: lent, systemId: 'sys_x' }, ADA));
    const kept = (await egress.rules.list()).find((rule) => rule.id === lent.id);
    assert.deepEqual([kept?.expiresAtMs, kept?.systemId, kept?.origin], [null, 'sys_x', 'system']);
    await transaction(pool, (tx) => egress.rules.drop(tx, 'sys_x', ADA));
    assert.ok(!(await egress.rules.list()).some((rule) => rule.id === lent.id));
  });

  test('rules of the settings file are shown and cannot be removed', async () => {
    const egress = open({ control: { ...WAY, workload: 'control' } });
    const [first] = await egress.rules.list();
    assert.equal(first?.id, 'setting-control');
    await refused(egress.rules.remove('setting-control', ADA), 'conflict', /settings/u);
    await refused(egress.rules.remove('egr_x', ADA), 'not-found', /no egress rule/u);
    await egress.rules.tellConfigured();
    const [told] = await ledger.read({ kinds: ['egress-rule-added'], limit: 1 });
    assert.ok(told?.leaf.kind === 'egress-rule-added');
    assert.deepEqual([told.leaf.rule, told.leaf.origin], ['setting-control', 'settings']);
  });

  test('dispatcher carries https and checks each step of a redirect', async () => {
    const authority = await createAuthority({ name: 'test', nowMs: Date.now() });
    const issued = await issueCertificate(authority, {
      name: 'api',
      nowMs: Date.now(),
      hosts: ['api.example.com'],
    });
    const sockets = new Set<Socket>();
    const server = createHttpsServer(
      { cert: issued.certificatePem, key: issued.keyPem.reveal() },
      (incoming, answer) => {
        sockets.add(incoming.socket);
        if (incoming.url === '/away') {
          answer.writeHead(302, { location: 'https://evil.example/' }).end();
        } else answer.end(incoming.url === '/long' ? 'x'.repeat(1_001) : 'ok');
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    names.set('api.example.com', ['127.0.0.1']);
    names.set('evil.example', ['127.0.0.1']);
    const egress = open({ api: { ...local, port } });
    const dispatcher = egressDispatcher(egress, {
      workload: 'billing',
      purpose: 'invoices',
      tls: { ca: authority.certificatePem },
      responseBytesMax: 1_000,
    });
    const base = `https://api.example.com:${port}`;
    const answer = await request(`${base}/`, { dispatcher });
    assert.equal(await answer.body.text(), 'ok');
    const long = await request(`${base}/long`, { dispatcher });
    await assert.rejects(long.body.text(), /maxResponseSize|exceeded/iu);
    const follow = dispatcher.compose(interceptors.redirect({ maxRedirections: 3 }));
    await refused(request(`${base}/away`, { dispatcher: follow }), 'denied', /evil\.example/u);
    await refused(request('http://api.example.com/', { dispatcher }), 'denied', /plain http/u);
    await dispatcher.close();
    while (egress.connections().length > 0) await sleep(5);
    await egress.close();
    const closed = (await leaves('egress-closed')).find((leaf) => leaf.peer !== null);
    assert.ok((closed?.bytesOut ?? 0) > 500, 'wire bytes hold the TLS handshake');
    assert.ok((closed?.bytesIn ?? 0) > 500);
    server.close();
  });
});
