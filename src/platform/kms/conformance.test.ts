import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { Problem } from '#base/problem';
import { crc32c } from './crc32c.ts';
import { openFileProvider } from './fileprovider.ts';
import { openKeyService } from './keyservice.ts';
import { readServiceAddress, servicePlaces } from './serviceaddress.ts';
import { testConformance } from './testconformance.ts';
import type { Stage } from './testconformance.ts';
import {
  awsContract,
  azureContract,
  gcpContract,
  startStandIn,
  transitContract,
} from './testservices.ts';
import type { StandIn } from './testservices.ts';

const directory = mkdtempSync(join(tmpdir(), 'privet-kms-'));
const standIns: StandIn[] = [];
after(async () => {
  for (const standIn of standIns) await standIn.stop();
  rmSync(directory, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

async function stageOf(
  make: Parameters<typeof startStandIn>[0],
  addressOf: (origin: string) => string,
): Promise<Stage> {
  const standIn = await startStandIn(make);
  standIns.push(standIn);
  const address = addressOf(standIn.origin);
  return {
    provider: await openKeyService({ address, timeoutMs: 30_000 }),
    hasty: await openKeyService({ address, timeoutMs: 300 }),
    disable: () => standIn.disable(),
    enable: () => standIn.enable(),
    rotate: () => standIn.rotate(),
    slow: () => standIn.behave('slow'),
    down: () => standIn.behave('down'),
    refusing: () => standIn.behave('refusing'),
    well: () => standIn.behave('well'),
  };
}

let files = 0;
testConformance({
  label: 'the file provider',
  open: async () => {
    const path = join(directory, `${files++}.key`);
    const { provider } = await openFileProvider({ path, create: true });
    return {
      provider,
      disable: () => renameSync(path, `${path}.away`),
      enable: () => renameSync(`${path}.away`, path),
    };
  },
});

testConformance({
  label: 'aws kms (stand-in)',
  open: () => {
    process.env['AWS_ACCESS_KEY_ID'] ??= 'AKIDEXAMPLE';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'example';
    return stageOf(
      () => awsContract,
      (origin) => `aws-kms:alias/privet?region=eu-west-1&endpoint=${origin}`,
    );
  },
});

testConformance({
  label: 'google cloud kms (stand-in)',
  open: () =>
    stageOf(
      () => gcpContract,
      (origin) => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
        const account = {
          type: 'service_account',
          client_email: 'plane@example.iam.gserviceaccount.com',
          private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
          private_key_id: 'example',
          token_uri: `${origin}/token`,
        };
        const credential = file('gcp.json', JSON.stringify(account));
        const key = 'projects/p/locations/europe-west1/keyRings/privet/cryptoKeys/plane';
        return `gcp-kms:${key}?endpoint=${origin}&credential-file=${credential}`;
      },
    ),
});

testConformance({
  label: 'azure key vault (stand-in)',
  open: async () => ({
    ...(await stageOf(azureContract, (origin) => {
      const client = {
        tenantId: 'example',
        clientId: 'plane',
        clientSecret: 'example',
        authority: origin,
      };
      const credential = file('azure.json', JSON.stringify(client));
      return `azure-kv:${origin}/keys/privet?credential-file=${credential}`;
    })),
    namesVersion: true,
  }),
});

testConformance({
  label: 'vault and openbao transit (stand-in)',
  open: () =>
    stageOf(
      () => transitContract,
      (origin) =>
        `transit:${origin}/transit/privet?credential-file=${file('token', 'hvs.example\n')}`,
    ),
});

const SOFTHSM = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
].find((path) => existsSync(path));
const missing =
  SOFTHSM === undefined || spawnSync('pkcs11-tool', ['--version']).error !== undefined;

/** SoftHSM reads its settings once a process, so all stages share a token and have a key each. */
function hsm(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('pkcs11-tool', ['--module', SOFTHSM ?? '', ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

let hsmKeys = 0;
testConformance({
  label: 'pkcs#11 (softhsm)',
  ...(missing ? { skip: 'needs the Debian packages softhsm2 and opensc' } : {}),
  open: async () => {
    const label = `kek-${hsmKeys++}`;
    const login = ['--token-label', 'privet', '--login', '--pin', '5678'];
    if (process.env['SOFTHSM2_CONF'] === undefined) {
      mkdirSync(join(directory, 'tokens'));
      process.env['SOFTHSM2_CONF'] = file(
        'softhsm2.conf',
        `directories.tokendir = ${directory}/tokens\nlog.level = ERROR\n`,
      );
      spawnSync('softhsm2-util', [
        '--init-token',
        '--free',
        '--label',
        'privet',
        '--so-pin',
        '1234',
        '--pin',
        '5678',
      ]);
    }
    hsm(...login, '--keygen', '--key-type', 'AES:32', '--label', label, '--sensitive');
    const provider = await openKeyService({
      address: `pkcs11:token=privet;object=${label}?module-path=${SOFTHSM}&pin-source=file:${file('pin', '5678')}`,
    });
    // a destroyed key does not come back, so there is no enabling
    return {
      provider,
      disable: () => hsm(...login, '--delete-object', '--type', 'secrkey', '--label', label),
    };
  },
});

const isProblem = (code: string) => (thrown: unknown) =>
  thrown instanceof Problem && thrown.code === code;

test('pkcs#11 refuses a key that could leave the hsm', { skip: missing }, async () => {
  const login = ['--token-label', 'privet', '--login', '--pin', '5678'];
  hsm(...login, '--keygen', '--key-type', 'AES:32', '--label', 'loose', '--extractable');
  const provider = await openKeyService({
    address: `pkcs11:token=privet;object=loose?module-path=${SOFTHSM}&pin-source=file:${file('pin', '5678')}`,
  });
  await assert.rejects(provider.wrap(new Uint8Array(32), {}), isProblem('denied'));
});

test('the azure provider asks no other server than the one it was told', async () => {
  const elsewhere = await startStandIn(azureContract);
  standIns.push(elsewhere);
  const stage = await stageOf(azureContract, (origin) => {
    const client = {
      tenantId: 'example',
      clientId: 'plane',
      clientSecret: 'example',
      authority: origin,
    };
    return `azure-kv:${origin}/keys/privet?credential-file=${file('azure.json', JSON.stringify(client))}`;
  });
  const wrapped = Buffer.from(await stage.provider.wrap(new Uint8Array(32), {}));
  const port = new URL(elsewhere.origin).port;
  const at = wrapped.indexOf('127.0.0.1:') + '127.0.0.1:'.length;
  wrapped.write(port.padStart(5, '0').slice(0, 5), at);
  await assert.rejects(stage.provider.unwrap(wrapped, {}), isProblem('corrupt'));
  assert.deepEqual(elsewhere.asked, []);
});

test('readServiceAddress reads each kind and refuses what it does not know', () => {
  const names = [
    'aws-kms:arn:aws:kms:eu-west-1:111122223333:key/1234abcd',
    'gcp-kms:projects/p/locations/l/keyRings/r/cryptoKeys/k',
    'azure-kv:https://example.vault.azure.net/keys/privet?algorithm=A256KW',
    'transit:https://bao.example:8200/team/transit/privet?credential-file=/run/token',
    'pkcs11:token=My%20Token;object=kek?module-path=/lib/x.so&pin-source=file:/run/pin',
  ].map((text) => {
    const address = readServiceAddress(text);
    return 'name' in address ? address.name : address.path;
  });
  assert.deepEqual(names, [
    'aws-kms/arn:aws:kms:eu-west-1:111122223333:key/1234abcd',
    'gcp-kms/projects/p/locations/l/keyRings/r/cryptoKeys/k',
    'azure-kv/example.vault.azure.net/privet',
    'transit/bao.example:8200/team/transit/privet',
    'pkcs11/My%20Token/kek',
  ]);
  for (const bad of [
    '',
    'hsm:x',
    'file:relative.key',
    'aws-kms:alias/x?token=y',
    'aws-kms:alias/x?endpoint=http://kms.example',
    'gcp-kms:projects/p',
    'azure-kv:http://example.vault.azure.net/keys/privet',
    'azure-kv:https://example.vault.azure.net/keys/privet/0123',
    'transit:http://bao.example:8200/transit/privet',
    'transit:https://bao.example:8200/privet',
    'pkcs11:token=a?module-path=/lib/x.so&pin-source=file:/run/pin',
    'pkcs11:token=a;object=b?module-path=x.so&pin-source=file:/run/pin',
  ])
    assert.throws(() => readServiceAddress(bad), isProblem('invalid'), bad);
});

test('servicePlaces says where each kind is to be reached', () => {
  const hosts = (text: string) =>
    servicePlaces(text, 'eu-north-1').map(({ host, port }) => `${host}:${port}`);
  assert.deepEqual(hosts('aws-kms:arn:aws:kms:eu-west-1:111122223333:key/1234abcd'), [
    'kms.eu-west-1.amazonaws.com:443',
  ]);
  assert.deepEqual(hosts('aws-kms:alias/privet'), ['kms.eu-north-1.amazonaws.com:443']);
  assert.deepEqual(hosts('aws-kms:alias/x?endpoint=http://[::1]:8080'), ['::1:8080']);
  assert.deepEqual(
    hosts('gcp-kms:projects/p/locations/l/keyRings/r/cryptoKeys/k?credential-file=/k'),
    ['cloudkms.googleapis.com:443', 'oauth2.googleapis.com:443'],
  );
  assert.deepEqual(hosts('azure-kv:https://v.vault.azure.net/keys/privet'), [
    'v.vault.azure.net:443',
  ]);
  assert.deepEqual(hosts('transit:https://bao.example:8200/transit/privet?credential-file=/t'), [
    'bao.example:8200',
  ]);
  assert.deepEqual(hosts('file:/etc/privet/master.key'), []);
});

test('crc32c gives the check value of its catalogue', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});
