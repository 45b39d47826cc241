import { readFile } from 'node:fs/promises';
import { utf8 } from '#base/bytes';
import { Problem, problemFrom } from '#base/problem';
import { signedBundleFrom } from '#boundary';
import type { SignedBundle } from '#boundary';
import type { Keyring } from '#plane/keys';
import { writeDurably } from '#plane/ledger';

export type CacheSettings = {
  readonly file: string;
  readonly plane: string;
  /** The bundle names people and holds what their passwords are checked by: not for whoever finds the disk. */
  readonly sealer: Pick<Keyring, 'seal' | 'open'>;
  readonly onFault: (problem: Problem) => void;
};

export type Cache = {
  /** The last bundle as it was received, signature and all, so that it is verified anew; null when none is kept. */
  read(): Promise<SignedBundle | null>;
  /**
   * Puts the bundle in the place of the old one, whole or not at all. Without a key it is not kept, which `onFault` is told:
   * a key service that is away must not keep a change of policy from being in force.
   */
  write(signed: SignedBundle): Promise<void>;
};

const SCOPE = 'rolling/border/bundle';
/** Files of before they were sealed are JSON; the signature is what makes a bundle good, sealed or not. */
const BRACE = 0x7b;

export function createCache({ file, plane, sealer, onFault }: CacheSettings): Cache {
  const context = { plane, what: 'bundle' };
  return {
    async read() {
      const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw new Problem('unavailable', 'bundle cache cannot be read', { cause: error });
      });
      if (bytes === null) return null;
      return signedBundleFrom(
        bytes[0] === BRACE ? bytes : await sealer.open(new Uint8Array(bytes), context),
      );
    },
    async write(signed) {
      const text = utf8(JSON.stringify(signed));
      const sealed = await sealer.seal(SCOPE, text, context).catch((thrown: unknown) => {
        onFault(problemFrom(thrown));
        return null;
      });
      if (sealed !== null) await writeDurably(file, sealed);
    },
  };
}
