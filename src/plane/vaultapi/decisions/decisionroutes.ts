import { z } from 'zod';
import { Problem } from '#base/problem';
import { explainOwnVault, explainVault } from '#engines/policy';
import { hasPermission } from '../callers/guest.ts';
import { POLICY, vaultRoute } from '../route.ts';
import { word } from '../shape.ts';

export const decisionRoutes = [
  vaultRoute({
    method: 'GET',
    path: '/v1/decisions/:id',
    operation: 'explainDecision',
    need: POLICY,
    summary:
      'Say why something was decided of late, also while control does not know yet: your own, or anybody’s for governors and auditors',
    params: z.object({ id: word }),
    answers: z.object({
      id: z.string(),
      subject: z.string(),
      vault: z.string(),
      table: z.string(),
      operation: z.string(),
      purpose: z.string().nullable(),
      effect: z.enum(['allow', 'deny']),
      lines: z.array(z.string()).describe('the proof as text'),
    }),
    handle: async ({ room, guest, params }) => {
      const found = room.decisions.find(params.id);
      const isTrusted = hasPermission(guest, ['governor', 'auditor']);
      const isOwn = found?.request.subject === guest.subject.id;
      if (found === null || !(isOwn || isTrusted)) {
        throw new Problem('not-found', 'no decision of yours is remembered by that id', {
          hint: 'this process remembers the last ones; `privet policy explain` asks control, which keeps them',
        });
      }
      const { request, decision } = found;
      const { subject, vault, table, operation, purpose } = request;
      const { id, effect } = decision;
      const explain = isTrusted ? explainVault : explainOwnVault;
      // A table of which nothing may be had may be one that the caller knows nothing of.
      const name = isTrusted || effect === 'allow' ? table.name : table.id;
      const lines = [...explain(decision, table)];
      return { id, subject, vault, table: name, operation, purpose, effect, lines };
    },
  }),
];
