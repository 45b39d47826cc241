import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Problem } from '#base/problem';
import { GET_BYTES_MAX, checkKey, checkPrefix } from './blobstore.ts';
import type { BlobStore, Body, ByteRange, Listed } from './blobstore.ts';

/** Blobs in the making lie here until they are whole; no key begins with a dot. */
const STAGING = '.staging';
/** Nobody but the plane reads them. */
const [FILE_MODE, FOLDER_MODE] = [0o600, 0o700];
/** What a reader gets in one piece. */
const PIECE_BYTES = 256 * 1024;

/**
 * Blobs as files below a directory, which is made when it is not there. A blob is written beside its place, synced, moved
 * there in one step, and the folder is synced: after a crash it is there whole or not at all. Several processes of one
 * machine may share the directory. What a crash left unfinished is swept away at opening, when it is old.
 */
export async function openLocalBlobs(directory: string): Promise<BlobStore> {
  const staging = join(directory, STAGING);
  await mkdir(staging, { recursive: true, mode: FOLDER_MODE }).catch(refuse);
  await sweep(staging).catch(refuse);
  const folders = new Set<string>();
  const pathOf = (key: string) => join(directory, checkKey(key));

  return {
    name: `directory ${directory}`,
    async put(key, body, options = {}) {
      const path = pathOf(key);
      const fresh = join(staging, randomBytes(12).toString('hex'));
      try {
        await writeSynced(fresh, body);
        await makeFolder(dirname(path), directory, folders);
        await (options.ifAbsent === true ? settleAbsent(fresh, path) : rename(fresh, path));
        await syncFolder(dirname(path));
      } catch (error) {
        folders.clear();
        await rm(fresh, { force: true });
        refuse(error);
      }
    },
    async get(key) {
      const file = await opened(pathOf(key));
      if (file === null) return null;
      try {
        const { size } = await file.stat();
        if (size > GET_BYTES_MAX) throw tooLarge(size);
        return new Uint8Array(await file.readFile());
      } catch (error) {
        return refuse(error);
      } finally {
        await file.close();
      }
    },
    read: (key, range) => pieces(pathOf(key), range),
    list: (prefix, after = '') => listed(directory, { prefix: checkPrefix(prefix), after }),
    async delete(key) {
      const path = pathOf(key);
      try {
        await rm(path);
        await syncFolder(dirname(path));
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') refuse(error);
      }
    },
  };
}

async function writeSynced(path: string, body: Body): Promise<void> {
  const file = await open(path, 'wx', FILE_MODE);
  try {
    for await (const piece of body instanceof Uint8Array ? [body] : body) {
      await file.writeFile(piece);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** A second name for the file exists only when nothing had that name: the one step that is atomic and refuses. */
async function settleAbsent(fresh: string, path: string): Promise<void> {
  await link(fresh, path);
  await rm(fresh);
}

/** Makes the folder and every one above it, each synced into its parent; remembers those that are there. */
async function makeFolder(folder: string, root: string, known: Set<string>): Promise<void> {
  if (folder === root || known.has(folder)) return;
  await makeFolder(dirname(folder), root, known);
  await mkdir(folder, { mode: FOLDER_MODE }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await syncFolder(dirname(folder));
  known.add(folder);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* pieces(path: string, range: ByteRange = { from: 0 }): AsyncGenerator<Uint8Array> {
  const { from, sizeBytes } = range;
  if (sizeBytes === 0) return;
  const end = sizeBytes === undefined ? {} : { end: from + sizeBytes - 1 };
  try {
    const stream = createReadStream(path, { start: from, highWaterMark: PIECE_BYTES, ...end });
    for await (const piece of stream) yield new Uint8Array(piece as Buffer);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new Problem('not-found', 'there is no such blob');
    refuse(error);
  }
}

type Wanted = { readonly prefix: string; readonly after: string };

/**
 * Walks the folders that can hold keys with the prefix. Names are compared as the keys they become: the folder `a` comes
 * as `a/`, behind the file `a-b` and before `a0`.
 */
async function* listed(root: string, wanted: Wanted, folder = ''): AsyncGenerator<Listed> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(
    (error: unknown) => (codeOf(error) === 'ENOENT' ? [] : refuse(error)),
  );
  const names = entries
    .filter((entry) => !entry.name.startsWith('.'))
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort();
  for (const name of names) {
    if (name.endsWith('/')) {
      if (mayHold(name, wanted)) yield* listed(root, wanted, name);
    } else if (name.startsWith(wanted.prefix) && name > wanted.after) {
      const found = await stat(join(root, name)).catch(() => null);
      if (found !== null) yield { key: name, sizeBytes: found.size };
    }
  }
}

function mayHold(folder: string, { prefix, after }: Wanted): boolean {
  const fits = folder.startsWith(prefix) || prefix.startsWith(folder);
  return fits && (after === '' || folder >= after.slice(0, folder.length));
}

/** Unfinished blobs older than this belong to nobody any more. */
const STAGING_AGE_MS_MAX = 24 * 60 * 60 * 1000;

async function sweep(staging: string): Promise<void> {
  for (const name of await readdir(staging)) {
    const path = join(staging, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && found.mtimeMs < Date.now() - STAGING_AGE_MS_MAX)
      await rm(path, { force: true });
  }
}

async function opened(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? null : refuse(error);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? '';
}

function tooLarge(size: number): Problem {
  return new Problem('limit', `blob expected at most ${GET_BYTES_MAX} bytes, got ${size}`);
}

function refuse(cause: unknown): never {
  if (cause instanceof Problem) throw cause;
  const code = codeOf(cause);
  if (code === 'EEXIST') throw new Problem('conflict', 'there is such a blob already', { cause });
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) {
    const hint = 'make room on the disk; nothing was stored, and nothing that was stored is lost';
    throw new Problem('limit', 'the blob store is full', { hint, cause });
  }
  throw new Problem('unavailable', `the blob store cannot be used (${code || 'unknown'})`, {
    hint: 'see that its directory is there, with rights for this program',
    cause,
  });
}
