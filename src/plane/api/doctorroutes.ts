import { z } from 'zod';
import { roleReportShape } from '#platform/db';
import { permission } from './need.ts';
import { route } from './route.ts';
import { findingShape } from './shape.ts';

export const doctorRoutes = [
  route({
    method: 'GET',
    path: '/doctor',
    operation: 'examine',
    need: permission('operator', 'auditor'),
    area: 'status',
    summary:
      'Say what the database role of the plane, and its role in each system, can do beyond what they need',
    answers: z.object({
      database: roleReportShape,
      parts: z
        .array(z.object({ part: z.string(), database: roleReportShape }))
        .describe('parts of the plane that work as a role of their own'),
      systems: z.array(
        z.object({
          name: z.string(),
          role: z.string(),
          gateRole: z.string().nullable(),
          findings: z.array(findingShape),
        }),
      ),
    }),
    handle: async ({ room }) => {
      const systems = await room.sources.list();
      const operator = await room.operator.ops.role();
      return {
        database: await room.ownRole(),
        parts: operator === null ? [] : [{ part: 'operator', database: operator }],
        systems: systems.map(({ name, user, gateRole, findings }) => {
          return { name, role: user, gateRole, findings: [...findings] };
        }),
      };
    },
  }),
];
