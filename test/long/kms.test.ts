import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { request } from 'undici';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { columnOf, maskColumn } from '#engines/crypto';
import { openKeyService } from '#platform/kms';
import { testConformance } from '../../src/platform/kms/testconformance.ts';
import { startTestKeys } from '../../src/plane/keys/testkeys.ts';
import { installLocalKms, startLocalKms } from '../kms/localkms.ts';
import type { LocalKms } from '../kms/localkms.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'AKIDEXAMPLE';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'example';
const REGION = 'eu-west-2';

const missing = installLocalKms();
const isProblem = (code: string) => (thrown: unknown) =>
  thrown instanceof Problem && thrown.code === code;

describe('aws kms by local-kms', () => {
  let kms: LocalKms;
  before(async () => {
    if (missing === null) kms = await startLocalKms();
  });
  after(async () => {
    if (missing === null) await kms.stop();
  });

  async function openKey() {
    const admin = new KMSClient({ region: REGION, endpoint: kms.endpoint });
    const { KeyMetadata } = await admin.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.Arn ?? '';
    const address = `aws-kms:${KeyId}?endpoint=${kms.endpoint}`;
    return {
      provider: await openKeyService({ address }),
      hasty: await openKeyService({ address, timeoutMs: 300 }),
      disable: async () => void (await admin.send(new DisableKeyCommand({ KeyId }))),
      enable: async () => void (await admin.send(new EnableKeyCommand({ KeyId }))),
    };
  }

  testConformance({
    label: 'local-kms',
    ...(missing === null ? {} : { skip: missing }),
    async open() {
      let frozen = false;
      return {
        ...(await openKey()),
        // it finds the key by the end of the ARN that its ciphertext begins with
        looksFrom: 80,
        slow: () => {
          frozen = true;
          kms.freeze();
        },
        down: () => kms.kill(),
        well: async () => {
          if (frozen) kms.thaw();
          else await kms.restart();
          frozen = false;
        },
      };
    },
  });

  test(
    'disabling the key at the service stops all reading within the cache time',
    { skip: missing ?? false },
    async (t) => {
      const keys = await startTestKeys();
      try {
        const cacheSeconds = 3;
        const { provider, disable, enable } = await openKey();
        const { another } = await keys.setUp();
        const processes = [1, 2, 3].map(() => another({ provider, cacheSeconds }));
        const context = { record: 'rec_1' };
        const sealed = await processes[0]?.seal('rolling/vault', utf8('ada'), context);
        const reads = processes.map((keyring) => async () => {
          const { maskKey } = await keyring.use('consistent/source');
          maskColumn(columnOf(['ada']), { kind: 'hash' }, maskKey);
          await keyring.open(sealed ?? utf8(''), context);
        });
        // everything is in use, at odd moments of its lease, when the key is disabled
        for (const read of reads) {
          await read();
          await sleep(400);
        }
        await disable();
        const disabledMs = performance.now();
        const lasts = await Promise.all(
          reads.map(async (read) => {
            for (let lastMs = 0; ;) {
              try {
                await read();
                lastMs = performance.now() - disabledMs;
              } catch (thrown) {
                assert.ok(isProblem('unavailable')(thrown), String(thrown));
                return lastMs;
              }
              await sleep(20);
            }
          }),
        );
        t.diagnostic(
          `last read after disabling: ${lasts.map((ms) => `${Math.round(ms)} ms`).join(', ')}; bound ${cacheSeconds * 1_000} ms`,
        );
        assert.ok(lasts.every((ms) => ms <= cacheSeconds * 1_000));
        await enable();
        await sleep(600);
        for (const read of reads) await read();
      } finally {
        await keys.stop();
      }
    },
  );
});

/** The transit engine of Vault or OpenBao itself, when somebody has one running: `PRIVET_TEST_TRANSIT=http://127.0.0.1:8200`. */
const transit = process.env['PRIVET_TEST_TRANSIT'];
describe('transit itself', () => {
  const directory = mkdtempSync(join(tmpdir(), 'privet-transit-'));
  after(() => rmSync(directory, { recursive: true }));
  const token = process.env['PRIVET_TEST_TRANSIT_TOKEN'] ?? 'root';
  const tokenFile = join(directory, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const ask = async (path: string, body: object) => {
    const headers = { 'x-vault-token': token };
    const { statusCode } = await request(`${transit}/v1/transit/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    assert.ok(statusCode < 300, `${path}: ${statusCode}`);
  };
  let made = 0;
  testConformance({
    label: 'transit',
    ...(transit === undefined ? { skip: 'needs PRIVET_TEST_TRANSIT' } : {}),
    async open() {
      const key = `privet-${Date.now()}-${made++}`;
      await ask(`keys/${key}`, { type: 'aes256-gcm96' });
      const address = `transit:${transit}/transit/${key}?credential-file=${tokenFile}`;
      return {
        provider: await openKeyService({ address }),
        rotate: () => ask(`keys/${key}/rotate`, {}),
        // ends the use of what version 1 wrapped
        disable: async () => {
          await ask(`keys/${key}/rotate`, {});
          await ask(`keys/${key}/config`, { min_decryption_version: 2 });
        },
        enable: () => ask(`keys/${key}/config`, { min_decryption_version: 1 }),
        refusing: () => writeFileSync(tokenFile, 'hvs.revoked'),
        well: () => {
          writeFileSync(tokenFile, token);
          chmodSync(tokenFile, 0o600);
        },
      };
    },
  });
});
