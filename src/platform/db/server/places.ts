import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '#base/problem';
import { accountUid } from './account.ts';
import type { Account } from './account.ts';
import { reachableBy } from './program.ts';

/** The directories of one server. */
export type Places = {
  /** Made by `initdb`, 0700, owned by the server's account. */
  readonly dataDirectory: string;
  /** Holds the unix socket, 0700, owned by the server's account. */
  readonly socketDirectory: string;
  /** Links to libraries, and a copy of the programs where that is needed. */
  readonly workDirectory: string;
};

/** `sockaddr_un.sun_path` is 108 bytes on Linux and 104 on macOS, with its final NUL. */
const SOCKET_PATH_BYTES_MAX = process.platform === 'darwin' ? 103 : 107;
const SOCKET_NAME = '.s.PGSQL.5432';
/** Where servers started by root live when the account they drop to cannot reach the home directory. */
const SYSTEM_ROOT = '/var/lib/privet';

/**
 * Makes the directories of a server under `home`. Two things move them elsewhere: a home that the server's account cannot
 * reach (root's own directory), and a path too long for a unix socket. The same home always gets the same places.
 */
export function preparePlaces(home: string, account: Account): Places {
  mkdirSync(home, { recursive: true, mode: 0o711 });
  const key = createHash('sha256').update(home).digest('hex').slice(0, 12);
  const root = rootOf(home, { key, account });
  const places = {
    dataDirectory: join(root, 'data'),
    socketDirectory: socketDirectory(root, { key, account }),
    workDirectory: join(root, 'programs'),
  };
  mkdirSync(places.workDirectory, { recursive: true, mode: 0o755 });
  ownDirectory(places.socketDirectory, account);
  return places;
}

/** Makes a directory that only the account can enter; throws `conflict` when somebody else has put something there. */
export function ownDirectory(path: string, account: Account): void {
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const [uid, self] = [accountUid(account), process.getuid?.() ?? 0];
  if (!found.isDirectory() || (found.uid !== uid && found.uid !== self)) {
    throw new Problem('conflict', `\`${path}\` expected a directory of ours, got somebody else's`, {
      hint: 'remove it, or choose another home directory with PRIVET_HOME',
    });
  }
  chmodSync(path, 0o700);
  if (account.kind === 'other') chownSync(path, account.uid, account.gid);
}

type Naming = { readonly key: string; readonly account: Account };

function rootOf(home: string, { key, account }: Naming): string {
  const here = join(home, 'postgres');
  if (reachableBy(home, account)) {
    mkdirSync(here, { recursive: true, mode: 0o711 });
    return here;
  }
  const there = join(SYSTEM_ROOT, key);
  mkdirSync(there, { recursive: true, mode: 0o711 });
  return there;
}

function socketDirectory(root: string, { key, account }: Naming): string {
  const near = join(root, 'run');
  if (Buffer.byteLength(join(near, SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX) return near;
  const far = join(tmpdir(), `privet-${accountUid(account)}-${key}`);
  if (Buffer.byteLength(join(far, SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX) return far;
  return join('/tmp', `privet-${accountUid(account)}-${key}`);
}
