import { Problem } from '#base/problem';
import { TICKET_BYTES_MAX } from '#plane/ledger';
import { utf8 } from '#base/bytes';
import { CAPABILITIES, REASONS } from './capability.ts';
import type { Capability, Reason } from './capability.ts';
import type { Ask } from './grant.ts';
import { GRANT_MINUTES, GRANT_MINUTES_MAX, GRANT_ROWS, GRANT_ROWS_MAX } from './limits.ts';

/** What an operator asks for, as it is written; null for what there is a default for. */
export type Wish = {
  readonly capability: string;
  readonly reason: string;
  readonly ticket: string;
  /** Everything the capability has, when null. */
  readonly scope: readonly string[] | null;
  readonly rowsMax: number | null;
  readonly minutes: number | null;
  readonly emergency: boolean;
};

/** What the customer's settings say of grants, and what there is to be named. */
export type GrantRules = {
  readonly breakGlassApprovals: number;
  readonly emergency: boolean;
  readonly things: Readonly<Record<Capability, readonly string[]>>;
};

/** The wish, checked: everything of a grant but who and when. Throws `invalid`, or `denied` for an emergency that is not allowed. */
export function checkWish(
  wish: Wish,
  rules: GrantRules,
): Omit<Ask, 'id' | 'operator' | 'requestedAtMs'> {
  const capability = oneOf(CAPABILITIES, wish.capability, 'capability');
  const reason: Reason = oneOf(REASONS, wish.reason, 'reason');
  const ticket = checkTicket(wish.ticket);
  if (wish.emergency) refuseEmergency(capability, rules);
  const data = capability === 'break-glass';
  const approvals = data ? rules.breakGlassApprovals : 1;
  const showsRows = data || capability === 'observe';
  return {
    capability,
    reason,
    ticket,
    scope: checkScope(wish.scope, { capability, known: rules.things[capability] }),
    rowsMax: showsRows ? whole(wish.rowsMax ?? GRANT_ROWS, GRANT_ROWS_MAX, 'rows') : 0,
    durationMs: whole(wish.minutes ?? GRANT_MINUTES, GRANT_MINUTES_MAX, 'minutes') * 60_000,
    approvalsNeeded: wish.emergency ? 0 : approvals,
    emergency: wish.emergency,
  };
}

function refuseEmergency(capability: Capability, rules: GrantRules): void {
  if (capability !== 'break-glass')
    throw new Problem('invalid', 'only break-glass can be an emergency');
  if (!rules.emergency)
    throw new Problem('denied', 'emergencies are switched off here', {
      hint: 'ask for approval, or the customer sets PRIVET_OPERATOR_EMERGENCY=on',
    });
}

function oneOf<const T extends string>(known: readonly T[], given: string, what: string): T {
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw new Problem('invalid', `${what} expected one of ${known.join(', ')}`);
}

function checkTicket(ticket: string): string {
  const text = ticket.trim();
  if (text !== '' && utf8(text).length <= TICKET_BYTES_MAX && !/[\p{Cc}]/u.test(text)) return text;
  throw new Problem('invalid', `ticket expected 1 to ${TICKET_BYTES_MAX} bytes on one line`, {
    hint: 'the number or address of the ticket it is for',
  });
}

function checkScope(
  given: readonly string[] | null,
  { capability, known }: { readonly capability: Capability; readonly known: readonly string[] },
): readonly string[] {
  if (given === null) return known;
  const foreign = given.find((thing) => !known.includes(thing));
  if (given.length > 0 && foreign === undefined) return [...new Set(given)];
  const got = foreign === undefined ? 'nothing' : `\`${foreign}\``;
  throw new Problem(
    'invalid',
    `scope of ${capability} expected some of ${known.join(', ')}, got ${got}`,
  );
}

function whole(value: number, max: number, what: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Problem('invalid', `${what} expected 1 to ${max}, got ${value}`);
}
