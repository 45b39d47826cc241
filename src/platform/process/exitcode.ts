import type { ProblemCode } from '#base/problem';

/** What the shell and a supervisor are told: 2 is never cured by trying again, 1 and 3 may be. */
export const EXIT = { ok: 0, failed: 1, misused: 2, unavailable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code for the problem a program ended with. */
export function exitCodeOf(code: ProblemCode): ExitCode {
  if (code === 'invalid' || code === 'unsupported') return EXIT.misused;
  if (code === 'unavailable' || code === 'limit') return EXIT.unavailable;
  return EXIT.failed;
}
