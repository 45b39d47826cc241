import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base64url } from '#base/bytes';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import { systemRandom } from '#platform/telemetry';

/** The directories of `privet up`, all under one home. */
export type Home = {
  readonly root: string;
  /** Passwords of database roles, one file each. */
  readonly secrets: string;
  /** Certificates and keys; `ca.pem` is the one for clients. */
  readonly tls: string;
  /** What belongs to the control plane, and what belongs to the data plane. */
  readonly control: string;
  readonly plane: string;
  readonly log: string;
  /** The lock. */
  readonly run: string;
};

/** 256 bits, more than any search can reach. */
const SECRET_BYTES = 32;

/**
 * Makes the home directory where it is missing. The root may be passed through but not listed by others, since root gives
 * the database below it to another account; everything else is closed. Throws `unavailable` when it cannot be written.
 */
export function prepareHome(root: string): Home {
  const home = {
    root,
    secrets: join(root, 'secrets'),
    tls: join(root, 'tls'),
    control: join(root, 'control'),
    plane: join(root, 'plane'),
    log: join(root, 'log'),
    run: join(root, 'run'),
  };
  try {
    mkdirSync(root, { recursive: true });
    chmodSync(root, 0o711);
    for (const path of [home.secrets, home.control, home.plane, home.log, home.run]) {
      closeDirectory(path, 0o700);
    }
    // Other users of this machine need the authority's certificate; the keys beside it are closed one by one.
    closeDirectory(home.tls, 0o711);
  } catch (cause) {
    throw new Problem('unavailable', `home directory \`${root}\` cannot be written`, {
      hint: 'start where you may write, or name another directory with PRIVET_HOME',
      cause,
    });
  }
  return home;
}

function closeDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true, mode });
  chmodSync(path, mode);
}

/** A random secret kept in a file that only its owner can read; made once, and whole even if we are killed meanwhile. */
export function keptSecret(path: string): Secret {
  if (!existsSync(path)) {
    writeWhole(path, `${base64url(systemRandom(SECRET_BYTES))}\n`);
  }
  return secret(readFileSync(path, 'utf8').trim());
}

/** Writes a file readable by its owner alone, so that it is there whole or not at all. */
export function writeWhole(path: string, text: string, mode = 0o600): void {
  const unfinished = `${path}.unfinished`;
  writeFileSync(unfinished, text, { mode });
  chmodSync(unfinished, mode);
  renameSync(unfinished, path);
}
