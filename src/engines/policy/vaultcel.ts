import { commonEnvironment, programIn } from './cel.ts';
import type { CelContext, CelProgram } from './cel.ts';

/** The context a caller's assertion carries: one text, or texts by key. */
export type RequestContext = string | Readonly<Record<string, unknown>>;

/** What a condition of a vault rule can see. */
export type VaultCelContext = Pick<CelContext, 'user' | 'purpose' | 'time'> & {
  readonly request: { readonly context: RequestContext; readonly connection: string };
};

const environment = commonEnvironment().registerVariable({
  name: 'request',
  schema: { context: 'dyn', connection: 'string' },
});
const NAMES = 'user purpose time request context connection id name kind groups attributes'.split(
  ' ',
);

/** The condition compiled; throws `invalid` as `celProgram`. A key the context lacks is an error, never a quiet no. */
export function vaultCel(text: string): CelProgram<VaultCelContext> {
  return programIn(environment, text, NAMES);
}
