import { constants, open } from 'node:fs/promises';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';

const MODE_OTHERS = 0o077;
/** Service account files of clouds are about 3 KB. */
const CREDENTIAL_BYTES_MAX = 16 * 1024;

/**
 * What is in a credential file, without the line end. It is read anew for every use, so that an agent may renew it.
 * Throws `denied` when others than its owner may touch it, `unavailable` when it cannot be read.
 */
export async function readCredential(path: string): Promise<Secret> {
  const handle = await open(path, constants.O_RDONLY).catch((cause: unknown) => {
    throw new Problem('unavailable', `credential file \`${path}\` cannot be read`, { cause });
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || (stat.mode & MODE_OTHERS) !== 0) {
      throw new Problem('denied', `credential file \`${path}\` expected a file of mode 0600`, {
        hint: `run chmod 600 ${path}`,
      });
    }
    if (stat.size > CREDENTIAL_BYTES_MAX)
      throw new Problem(
        'limit',
        `credential file \`${path}\` expected at most ${CREDENTIAL_BYTES_MAX} bytes`,
      );
    return secret((await handle.readFile('utf8')).trim());
  } finally {
    await handle.close();
  }
}
