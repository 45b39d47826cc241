import type { Frame, Output } from './frame.ts';
import type { StatementAction } from './plan.ts';

/** What a statement comes to once it is walked; the plan of a prepared statement is made from the rest. */
export type Walked = {
  readonly action:
    | Exclude<StatementAction, { readonly kind: 'prepare' }>
    | { readonly kind: 'prepare'; readonly name: string };
  readonly answer: 'upstream' | 'gateway';
  readonly outputs: readonly Output[];
};

/** The outermost frame: no names but the catalog's. */
export const OUTERMOST: Frame = { level: null, ctes: null };

/** A statement the gateway answers without asking upstream. */
export function answered(action: Walked['action']): Walked {
  return { action, answer: 'gateway', outputs: [] };
}

/** A statement that goes upstream and gives no rows of its own. */
export function sent(action: Walked['action']): Walked {
  return { action, answer: 'upstream', outputs: [] };
}
