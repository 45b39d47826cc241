import { z } from 'zod';
import { roleReport, roleReportShape } from '#platform/db';
import { permission } from './need.ts';
import { route } from './route.ts';

export const doctorRoutes = [
  route({
    method: 'GET',
    path: '/doctor',
    need: permission('operator', 'auditor'),
    area: 'health',
    summary: 'Say what the database role of the control plane can do beyond what it needs',
    answers: z.object({ database: roleReportShape }),
    handle: async ({ room }) => ({ database: await roleReport(room.office.pool) }),
  }),
];
