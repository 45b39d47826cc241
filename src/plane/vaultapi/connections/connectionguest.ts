import type { FastifyRequest } from 'fastify';
import { Problem } from '#base/problem';
import type { Connection, ConnectionName, OpenConnection } from '#plane/connections';
import { holderOf } from '../callers/account.ts';
import type { Holder } from '../callers/account.ts';
import { accessOf, guestFor } from '../callers/guest.ts';
import type { Guest } from '../callers/guest.ts';
import { refusedCount } from '../callers/refusedcount.ts';
import type { VaultRoom } from '../room.ts';

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

/** In whose name somebody calls an inbound connection; throws `unauthenticated` alike whatever is wrong with the call. */
export async function inboundGuest(room: VaultRoom, request: FastifyRequest): Promise<Guest> {
  const access = accessOf(room);
  const nowMs = room.clock();
  if (isTooMany(request.ip, nowMs, 0)) throw tooMany();
  const { id } = request.params as { readonly id: string };
  try {
    const open = await room.connections.open({ id, direction: 'inbound' });
    const { connection } = open;
    const shown = request.headers[connection.keyHeader];
    await open.requireKey(typeof shown === 'string' ? shown : '');
    opened.set(request, open);
    const holder = accountOf(access.bundle, connection);
    const roles = heldRoles(access.bundle, connection, holder.subject.id);
    return { access, holder, subject: holder.subject, roles, ...UNSAID };
  } catch (thrown) {
    if (!(thrown instanceof Problem) || !HIDDEN.has(thrown.code)) throw thrown;
    if (isTooMany(request.ip, nowMs)) throw tooMany();
    throw new Problem('unauthenticated', 'this needs the key of the connection', { cause: thrown });
  }
}

const opened = new WeakMap<FastifyRequest, OpenConnection>();

/** The connection that a request calls: the very one whose key was shown. */
export async function openFor(
  room: VaultRoom,
  request: FastifyRequest,
  name: ConnectionName,
): Promise<OpenConnection> {
  return opened.get(request) ?? room.connections.open(name);
}

function tooMany(): Problem {
  return new Problem('limit', `limit ${REFUSED_PER_MINUTE_MAX} refused calls a minute`);
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

/** The id of an active service account; throws `not-found`. */
export function accountNamed({ subjects }: Guest['access']['bundle'], name: string): string {
  const services = subjects.filter(({ kind, state }) => kind === 'service' && state === 'active');
  const found = services.find(({ id }) => id === name) ?? services.find((one) => one.name === name);
  if (found !== undefined) return found.id;
  throw new Problem('not-found', `no active service account is called \`${name.slice(0, 80)}\``, {
    hint: 'a plane hears of new accounts within seconds: is it connected to control?',
  });
}

/** Who callers of an inbound connection act as. */
function accountOf(bundle: Guest['access']['bundle'], { account }: Connection): Holder {
  const holder = holderOf(bundle, account ?? '');
  const isHere = holder !== null && holder.subject.kind === 'service';
  if (isHere && holder.account?.enforceContext !== true) return holder;
  const message = isHere
    ? 'the account of the connection must give a context, which third parties cannot'
    : 'the account of the connection is not known here, or not active';
  throw new Problem('unavailable', message);
}
