import { z } from 'zod';
import type { Json } from '#base/canonical';
import { permission, vaultRoute } from './route.ts';
import { tableParams } from './shape.ts';

export const forgetRoutes = [
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/:table/forget',
    operation: 'forgetSubject',
    // Nothing is read, and nothing can be undone: a right of its own kind, not a policy over columns.
    need: permission('data-owner'),
    summary: 'Forget a person: destroy the key of everything of theirs, and give a receipt',
    params: tableParams,
    body: z.object({
      subject: z
        .union([z.string().max(2_500), z.number(), z.boolean()])
        .describe('what names the person'),
    }),
    answers: z.object({
      vault: z.string(),
      subject: z.string().describe('keyed digest, as the ledger has it'),
      records: z.number(),
      tokens: z.number(),
      files: z.number(),
      keyDestroyedAtMs: z.number(),
      leaf: z.number().describe('index of the leaf in the ledger'),
    }),
    handle: ({ room, caller, params, body }) => {
      const { vault, table } = params;
      const subject: Json = body.subject;
      return room.vaults.forget({ caller, vault, table, subject });
    },
  }),
];
