import { z } from 'zod';
import { completeSetup, needsSetup } from '#control/identity';
import { NOTHING } from './need.ts';
import { route } from './route.ts';
import { secretText, word } from './shape.ts';

const area = 'set-up';

export const setupRoutes = [
  route({
    method: 'GET',
    path: '/setup',
    need: NOTHING,
    area,
    summary: 'Say whether the first account is still to be made',
    answers: z.object({ open: z.boolean() }),
    perMinute: 60,
    handle: async ({ room }) => ({ open: await needsSetup(room.office.pool) }),
  }),
  route({
    method: 'POST',
    path: '/setup',
    need: NOTHING,
    area,
    summary: 'Make the first account, with every permission',
    body: z.object({
      token: secretText.describe('from the file `setup-token` in the home of the control plane'),
      name: word,
      password: secretText,
    }),
    perMinute: 10,
    handle: async ({ room, body, asker }) => {
      await completeSetup(room.office, room.setupTokenFile, { ...asker, ...body });
      return undefined;
    },
  }),
];
