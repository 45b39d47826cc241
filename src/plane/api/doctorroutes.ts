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
      return {
        database: await room.ownRole(),
        systems: systems.map(({ name, user, gateRole, findings }) => {
          return { name, role: user, gateRole, findings: [...findings] };
        }),
      };
    },
  }),
];
