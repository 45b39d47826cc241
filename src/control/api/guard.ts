import { createHash, hash } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { equalConstantTime, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { ownsSource } from '#control/catalog';
import { BY_ITSELF, authenticate, authenticatePlane, inWork, pinPlane } from '#control/identity';
import type { Caller, KnownPlane, Office } from '#control/identity';
import { describeNeed, hasAny } from './need.ts';
import type { Need } from './need.ts';

/** `__Host-` makes browsers refuse it without Secure, with a Domain, or from another path (RFC 6265bis §4.1.3). */
const SESSION_COOKIE = '__Host-privet_session';
/** Browsers let pages of other origins send no header of this name without asking first. */
const CSRF_HEADER = 'x-privet-csrf';

/** Who calls: nobody known, somebody, or a plane. */
export type Guest =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'plane'; readonly plane: KnownPlane };

/** Whether planes must show the certificate that was pinned; `off` where something before control ends TLS. */
export type PlaneCertificates = 'required' | 'off';

/** What a route asks of whoever calls it. */
export type Gate = {
  readonly need: Need;
  /** `session`: not with a personal access token, which must not make more of itself. */
  readonly by?: 'session' | undefined;
  /** Open to somebody who has yet to replace a password somebody else chose. */
  readonly evenTemporary?: boolean | undefined;
};

/** What letting people and planes in needs. */
export type Gatehouse = {
  readonly office: Office;
  readonly planeCertificates: PlaneCertificates;
};

/** Lets a request through, saying who it comes from; throws `unauthenticated` or `denied`. */
export async function admit(house: Gatehouse, gate: Gate, request: FastifyRequest): Promise<Guest> {
  const { office } = house;
  if (gate.need.kind === 'nothing') return { kind: 'nobody' };
  if (gate.need.kind === 'plane') return admitPlane(house, request);
  const secret = secretOf(request);
  const caller = await authenticate(office, secret.text);
  requireSameKind(caller, secret);
  requireCsrf(request, caller, secret.text);
  requireOwnPassword(caller, gate);
  if (gate.by === 'session') requireSession(caller);
  await requireNeed(office, { need: gate.need, caller }, request);
  return { kind: 'caller', caller };
}

/** The token a browser must send back in `x-privet-csrf`: only who has the cookie's secret can know it. */
export function csrfOf(secret: string): string {
  return createHash('sha256').update(`privet-csrf/v1\n${secret}`).digest('base64url');
}

/** The cookie's secret, for routes that renew what is made from it. */
export function cookieOf(request: FastifyRequest): string | undefined {
  return request.cookies[SESSION_COOKIE];
}

/** Puts the session into the browser: unreadable for scripts, never sent from other sites, gone with the browser. */
export function setSessionCookie(reply: FastifyReply, secret: string): void {
  void reply.setCookie(SESSION_COOKIE, secret, COOKIE);
}

export function clearSessionCookie(reply: FastifyReply): void {
  void reply.clearCookie(SESSION_COOKIE, COOKIE);
}

const COOKIE: CookieSerializeOptions = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'strict',
};

type Shown = { readonly text: string; readonly in: 'cookie' | 'header' };

async function admitPlane(house: Gatehouse, request: FastifyRequest): Promise<Guest> {
  const { office } = house;
  const { pinned, ...plane } = await authenticatePlane(office.pool, bearerOf(request) ?? '');
  if (plane.name !== parameter(request, 'plane')) {
    throw new Problem('denied', 'the token belongs to another plane');
  }
  if (house.planeCertificates === 'off') return { kind: 'plane', plane };
  const shown = certificateOf(request);
  if (pinned === null) {
    await inWork(office, BY_ITSELF, (work) => pinPlane(work, plane.name, shown));
  } else if (!equalConstantTime(pinned, shown)) {
    throw new Problem('denied', 'the plane showed another certificate than at its enrolment', {
      hint: 'if its directory was lost, give it a new token, which takes a new certificate: `privet planes roll`',
    });
  }
  return { kind: 'plane', plane };
}

/** SHA-256 of the certificate whose key the caller proved to hold in the handshake; throws `unauthenticated`. */
function certificateOf(request: FastifyRequest): Uint8Array {
  const { socket } = request.raw;
  const raw = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined;
  if (raw !== undefined) return hash('sha256', raw, 'buffer');
  throw new Problem('unauthenticated', 'a plane shows its certificate, got none', {
    hint: 'if something before control ends TLS, let it pass planes through, or set `control.planeCertificates: off`',
  });
}

function secretOf(request: FastifyRequest): Shown {
  const bearer = bearerOf(request);
  if (bearer !== undefined) return { text: bearer, in: 'header' };
  const cookie = cookieOf(request);
  if (cookie !== undefined) return { text: cookie, in: 'cookie' };
  throw new Problem('unauthenticated', 'this needs a session or a token', {
    hint: 'sign in with `privet login`, or send `Authorization: Bearer <token>`',
  });
}

function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([\w-]{1,128})$/u.exec(request.headers.authorization ?? '')?.[1];
}

/** A browser's session does not work as bearer nor the other way round: a stolen one is good in one place only. */
function requireSameKind(caller: Caller, shown: Shown): void {
  if ((caller.via === 'cookie') === (shown.in === 'cookie')) return;
  throw new Problem('unauthenticated', 'the session or token is not valid, or has ended');
}

function requireCsrf(request: FastifyRequest, caller: Caller, secret: string): void {
  if (caller.via !== 'cookie' || request.method === 'GET') return;
  const sent = request.headers[CSRF_HEADER];
  const right = typeof sent === 'string' && equalConstantTime(utf8(sent), utf8(csrfOf(secret)));
  if (right) return;
  throw new Problem('denied', `header \`${CSRF_HEADER}\` expected the session's csrf token`, {
    hint: '`GET /api/v1/session` tells it',
  });
}

function requireOwnPassword(caller: Caller, gate: Gate): void {
  if (!caller.passwordTemporary || gate.evenTemporary === true) return;
  throw new Problem('denied', 'your password was chosen by somebody else', {
    hint: 'choose your own first: `privet password`',
  });
}

async function requireNeed(
  office: Office,
  asked: { readonly need: Need; readonly caller: Caller },
  request: FastifyRequest,
): Promise<void> {
  const { need, caller } = asked;
  if (need.kind === 'session' || need.kind === 'nothing' || need.kind === 'plane') return;
  if (hasAny(caller, need.anyOf)) return;
  if (need.kind === 'self' && parameter(request, 'name') === caller.name) return;
  if (need.kind === 'owner') {
    if (await ownsSource(office.pool, parameter(request, 'source'), caller.id)) return;
  }
  throw new Problem('denied', `this ${describeNeed(need)}`, {
    hint: 'a person with permission `user-admin` can give it to you',
  });
}

/** Throws `denied` for a caller with a personal access token, which must not make more of itself. */
export function requireSession(caller: Caller): void {
  if (caller.via !== 'token') return;
  throw new Problem('denied', 'a personal access token cannot do this', {
    hint: 'sign in with your password: `privet login`',
  });
}

function parameter(request: FastifyRequest, name: string): string {
  const params: unknown = request.params;
  if (typeof params !== 'object' || params === null) return '';
  const value = (params as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : '';
}
