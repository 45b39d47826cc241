import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openHttpClient } from '#platform/http';
import { keptSecret } from './home.ts';
import type { Home } from './home.ts';

/** Where the first account is described. */
export type Administrator = {
  readonly name: string;
  readonly passwordFile: string;
  readonly isNew: boolean;
};

/**
 * Makes the first account when there is none, with the set-up token that control left in its directory. The password goes
 * to a file before it is sent, so that a kill in between leaves an account whose password is known.
 */
export async function prepareAdministrator(
  home: Home,
  control: { readonly address: string; readonly authorityFile: string },
  name: string,
): Promise<Administrator> {
  const passwordFile = join(home.root, 'admin-password');
  const tokenFile = join(home.control, 'setup-token');
  if (!existsSync(tokenFile)) return { name, passwordFile, isNew: false };
  const client = openHttpClient({
    origin: control.address,
    authorityPem: readFileSync(control.authorityFile, 'utf8'),
  });
  try {
    const body = {
      token: readFileSync(tokenFile, 'utf8').trim(),
      name,
      password: keptSecret(passwordFile).reveal(),
    };
    await client.send({ method: 'POST', path: '/api/v1/setup', body });
  } finally {
    await client.close();
  }
  return { name, passwordFile, isNew: true };
}
