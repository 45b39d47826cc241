import { readFile } from 'node:fs/promises';
import { Problem } from '#base/problem';
import { signedBundleFrom } from '#boundary';
import type { SignedBundle } from '#boundary';
import { writeDurably } from '#plane/ledger';

/** The last bundle as it was received, signature and all, so that it is verified anew when it is read. */
export async function readCache(path: string): Promise<SignedBundle | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new Problem('unavailable', 'bundle cache cannot be read', { cause: error });
  });
  return bytes === null ? null : signedBundleFrom(bytes);
}

/** Puts the bundle in the place of the old one, whole or not at all, readable by the plane's user alone. */
export function writeCache(path: string, signed: SignedBundle): Promise<void> {
  return writeDurably(path, JSON.stringify(signed));
}
