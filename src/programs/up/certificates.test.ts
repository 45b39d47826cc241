import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { prepareCertificates } from './certificates.ts';

const DAY_MS = 86_400_000;

test('prepareCertificates keeps what serves, renews near the end, and reissues under a new authority', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'privet-certificates-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const nowMs = Date.now();
  const serial = (file: string) => new X509Certificate(readFileSync(file, 'utf8')).serialNumber;
  const made = await prepareCertificates(directory, nowMs);
  const gateway = made.servers.gateway.chainFile;
  const first = serial(gateway);
  assert.equal(statSync(made.servers.gateway.keyFile).mode & 0o777, 0o600);
  assert.equal(statSync(join(directory, 'ca.key')).mode & 0o777, 0o600);
  await prepareCertificates(directory, nowMs + 300 * DAY_MS);
  assert.equal(serial(gateway), first);
  await prepareCertificates(directory, nowMs + 350 * DAY_MS);
  const second = serial(gateway);
  assert.notEqual(second, first);
  rmSync(made.authorityFile);
  await prepareCertificates(directory, nowMs + 350 * DAY_MS);
  assert.notEqual(serial(gateway), second);
  const authority = new X509Certificate(readFileSync(made.authorityFile, 'utf8'));
  assert.ok(new X509Certificate(readFileSync(gateway, 'utf8')).verify(authority.publicKey));
});
