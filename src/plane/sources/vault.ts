import { textOf, utf8 } from '#base/bytes';
import { Problem, problemFrom } from '#base/problem';
import { Secret } from '#base/secret';
import { PASSWORD_BYTES_MAX } from './limits.ts';

/** Seals and opens under the plane's keyring (plane/keys), which writes each unwrap of a key into the ledger. */
export type Sealer = {
  seal(
    scope: string,
    plaintext: Uint8Array,
    context: Readonly<Record<string, string>>,
  ): Promise<Uint8Array>;
  open(sealed: Uint8Array, context: Readonly<Record<string, string>>): Promise<Uint8Array>;
};

/** Which password of a system is meant; bound into the envelope, so that one cannot pass for another. */
export type PasswordUse = { readonly systemId: string; readonly of: 'registered' | 'gate' };

/** Seals a password; rolls with the key's schedule, for envelopes name their key's version. */
export async function sealPassword(
  sealer: Sealer,
  use: PasswordUse,
  password: Secret,
): Promise<Uint8Array> {
  const bytes = utf8(password.reveal());
  try {
    if (bytes.length < 1 || bytes.length > PASSWORD_BYTES_MAX) {
      throw new Problem('invalid', `password expected 1 to ${PASSWORD_BYTES_MAX} bytes`);
    }
    return await sealer.seal(`rolling/system/${use.systemId}`, bytes, contextOf(use));
  } finally {
    bytes.fill(0);
  }
}

/** The password, in memory only; throws `unavailable` when the key service will not open it. */
export async function openPassword(
  sealer: Sealer,
  use: PasswordUse,
  sealed: Uint8Array,
): Promise<Secret> {
  try {
    return new Secret(textOf(await sealer.open(new Uint8Array(sealed), contextOf(use))));
  } catch (thrown) {
    const { code } = problemFrom(thrown);
    throw new Problem(
      code === 'corrupt' ? 'corrupt' : 'unavailable',
      'the credential of the system cannot be opened',
      {
        hint: 'is the key service reachable, and is it the one the credential was sealed under?',
        cause: thrown,
      },
    );
  }
}

function contextOf(use: PasswordUse): Readonly<Record<string, string>> {
  return { purpose: 'source-password', system: use.systemId, of: use.of };
}
