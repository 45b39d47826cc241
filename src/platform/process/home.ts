import { resolve } from 'node:path';

/**
 * The home directory as an absolute path: `PRIVET_HOME`, or `.privet` in the working directory. Everything Privet writes
 * on this machine is under it.
 */
export function homeDirectory(
  env: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): string {
  const named = env['PRIVET_HOME'];
  return resolve(workingDirectory, named === undefined || named === '' ? '.privet' : named);
}
