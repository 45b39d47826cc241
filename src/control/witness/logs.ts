import { readFileSync, statSync } from 'node:fs';
import { Problem } from '#base/problem';
import { parseTrustPolicy } from '#engines/merkle';
import type { NoteKey } from '#engines/merkle';

/** The logs of the policy file, read anew when it changed; one that cannot be read any more leaves those known before. */
export function watchedLogs(
  path: string,
  { name, onFault }: { readonly name: string; readonly onFault: (error: unknown) => void },
): () => readonly NoteKey[] {
  const read = () => parseTrustPolicy(readFileSync(path, 'utf8')).logs.map(({ key }) => key);
  let known: readonly NoteKey[];
  try {
    known = read();
  } catch (cause) {
    throw new Problem('invalid', `\`${name}\` names \`${path}\`, which is no policy`, {
      hint: 'a file with lines `log <vkey>` and one `quorum none`',
      cause,
    });
  }
  let changedMs = statSync(path).mtimeMs;
  return () => {
    try {
      const { mtimeMs } = statSync(path);
      if (mtimeMs !== changedMs) known = read();
      changedMs = mtimeMs;
    } catch (error) {
      onFault(error);
    }
    return known;
  };
}
