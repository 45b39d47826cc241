import { Problem } from '#base/problem';
import type { VaultAsker, VaultPort } from '#plane/gateway';
import type { AskedRedaction } from '#plane/vault';
import type { QueryView } from '#plane/vaultquery';
import { holderOf, mayComeFrom } from './callers/account.ts';
import { openDecisionLog } from './decisions/decisionlog.ts';
import type { DecisionLog } from './decisions/decisionlog.ts';
import { accessOf, ticketOf } from './callers/guest.ts';
import { addressOf } from './callers/network.ts';
import type { VaultRoom } from './room.ts';
import { callerOf, rulingsOf } from './ruling.ts';

/** What a vault is asked with at the SQL gateway. */
type DoorRoom = Pick<VaultRoom, 'access' | 'decisions' | 'vaults' | 'queries' | 'ledger' | 'clock'>;

/**
 * The vaults as databases of the SQL gateway: the same questions to the same policy as at the vault's own API, asked as the
 * person or account that is logged in there, in every role it holds. What is denied is a leaf.
 */
export function vaultDoor(room: DoorRoom): VaultPort {
  return {
    answerBytesMax: room.queries.answerBytesMax,
    async find(written) {
      // As the catalog writes it, for those whose name a database has too.
      const name = written.replace(/^vault:/u, '');
      const all = await room.vaults.list();
      const found = all.find((vault) => vault.id === name) ?? all.find((one) => one.name === name);
      return found === undefined ? undefined : { id: found.id, name: found.name };
    },
    plan: (asker, text, { place, session }) => {
      const log = openDecisionLog(room.decisions, 'gateway');
      const asked = { asker, log };
      return noting(room, asked, async () => {
        const view = await viewOf(room, asked, place.id);
        const { shape, statements } = await room.queries.plan(view, text, session);
        return statements.map((plan) => ({
          plan,
          run: (request) =>
            noting(room, asked, () =>
              room.queries.run({ view, shape, statement: plan, ...request }),
            ),
        }));
      });
    },
  };
}

/** Who asks, and what they asked policy. */
type Asked = { readonly asker: VaultAsker; readonly log: DecisionLog };

async function viewOf(room: DoorRoom, { asker, log }: Asked, vault: string): Promise<QueryView> {
  const access = accessOf(room);
  requireOwnDoor(access.bundle, asker);
  const schema = await room.vaults.schema(vault);
  const who = {
    access,
    subject: { id: asker.subject },
    roles: null,
    context: null,
    purpose: asker.purpose,
    ticket: ticketOf(asker.ticket),
  };
  return {
    caller: callerOf(who, asker.session),
    vault: schema,
    rulings: rulingsOf(who, schema, { nowMs: room.clock(), log }).query,
    asked: levelOf(asker.redaction),
  };
}

/** Throws `denied` for an account that may not come this way: from this network, or without a signed context. */
function requireOwnDoor(bundle: Parameters<typeof holderOf>[0], asker: VaultAsker): void {
  const holder = holderOf(bundle, asker.subject);
  if (holder === null) throw new Problem('denied', 'the account is not active');
  if (!mayComeFrom(holder, asker.address, false)) {
    throw new Problem('denied', 'the account may not ask a vault from this network');
  }
  if (holder.account?.enforceContext === true) {
    throw new Problem('denied', 'the account must give a context (`ctx`) in an assertion', {
      hint: 'ask through the API of the vault',
    });
  }
}

const LEVELS: readonly string[] = ['PLAIN_TEXT', 'MASKED', 'REDACTED', 'DEFAULT'];

function levelOf(written: string | null): AskedRedaction {
  const level = (written ?? 'DEFAULT').toUpperCase();
  if (LEVELS.includes(level)) return level as AskedRedaction;
  throw new Problem('invalid', `\`privet.redaction\` expected one of ${LEVELS.join(', ')}`);
}

async function noting<T>(
  room: Pick<DoorRoom, 'ledger'>,
  { asker, log }: Asked,
  act: () => Promise<T>,
): Promise<T> {
  try {
    const answer = await act();
    log.settle('done');
    return answer;
  } catch (thrown) {
    const isDenied = thrown instanceof Problem && thrown.code === 'denied';
    if (isDenied) log.refused(thrown);
    log.settle('failed');
    if (isDenied) {
      await room.ledger.write({
        kind: 'access-refused',
        actor: { kind: 'subject', id: asker.subject },
        session: asker.session,
        operation: 'query',
        code: 'denied',
        address: addressOf(asker.address),
        decisions: log.ids(),
      });
    }
    throw thrown;
  }
}
