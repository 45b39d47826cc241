import { z } from 'zod';
import { Problem } from '#base/problem';
import {
  confirmPassword,
  endSession,
  findSubject,
  issueIdentityToken,
  findPlane,
  listSessions,
  setPassword,
  signIn,
} from '#control/identity';
import { clearSessionCookie, cookieOf, csrfOf, setSessionCookie } from './guard.ts';
import { NOTHING, SESSION } from './need.ts';
import { route } from './route.ts';
import { moment, permissionName, secretText, word } from './shape.ts';

const area = 'session';

const whoShape = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string(),
  kind: z.enum(['person', 'service']),
  groups: z.array(z.string()),
  attributes: z.record(z.string(), z.array(z.string())),
  permissions: z.array(permissionName),
  via: z.enum(['cookie', 'bearer', 'token']),
  passwordTemporary: z.boolean(),
  csrf: z.string().nullable().describe('send it back as `x-privet-csrf`; only for browsers'),
});

const sessionShape = z.object({
  id: z.string(),
  kind: z.enum(['cookie', 'bearer']),
  createdAt: moment,
  seenAt: moment,
  expiresAt: moment,
  address: z.string(),
});

export const sessionRoutes = [
  route({
    method: 'POST',
    path: '/sessions',
    need: NOTHING,
    area,
    summary: 'Sign in with a password',
    body: z.object({
      name: word,
      password: secretText,
      kind: z
        .enum(['cookie', 'bearer'])
        .default('cookie')
        .describe('browsers take a cookie, programs a bearer secret'),
    }),
    answers: z.object({
      name: z.string(),
      passwordTemporary: z.boolean(),
      expiresAt: moment,
      secret: z.string().nullable().describe('send it as bearer; null when it is in the cookie'),
      csrf: z.string().nullable(),
    }),
    status: 201,
    perMinute: 60,
    handle: async ({ room, body, asker, reply }) => {
      const signed = await signIn(room.office, { ...asker, ...body });
      const { secret, expiresAt } = signed.session;
      const browser = body.kind === 'cookie';
      if (browser) setSessionCookie(reply, secret);
      return {
        name: signed.subject.name,
        passwordTemporary: signed.passwordTemporary,
        expiresAt,
        secret: browser ? null : secret,
        csrf: browser ? csrfOf(secret) : null,
      };
    },
  }),
  route({
    method: 'GET',
    path: '/session',
    need: SESSION,
    evenTemporary: true,
    area,
    summary: 'Say who is signed in and what they may do',
    answers: whoShape,
    handle: async ({ room, request, caller }) => {
      const { id, name, kind, via, passwordTemporary } = caller();
      const { displayName, groups, attributes, permissions } = await findSubject(
        room.office.pool,
        id,
      );
      const cookie = via === 'cookie' ? cookieOf(request) : undefined;
      return {
        id,
        name,
        displayName,
        kind,
        groups,
        attributes,
        permissions,
        via,
        passwordTemporary,
        csrf: cookie === undefined ? null : csrfOf(cookie),
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/session',
    need: SESSION,
    by: 'session',
    evenTemporary: true,
    area,
    summary: 'Sign out',
    handle: async ({ room, caller, reply }) => {
      const { credential, id } = caller();
      await endSession(room.office.pool, credential, id);
      clearSessionCookie(reply);
      return undefined;
    },
  }),
  route({
    method: 'PUT',
    path: '/session/password',
    need: SESSION,
    by: 'session',
    evenTemporary: true,
    area,
    summary: 'Choose another password; every session ends',
    body: z.object({ current: secretText, password: secretText }),
    perMinute: 10,
    handle: async ({ room, body, asker, caller, does }) => {
      const { name } = caller();
      await confirmPassword(room.office, { ...asker, name, password: body.current });
      if (body.password === body.current) {
        throw new Problem('invalid', 'password expected another one than the current', {
          hint: 'choose one that nobody else knows',
        });
      }
      await does((work) => setPassword(work, name, { text: body.password, temporary: false }));
      return undefined;
    },
  }),
  route({
    method: 'GET',
    path: '/sessions',
    need: SESSION,
    area,
    summary: 'List your open sessions',
    answers: z.object({ items: z.array(sessionShape) }),
    handle: async ({ room, caller }) => {
      const { office } = room;
      return { items: await listSessions(office.pool, caller().id, office.clock()) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/sessions/:id',
    need: SESSION,
    by: 'session',
    area,
    summary: 'End one of your sessions',
    params: z.object({ id: word }),
    handle: async ({ room, params, caller }) => {
      await endSession(room.office.pool, params.id, caller().id);
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/identity-tokens',
    need: SESSION,
    area,
    summary: 'Get a short-lived proof of identity for a plane',
    body: z.object({ plane: word }),
    answers: z.object({ token: z.string(), expiresAt: moment, url: z.string() }),
    status: 201,
    handle: async ({ room, body, caller }) => {
      const plane = await findPlane(room.office.pool, body.plane);
      const bearer = { caller: caller(), plane: plane.name };
      const issued = await issueIdentityToken(room.office, room.key, bearer);
      return { ...issued, url: plane.url };
    },
  }),
];
