import { z } from 'zod';
import { createToken, findSubject, listTokens, revokeToken } from '#control/identity';
import { TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX } from '#control/identity';
import { selfOr } from './need.ts';
import { route } from './route.ts';
import { moment, nameParams, word } from './shape.ts';

const area = 'tokens';
const OWN = selfOr('user-admin');

const tokenShape = z.object({
  id: z.string(),
  subject: z.string(),
  label: z.string(),
  state: z.enum(['live', 'expired', 'revoked']),
  createdAt: moment,
  expiresAt: moment,
  lastUsedAt: moment.nullable(),
});

export const tokenRoutes = [
  route({
    method: 'GET',
    path: '/users/:name/tokens',
    need: selfOr('user-admin', 'auditor'),
    area,
    summary: 'List the tokens of a person or service account',
    params: nameParams,
    answers: z.object({ items: z.array(tokenShape) }),
    handle: async ({ room, params }) => {
      const { pool, clock } = room.office;
      return { items: await listTokens(pool, params.name, clock()) };
    },
  }),
  route({
    method: 'POST',
    path: '/users/:name/tokens',
    need: OWN,
    by: 'session',
    area,
    summary: 'Make a token; its text is shown once',
    params: nameParams,
    body: z.object({
      label: word.describe('what it is for'),
      days: z.number().int().min(1).max(TOKEN_DAYS_MAX).default(TOKEN_DAYS_DEFAULT),
    }),
    answers: z.object({
      id: z.string(),
      subject: z.string(),
      text: z.string().describe('never shown again'),
      expiresAt: moment,
    }),
    status: 201,
    handle: ({ params, body, does }) =>
      does((work) => createToken(work, { subject: params.name, ...body })),
  }),
  route({
    method: 'DELETE',
    path: '/users/:name/tokens/:id',
    need: OWN,
    area,
    summary: 'Revoke a token at once',
    params: nameParams.extend({ id: word }),
    handle: async ({ params, does }) => {
      await does(async (work) => {
        const owner = await findSubject(work.tx, params.name);
        await revokeToken(work, params.id, owner.id);
      });
      return undefined;
    },
  }),
];
