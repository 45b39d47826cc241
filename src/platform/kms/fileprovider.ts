import { randomBytes } from 'node:crypto';
import { hex } from '#base/bytes';
import { Problem } from '#base/problem';
import { deriveBytes, envelopeKey, NONCE_BYTES, openEnvelope, sealEnvelope } from '#engines/crypto';
import { createKeyFile, readKeyFile } from './keyfile.ts';
import type { RandomBytes } from './keyfile.ts';
import type { KeyContext, KeyProvider } from './provider.ts';

export type FileProviderSettings = {
  readonly path: string;
  /** Makes the file when it is missing; else a missing file is `unavailable`. */
  readonly create: boolean;
  readonly random?: RandomBytes;
};

export type FileProvider = {
  readonly provider: KeyProvider;
  readonly created: boolean;
  /** To be logged at every start, loudly. */
  readonly warning: string;
};

const ID_BYTES = 8;
/** One file is one key; another version would be another file. */
const FILE_KEY_VERSION = 1;

/**
 * The local provider: the key lies in a file beside the data it protects. It is read for every wrap and unwrap and not
 * kept, so that taking the file away stops Privet as soon as cached data keys expire. Throws as the port says.
 */
export async function openFileProvider(settings: FileProviderSettings): Promise<FileProvider> {
  const { path, create, random = (size) => new Uint8Array(randomBytes(size)) } = settings;
  const created =
    create && (await readIfThere(path)) === 'missing' ? await createKeyFile(path, random) : false;
  const scope = await withKey(path, scopeOf);
  const provider: KeyProvider = {
    // `file/` and what names the key, so that a table can tell which file a key needs
    name: scope.replace('kek/', 'file/'),
    wrap: (key, context) =>
      withKey(path, (kek) => {
        if (scopeOf(kek) !== scope) throw otherKey();
        return wrapKey(kek, { key, context, nonce: random(NONCE_BYTES) });
      }),
    unwrap: (wrapped, context) => withKey(path, (kek) => unwrapKey(kek, wrapped, context)),
  };
  return { provider, created, warning: warningFor(path) };
}

function warningFor(path: string): string {
  return (
    `the master key is a file on this machine (${path}): whoever copies it and the database can read every protected ` +
    'value, and whoever loses it loses them. Back it up apart from the database; use a key service in production'
  );
}

async function readIfThere(path: string): Promise<'there' | 'missing'> {
  const key = await readKeyFile(path);
  key?.fill(0);
  return key === null ? 'missing' : 'there';
}

/** Runs `work` with the key of the file, which is zeroed afterwards. */
async function withKey<T>(path: string, work: (kek: Uint8Array) => T): Promise<T> {
  const kek = await readKeyFile(path);
  if (kek === null) {
    throw new Problem('unavailable', `key file \`${path}\` is missing`, {
      hint: 'restore it from its backup: without it nothing that was sealed can be opened',
    });
  }
  try {
    return work(kek);
  } finally {
    kek.fill(0);
  }
}

type Wrapping = {
  readonly key: Uint8Array;
  readonly context: KeyContext;
  readonly nonce: Uint8Array;
};

function wrapKey(kek: Uint8Array, { key, context, nonce }: Wrapping): Uint8Array {
  const name = { scope: scopeOf(kek), version: FILE_KEY_VERSION };
  return sealEnvelope(kek, { plaintext: key, name, context, nonce });
}

function unwrapKey(kek: Uint8Array, wrapped: Uint8Array, context: KeyContext): Uint8Array {
  if (envelopeKey(wrapped).scope !== scopeOf(kek)) throw otherKey();
  return openEnvelope(kek, wrapped, context);
}

function otherKey(): Problem {
  return new Problem('corrupt', 'data key and key file do not belong together', {
    hint: 'restore the key file that belongs to this database; after a change of the file start the plane anew',
  });
}

/** Names a key without telling anything of it. */
function scopeOf(kek: Uint8Array): string {
  return `kek/${hex(deriveBytes(kek, 'privet/kek/id/v1', ID_BYTES))}`;
}
