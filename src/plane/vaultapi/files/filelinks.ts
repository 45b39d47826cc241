import { Problem } from '#base/problem';
import type { LinkMaker, OpenFile, VaultSchema, Vaults } from '#plane/vault';
import { holderOf } from '../callers/account.ts';
import { originOf } from '../callers/address.ts';
import { openDecisionLog } from '../decisions/decisionlog.ts';
import type { DecisionLog } from '../decisions/decisionlog.ts';
import { accessOf } from '../callers/guest.ts';
import { addressOf } from '../callers/network.ts';
import type { VaultRoom } from '../room.ts';
import type { VaultCall } from '../route.ts';
import { rulingsOf } from '../ruling.ts';
import type { Asker } from '../ruling.ts';

/** How long a link lives that a get gives with `downloadURL=true`: as Skyflow's. */
export const LINK_SECONDS = 900;
/** Text of a link, with room for what its maker said of the request. */
export const LINK_CHARACTERS_MAX = 4_096;

/** What a decision about the maker of a link hangs on, beside who it is. */
type LinkAsker = Pick<Asker, 'roles' | 'context' | 'purpose' | 'ticket'>;

/** Makes a link to a file; gives its URL. */
export async function linkTo(
  {
    room,
    guest,
    request,
  }: Pick<VaultCall<unknown, unknown, unknown>, 'room' | 'guest' | 'request'>,
  file: Omit<Parameters<Vaults['link']>[0], 'asker'>,
): Promise<string> {
  const { roles, context, purpose, ticket } = guest;
  const asker = { roles, context, purpose, ticket };
  const link = await room.vaults.link({ ...file, asker });
  if (link.length > LINK_CHARACTERS_MAX) {
    throw new Problem('limit', `link too long: limit ${LINK_CHARACTERS_MAX} characters`, {
      hint: 'say less in `ctx`',
    });
  }
  return `${originOf(room, request.host)}/v1/vaults/${file.vault}/files?link=${link}`;
}

/**
 * The file behind a link: whoever has it needs nothing else, and whoever made it must still be let see it. What is denied is a
 * leaf about the maker.
 */
export async function fileBehind(
  room: VaultRoom,
  given: { readonly vault: string; readonly link: string },
  request: { readonly id: string; readonly ip: string },
): Promise<OpenFile> {
  let made: LinkMaker | null = null;
  const log = openDecisionLog(room.decisions, 'vault');
  try {
    const file = await room.vaults.openLink(given, (maker, vault) => {
      made = maker;
      return rulingOf({ room, log }, maker, vault);
    });
    log.settle('done');
    return file;
  } catch (thrown) {
    const isDenied = thrown instanceof Problem && thrown.code === 'denied';
    if (isDenied) log.refused(thrown);
    log.settle('failed');
    if (!isDenied) throw thrown;
    await noteRefused({ room, log }, made, request);
    const message = 'whoever made this link may not see the file any more';
    throw new Problem('denied', message, { cause: thrown });
  }
}

type Noted = { readonly room: VaultRoom; readonly log: DecisionLog };

function rulingOf({ room, log }: Noted, { caller, asker }: LinkMaker, vault: VaultSchema) {
  const access = accessOf(room);
  const { actor } = caller;
  const holder = actor.kind === 'subject' ? holderOf(access.bundle, actor.id) : null;
  if (holder === null) throw new Problem('denied', 'the maker of the link is not active');
  const who: Asker = { access, subject: holder.subject, ...(asker as LinkAsker) };
  return rulingsOf(who, vault, { nowMs: room.clock(), log }).for('read');
}

async function noteRefused(
  { room, log }: Noted,
  made: LinkMaker | null,
  { id: session, ip }: { readonly id: string; readonly ip: string },
): Promise<void> {
  if (made?.caller.actor.kind !== 'subject') return;
  await room.ledger.write({
    kind: 'access-refused',
    actor: made.caller.actor,
    session,
    operation: 'openFileLink',
    code: 'denied',
    address: addressOf(ip),
    decisions: log.ids(),
  });
}
