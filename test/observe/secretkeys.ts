import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileProvider } from '#platform/kms';
import type { KeyProvider } from '#platform/kms';

/** The key that control's own secrets are sealed under, in a file that is gone after the test. */
export async function openTestKeys(): Promise<{ readonly keys: KeyProvider; remove(): void }> {
  const directory = mkdtempSync(join(tmpdir(), 'privet-secrets-'));
  const { provider } = await openFileProvider({
    path: join(directory, 'secrets.key'),
    create: true,
  });
  return { keys: provider, remove: () => rmSync(directory, { recursive: true }) };
}

/** A signing key of a webhook. */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
