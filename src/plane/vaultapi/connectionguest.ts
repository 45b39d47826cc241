import type { FastifyRequest } from 'fastify';
import { Problem } from '#base/problem';
import type { Connection } from '#plane/connections';
import { holderOf } from './account.ts';
import type { Holder } from './account.ts';
import { accessOf, guestFor } from './guest.ts';
import type { Guest } from './guest.ts';
import { refusedCount } from './refusedcount.ts';
import type { VaultRoom } from './room.ts';

/** Of one address: nobody guesses a key of 24 characters, and whoever tries must not keep us busy. */
const REFUSED_PER_MINUTE_MAX = 300;

/** Who calls an outbound connection: what Skyflow's SDKs send beside the credentials of the target. */
export async function callerGuest(room: VaultRoom, request: FastifyRequest): Promise<Guest> {
  const { 'x-skyflow-authorization': said = '' } = request.headers;
  const secret = /^(?:Bearer\s+)?(?<secret>[\w.-]{1,8192})$/iu.exec(String(said))?.groups?.[
    'secret'
  ];
  if (secret !== undefined) return guestFor(room, request, secret);
  throw new Problem('unauthenticated', 'this needs `x-skyflow-authorization`', {
    hint: 'a bearer token or an API key; `authorization` is for the target',
  });
}

const isTooMany = refusedCount(REFUSED_PER_MINUTE_MAX);

/** In whose name somebody calls an inbound connection; throws `unauthenticated` alike whatever is wrong. */
export async function inboundGuest(room: VaultRoom, request: FastifyRequest): Promise<Guest> {
  const access = accessOf(room);
  const { id } = request.params as { readonly id: string };
  try {
    const connection = await room.connections.get({ id, direction: 'inbound' });
    const shown = request.headers[connection.keyHeader];
    await room.connections.requireKey(connection, typeof shown === 'string' ? shown : '');
    const holder = accountNamed(access.bundle, connection.account ?? '');
    const roles = heldRoles(access.bundle, connection, holder.subject.id);
    return { access, holder, subject: holder.subject, roles, ...UNSAID };
  } catch (thrown) {
    if (!(thrown instanceof Problem) || !HIDDEN.has(thrown.code)) throw thrown;
    if (isTooMany(request.ip, room.clock())) {
      throw new Problem('limit', `limit ${REFUSED_PER_MINUTE_MAX} refused calls a minute`);
    }
    throw new Problem('unauthenticated', 'this needs the key of the connection', { cause: thrown });
  }
}

const HIDDEN: ReadonlySet<string> = new Set(['unauthenticated', 'not-found', 'conflict']);

/** A third party says nothing of why it calls. */
const UNSAID = { context: null, purpose: null, ticket: null } as const;

/**
 * The roles in which somebody may call a connection, and act through it where nobody proves who they are. Whoever may define
 * a connection names the account, so that it must not lend every right of that account.
 */
export function heldRoles(
  { roles }: Guest['access']['bundle'],
  { vault, invokers }: Connection,
  subject: string,
): readonly string[] {
  return roles
    .filter((role) => role.vault === vault && invokers.includes(role.name))
    .filter(({ members }) => (members as readonly string[]).includes(subject))
    .map(({ id }) => id);
}

/** The active service account of that name or id. */
function accountNamed(bundle: Guest['access']['bundle'], name: string): Holder {
  const found = bundle.subjects.find(
    (one) => one.kind === 'service' && (one.name === name || one.id === name),
  );
  const holder = found === undefined ? null : holderOf(bundle, found.id);
  if (holder !== null) return holder;
  throw new Problem(
    'unavailable',
    'the account of the connection is not known here, or not active',
    {
      hint: 'a plane hears of new accounts within seconds: is it connected to control?',
    },
  );
}
