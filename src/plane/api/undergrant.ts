import type { Operator } from '#plane/operator';
import { partyOf } from './party.ts';
import type { Caller } from './guard.ts';
import type { Need } from './need.ts';

/** Routes of these areas settle the grants they need themselves. */
const OWN_GRANTS: ReadonlySet<string> = new Set(['grants', 'ops', 'quarantine']);

export type Acting = {
  readonly method: string;
  readonly area: string;
  readonly operation: string;
  readonly need: Need;
};

/** Who asks for what, as a call of a route has it. */
type Asking = {
  readonly room: { readonly operator: Pick<Operator, 'standing' | 'grants'> };
  readonly caller: Caller;
  readonly requestId: string;
};

/** Whether a route changes something by the right of operators. */
export function isOperatorAct({ method, area, need }: Acting): boolean {
  if (method === 'GET' || OWN_GRANTS.has(area) || need.kind !== 'permission') return false;
  return need.anyOf.includes('operator');
}

/**
 * Where nobody has standing access: makes an act of somebody who may do it as an operator alone a use of a grant to operate, in
 * the ledger before it is done. Throws what `Grants.act` throws.
 */
export async function requireGrant(acting: Acting, asking: Asking): Promise<void> {
  const { operation, need } = acting;
  if (asking.room.operator.standing || !isOperatorAct(acting) || need.kind !== 'permission') return;
  const { permissions } = asking.caller.subject;
  if (need.anyOf.some((one) => one !== 'operator' && permissions.includes(one))) return;
  await asking.room.operator.grants.act(operation, partyOf(asking));
}
