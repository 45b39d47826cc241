import type { FastifyRequest } from 'fastify';
import { Problem } from '#base/problem';
import { NAME_MAX, verifyIdentityToken } from '#boundary';
import type { Bundle, BundleSubject, Permission } from '#boundary';
import { verifierOf } from '#plane/border';
import { holderOf, holderOfApiKey, mayComeFrom } from './account.ts';
import type { Holder } from './account.ts';
import { verifyBearer } from './bearer.ts';
import { contextText } from '../context.ts';
import type { Context } from '../context.ts';
import type { VaultAccess, VaultRoom } from '../room.ts';

/** Who called, in which roles, with what they said of the request. */
export type Guest = {
  readonly access: VaultAccess;
  readonly holder: Holder;
  readonly subject: BundleSubject;
  /** Ids of roles the caller is narrowed to; null for all it holds. */
  readonly roles: readonly string[] | null;
  readonly context: Context | null;
  readonly purpose: string | null;
  readonly ticket: string | null;
};

/** What a ticket may be: the number of something in the customer's own system, not a story. */
const TICKET = /^[A-Za-z0-9][A-Za-z0-9_./#-]{0,99}$/u;

/** What decides now; throws `unavailable` while the plane may not decide anything. */
export function accessOf(room: Pick<VaultRoom, 'access'>): VaultAccess {
  const access = room.access();
  if (access !== null) return access;
  throw new Problem('unavailable', 'what the plane heard from control is missing or too old', {
    hint: 'until control sends a bundle, everything is denied',
  });
}

/**
 * Who a request comes from: a bearer token of this plane, an API key, or a person's identity token. What the bundle says of
 * them now counts, not what the token says. Throws `unauthenticated` or `expired`; `requireNetwork` comes next.
 */
export async function guestOf(room: VaultRoom, request: FastifyRequest): Promise<Guest> {
  return guestFor(room, request, secretOf(request));
}

/** Who a request comes from, given the proof it came with; throws as `guestOf`. */
export async function guestFor(
  room: VaultRoom,
  request: FastifyRequest,
  secret: string,
): Promise<Guest> {
  const access = accessOf(room);
  const proof = await proofOf(room, access.bundle, secret);
  const { holder, context } = proof;
  if (holder.account?.enforceContext === true && context === null) {
    throw new Problem(
      'unauthenticated',
      'the account must give a context (`ctx`) in its assertion',
    );
  }
  return {
    ...proof,
    access,
    subject: holder.subject,
    purpose: said(request, context, 'purpose'),
    ticket: ticketOf(said(request, context, 'ticket')),
  };
}

type Proof = Pick<Guest, 'holder' | 'roles' | 'context'>;

async function proofOf(room: VaultRoom, bundle: Bundle, secret: string): Promise<Proof> {
  const nowMs = room.clock();
  if (secret.startsWith('sky-')) {
    return { holder: holderOfApiKey(bundle, secret, nowMs), roles: null, context: null };
  }
  if (isIdentityToken(secret)) {
    const verify = verifierOf(bundle.identityKeys);
    const { sub } = verifyIdentityToken(secret, { verify, audience: room.plane, nowMs });
    return { holder: known(holderOf(bundle, sub)), roles: null, context: null };
  }
  const { subject, keyId, roles, context } = await verifyBearer(secret, { ...room, nowMs });
  const holder = known(holderOf(bundle, subject));
  const live = holder.account?.keys.some((key) => key.id === keyId && key.expiresAtMs > nowMs);
  if (live === true) return { holder, roles, context };
  throw new Problem(
    'unauthenticated',
    'the key behind the bearer token was revoked or has expired',
  );
}

function known(holder: Holder | null): Holder {
  if (holder !== null) return holder;
  throw new Problem('unauthenticated', 'the caller is not known here, or not active', {
    hint: 'a plane hears of new accounts within seconds: is it connected to control?',
  });
}

function secretOf(request: FastifyRequest): string {
  const { authorization = '' } = request.headers;
  const secret = /^Bearer\s+(?<secret>[\w.-]{1,8192})$/iu.exec(authorization)?.groups?.['secret'];
  if (secret !== undefined) return secret;
  throw new Problem('unauthenticated', 'this needs a bearer token or an API key', {
    hint: 'an SDK gets one with the credentials of a service account',
  });
}

/** Only the header is looked at, to choose who verifies it; both refuse what is the other's. */
function isIdentityToken(secret: string): boolean {
  const [head = ''] = secret.split('.', 1);
  return Buffer.from(head, 'base64url').toString('latin1').includes('privet-identity+jwt');
}

/** What the signed context says, or else a header of ours; throws `invalid` where a header says something else than it. */
function said(
  request: FastifyRequest,
  context: Context | null,
  key: 'purpose' | 'ticket',
): string | null {
  const header = `x-privet-${key}`;
  const value = request.headers[header];
  const heard = typeof value === 'string' && value !== '' ? value : null;
  const isSigned = context !== null && typeof context === 'object' && Object.hasOwn(context, key);
  const text = isSigned ? contextText(context, key) : heard;
  if (heard !== null && heard !== text) {
    throw new Problem('invalid', `\`${header}\` expected the \`${key}\` of the signed context`, {
      hint: 'leave the header out: what the assertion says counts',
    });
  }
  if (text === null) return null;
  if (Buffer.byteLength(text) <= NAME_MAX && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return text;
  throw new Problem('invalid', `\`${header}\` expected one line of at most ${NAME_MAX} bytes`);
}

export function ticketOf(text: string | null): string | null {
  if (text === null || TICKET.test(text)) return text;
  throw new Problem('invalid', 'a ticket expected at most 100 letters, digits or `_ . / # -`');
}

/** Throws `denied` for a caller in a network that its account does not call from. */
export function requireNetwork({ holder }: Pick<Guest, 'holder'>, address: string): void {
  if (mayComeFrom(holder, address, false)) return;
  throw new Problem('denied', 'the account may not call from this network');
}

/** A bearer narrowed to roles has the roles and nothing else: permissions of Privet itself are not among them. */
export function hasPermission(
  { subject, roles }: Pick<Guest, 'subject' | 'roles'>,
  anyOf: readonly Permission[],
): boolean {
  return roles === null && anyOf.some((one) => subject.permissions.includes(one));
}

/** Throws `denied` unless the caller is a person or account with one of the permissions. */
export function requirePermission(
  guest: Pick<Guest, 'subject' | 'roles'>,
  anyOf: readonly Permission[],
): void {
  if (hasPermission(guest, anyOf)) return;
  if (guest.roles !== null) {
    throw new Problem('denied', 'a bearer token narrowed by `scope` has no permissions of Privet', {
      hint: 'ask for a bearer token without `scope`',
    });
  }
  const names = anyOf.map((one) => `\`${one}\``).join(' or ');
  throw new Problem('denied', `this needs permission ${names}`, {
    hint: 'a person with permission `user-admin` can give it to you',
  });
}
