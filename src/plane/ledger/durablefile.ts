import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Puts a file of this content in the place of the old one, whole or not at all, synced to disk, mode 0600. */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
