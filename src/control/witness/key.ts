import { randomBytes } from 'node:crypto';
import { fromHex, hex, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { SEED_BYTES, formatVkey, signerOf } from '#engines/merkle';
import type { Signer } from '#engines/merkle';
import type { BlobStore } from '#platform/blob';

const [KEY, VKEY] = ['key', 'vkey'];
const LINE = /^privet-witness-key\/v1 (?<name>\S+) (?<seed>[0-9a-f]{64})\n$/u;

/**
 * The key of the witness: made on first start, a file of mode 0600 in its directory, with the public key for policies
 * beside it. Throws `conflict` when the key has another name, `corrupt` when the file is none.
 */
export async function openWitnessKey(blobs: BlobStore, name: string): Promise<Signer> {
  const kept = await blobs.get(KEY);
  if (kept === null) return made(blobs, name);
  const found = LINE.exec(textOf(kept))?.groups;
  if (found === undefined)
    throw new Problem('corrupt', 'the key file of the witness expected a key');
  if (found['name'] !== name) {
    throw new Problem('conflict', `this witness is \`${found['name'] ?? ''}\`, not \`${name}\``, {
      hint: 'a witness keeps its name for ever: set `witness.name` back, or give the new one another directory',
    });
  }
  return signerOf('cosignature', name, fromHex(found['seed'] ?? ''));
}

async function made(blobs: BlobStore, name: string): Promise<Signer> {
  const seed = randomBytes(SEED_BYTES);
  const signer = signerOf('cosignature', name, seed);
  await blobs.put(KEY, utf8(`privet-witness-key/v1 ${name} ${hex(seed)}\n`), { ifAbsent: true });
  seed.fill(0);
  await blobs.put(VKEY, utf8(`${formatVkey(signer.key)}\n`));
  return signer;
}
