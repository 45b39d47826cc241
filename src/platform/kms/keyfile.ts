import { constants, link, mkdir, open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { base64url, fromBase64, hex } from '#base/bytes';
import { Problem } from '#base/problem';

/** The file holds this, a space, and 32 bytes in base64url. */
const FORMAT = 'privet-key-file/v1';
const LINE = /^privet-key-file\/v1 ([A-Za-z0-9_-]{43})\n?$/u;
const KEY_BYTES = 32;
const MODE_OWNER_ONLY = 0o600;
const MODE_DIRECTORY = 0o700;
const MODE_OTHERS = 0o077;
/** Anything longer is not a key file. */
const FILE_BYTES_MAX = 256;
const NAME_BYTES = 8;

export type RandomBytes = (sizeBytes: number) => Uint8Array;

/**
 * The key in the file, 32 bytes for the caller to zero, or null when there is no file. Throws `denied` when the file is
 * not a plain file of this user that nobody else may touch, `corrupt` when it holds something else.
 */
export async function readKeyFile(path: string): Promise<Uint8Array | null> {
  const handle = await openForReading(path);
  if (handle === null) return null;
  try {
    await checkGuarded(handle, path);
    const buffer = Buffer.alloc(FILE_BYTES_MAX);
    const { bytesRead } = await handle.read(buffer, 0, FILE_BYTES_MAX, 0);
    const match = LINE.exec(buffer.toString('latin1', 0, bytesRead));
    buffer.fill(0);
    if (match === null)
      throw new Problem('corrupt', `key file \`${path}\` expected \`${FORMAT}\` and a key`);
    return fromBase64(match[1] ?? '');
  } finally {
    await handle.close();
  }
}

async function openForReading(path: string): Promise<FileHandle | null> {
  try {
    // a link could lead to a file whose guard was not looked at
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return null;
    if (isCode(cause, 'ELOOP'))
      throw new Problem('denied', `key file \`${path}\` expected a file, got a link`);
    throw new Problem('unavailable', `key file \`${path}\` cannot be read`, { cause });
  }
}

async function checkGuarded(handle: FileHandle, path: string): Promise<void> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new Problem('denied', `key file \`${path}\` expected a plain file`);
  if ((stat.mode & MODE_OTHERS) !== 0) {
    const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
    throw new Problem('denied', `key file \`${path}\` expected mode 0600, got ${mode}`, {
      hint: `run chmod 600 ${path}; if others could read it, make a new one and roll all keys`,
    });
  }
  const self = process.geteuid?.();
  if (self !== undefined && stat.uid !== self) {
    throw new Problem('denied', `key file \`${path}\` expected owner ${self}, got ${stat.uid}`);
  }
}

/**
 * Makes a key file with a new key, unless another process was first: afterwards the file is there, whole and on disk.
 * Says whether it was this call that made it.
 */
export async function createKeyFile(path: string, random: RandomBytes): Promise<boolean> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: MODE_DIRECTORY });
  const draft = `${path}.${hex(random(NAME_BYTES))}.new`;
  try {
    await writeDraft(draft, random);
    // unlike rename, link never replaces a key that another process has begun to use
    const created = await link(draft, path).then(
      () => true,
      (cause: unknown) => {
        if (isCode(cause, 'EEXIST')) return false;
        throw cause;
      },
    );
    await unlink(draft);
    await syncDirectory(directory);
    return created;
  } catch (cause) {
    throw new Problem('unavailable', `key file \`${path}\` cannot be created`, { cause });
  }
}

async function writeDraft(path: string, random: RandomBytes): Promise<void> {
  const handle = await open(path, 'wx', MODE_OWNER_ONLY);
  try {
    const key = random(KEY_BYTES);
    await handle.writeFile(`${FORMAT} ${base64url(key)}\n`);
    key.fill(0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
