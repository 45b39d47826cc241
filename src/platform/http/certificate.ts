import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';

/** What a server shows and proves itself with, PEM. */
export type ServerCertificate = { readonly chainPem: string; readonly keyPem: Secret };

/** Reads a chain and its key and checks that they fit; throws `invalid` naming the file and never its content. */
export function readCertificate(files: {
  readonly chainFile: string;
  readonly keyFile: string;
}): ServerCertificate {
  const chainPem = read(files.chainFile, 'certificate');
  const keyPem = read(files.keyFile, 'private key');
  try {
    createSecureContext({ cert: chainPem, key: keyPem });
  } catch {
    // The cause is left out: OpenSSL's text is about the bytes of a key.
    throw new Problem(
      'invalid',
      `certificate \`${files.chainFile}\` and key \`${files.keyFile}\` do not fit`,
    );
  }
  return { chainPem, keyPem: secret(keyPem) };
}

function read(path: string, what: string): string {
  if (path === '') {
    throw new Problem('invalid', `expected a file with a ${what}, got none`, {
      hint: 'HTTPS is not optional: name one in the settings, or let `privet up` make one',
    });
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Problem('invalid', `${what} file \`${path}\` cannot be read`, { cause });
  }
}
