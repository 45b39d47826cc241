import type { Binaries } from './binaries.ts';

/** The first major version with collations that PostgreSQL itself defines and no system library can change. */
const BUILTIN_PROVIDER_MAJOR = 17;

/**
 * What every data directory of ours is made with: UTF-8, checksums on, and a collation that no upgrade of the system's
 * libraries can change under existing indexes.
 */
export function initialiseArguments(binaries: Binaries, dataDirectory: string): readonly string[] {
  const locale =
    binaries.major >= BUILTIN_PROVIDER_MAJOR
      ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
      : ['--locale=C'];
  return [`--pgdata=${dataDirectory}`, '--encoding=UTF8', '--data-checksums', ...locale];
}
