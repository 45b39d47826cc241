import { utf8 } from '#base/bytes';
import type { RejectedWork } from './context.ts';
import { faultOf } from './fault.ts';

/** What PostgreSQL's errors say beside their message, in the order in which psql shows it. */
const PARTS = ['detail', 'hint', 'where', 'internalQuery'] as const;
const CAUSES_MAX = 8;

/** What an engine said of work of ours that broke, word for word. */
export function engineWords(about: string, thrown: unknown): RejectedWork {
  const lines = [about];
  let cause = thrown;
  for (let depth = 0; cause instanceof Error && depth < CAUSES_MAX; depth++) {
    lines.push(cause.message);
    for (const part of PARTS) {
      const said = (cause as Error & { readonly [name: string]: unknown })[part];
      if (typeof said === 'string') lines.push(`${part}: ${said}`);
    }
    cause = cause.cause;
  }
  return { code: faultOf(thrown), content: utf8(lines.join('\n')) };
}
