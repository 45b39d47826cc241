import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#platform/telemetry';

/**
 * What the plane shows to control beside its token: made on first start, its key never leaves the plane's directory, and control
 * takes no other from then on.
 */
export async function clientCertificate(
  directory: string,
  plane: string,
): Promise<{ readonly cert: string; readonly key: string }> {
  const [certFile, keyFile] = [join(directory, 'client.pem'), join(directory, 'client.key')];
  if (!existsSync(certFile) || !existsSync(keyFile)) {
    // The library that makes certificates is slow to load, and only this once needed.
    const { createClientCertificate } = await import('#platform/http/authority');
    const made = await createClientCertificate({ name: plane, nowMs: systemClock() });
    writeWhole(keyFile, made.keyPem.reveal());
    writeWhole(certFile, made.certificatePem);
  }
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
