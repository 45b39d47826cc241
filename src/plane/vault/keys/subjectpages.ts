import { KEY_CACHE_SECONDS } from '#base/limits';
import { Problem } from '#base/problem';
import { KEY_BYTES } from '#engines/crypto';
import type { VaultPorts } from '../ports.ts';
import type { VaultSchema } from '../schema/schema.ts';
import { subjectScope } from './vaultkeys.ts';

/**
 * Pages of subject keys: 1,024 keys each, sealed as one, in a store of their own and never in the database.
 * docs/formats/vault-subject-keys.md
 */

export const PAGE_KEYS = 1_024;
const PAGE_BYTES = PAGE_KEYS * KEY_BYTES;
/** Pages in memory at once: 32 MiB, a million subjects. */
const PAGES_HELD_MAX = 1_024;
/** An open page is as good as the keys in it: it goes when data keys go. */
const PAGE_HELD_MS = (KEY_CACHE_SECONDS * 1_000) / 2;

export type SubjectPages = {
  /** A new page of fresh keys; durable when it resolves. */
  create(vault: VaultSchema, page: bigint): Promise<void>;
  /** The key at a place of a page, a copy; null when it was destroyed. */
  key(vault: VaultSchema, page: bigint, place: number): Promise<Uint8Array | null>;
  /** Overwrites the key at that place with zeros; durable when it resolves. Nobody else may write the page meanwhile. */
  destroy(vault: VaultSchema, page: bigint, place: number): Promise<void>;
  /** Removes a page with every key on it. */
  remove(vault: VaultSchema, page: bigint): Promise<void>;
  /** Zeroes every page in memory. */
  close(): void;
};

type HeldPage = { readonly bytes: Uint8Array; readonly untilMs: number };

export function createSubjectPages(ports: VaultPorts): SubjectPages {
  const { random } = ports;
  const held = new Map<bigint, HeldPage>();
  const drop = (page: bigint) => {
    held.get(page)?.bytes.fill(0);
    held.delete(page);
  };
  const hold = (page: bigint, bytes: Uint8Array) => {
    drop(page);
    const [oldest] = held.keys();
    if (held.size >= PAGES_HELD_MAX && oldest !== undefined) drop(oldest);
    held.set(page, { bytes, untilMs: performance.now() + PAGE_HELD_MS });
    setTimeout(() => {
      if (held.get(page)?.bytes === bytes) drop(page);
    }, PAGE_HELD_MS).unref();
    return bytes;
  };
  const write = async (vault: VaultSchema, page: bigint, bytes: Uint8Array) => {
    await writePage(ports, { vault, page }, bytes);
    hold(page, bytes);
  };
  return {
    create: (vault, page) => write(vault, page, random(PAGE_BYTES)),
    async key(vault, page, place) {
      const known = held.get(page);
      const fresh = known !== undefined && known.untilMs > performance.now();
      const bytes = fresh ? known.bytes : hold(page, await readPage(ports, { vault, page }));
      const key = bytes.slice(place * KEY_BYTES, (place + 1) * KEY_BYTES);
      return key.every((byte) => byte === 0) ? null : key;
    },
    async destroy(vault, page, place) {
      const bytes = await readPage(ports, { vault, page });
      bytes.fill(0, place * KEY_BYTES, (place + 1) * KEY_BYTES);
      await write(vault, page, bytes);
    },
    async remove(vault, page) {
      await ports.subjectKeys.delete(blobKey({ vault, page }));
      drop(page);
    },
    close() {
      for (const page of held.keys()) drop(page);
    },
  };
}

type PageName = { readonly vault: VaultSchema; readonly page: bigint };

async function readPage(
  { subjectKeys: store, keyring }: VaultPorts,
  name: PageName,
): Promise<Uint8Array> {
  const sealed = await store.get(blobKey(name));
  if (sealed === null) {
    throw new Problem('corrupt', `page ${name.page} of subject keys is missing`, {
      hint: `is \`${store.name}\` the store this vault was used with?`,
    });
  }
  const bytes = await keyring.open(sealed, contextOf(name));
  if (bytes.length === PAGE_BYTES) return bytes;
  throw new Problem('corrupt', `page of subject keys expected ${PAGE_KEYS} keys`);
}

async function writePage(
  { subjectKeys: store, keyring }: VaultPorts,
  name: PageName,
  bytes: Uint8Array,
): Promise<void> {
  const sealed = await keyring.seal(subjectScope(name.vault), bytes, contextOf(name));
  await store.put(blobKey(name), sealed);
}

function contextOf({ vault, page }: PageName) {
  return { purpose: 'subject-keys', vault: vault.id, page: String(page) };
}

function blobKey({ vault, page }: PageName): string {
  return `subject-keys/${vault.id}/${page}`;
}
