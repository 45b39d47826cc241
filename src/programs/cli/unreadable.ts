import { Problem } from '#base/problem';

/** Why a file that somebody named cannot be read. */
export function unreadable(file: string, cause: unknown): Problem {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return new Problem('invalid', `\`${file}\` is not there`, { cause });
  if (code === 'EACCES') {
    return new Problem('invalid', `\`${file}\` may not be read by you`, { cause });
  }
  if (code === 'EISDIR') return new Problem('invalid', `\`${file}\` is a directory`, { cause });
  return new Problem('invalid', `\`${file}\` cannot be read`, { cause });
}
