import { z } from 'zod';
import { permission } from './need.ts';
import { route } from './route.ts';
import { momentOf, nameParams, word } from './shape.ts';

const area = 'egress';
/** Who says where data may go also says where the plane may. */
const KEEPER = permission('governor');
const READER = permission('governor', 'auditor', 'operator');

const moment = z.iso.datetime().nullable();
const placeFields = {
  workload: z.string().describe('a part of the plane (`border`, `sources`) or a workload'),
  host: z.string().describe('a name, `*.` and a domain, an address, a range, a socket directory'),
  port: z.number(),
  purpose: z.string(),
};

const ruleShape = z.object({
  id: z.string(),
  origin: z.enum(['person', 'system', 'settings']),
  ...placeFields,
  networks: z.array(z.string()).describe('what a name may be at beside public addresses'),
  expiresAt: moment,
  system: z.string().nullable().describe('id of the source system it was made for'),
  addedBy: z.string().nullable(),
  addedAt: moment,
});

const newRule = z.object({
  workload: word,
  host: word,
  port: z.int().min(1).max(65_535),
  purpose: word,
  networks: z.array(word).max(32).optional(),
  expiresAt: z.iso.datetime({ offset: true }).nullish(),
});

export const egressRoutes = [
  route({
    method: 'GET',
    path: '/egress/rules',
    operation: 'listEgressRules',
    need: READER,
    area,
    summary: 'List the ways out of the plane',
    answers: z.object({ items: z.array(ruleShape) }),
    handle: async ({ room }) => {
      const rules = await room.egress.rules.list();
      return {
        items: rules.map(({ expiresAtMs, systemId, addedAtMs, ...rule }) => ({
          ...rule,
          networks: [...rule.networks],
          expiresAt: orNull(expiresAtMs),
          system: systemId,
          addedAt: orNull(addedAtMs),
        })),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/egress/rules',
    operation: 'addEgressRule',
    need: KEEPER,
    area,
    summary: 'Open a way out',
    body: newRule,
    answers: z.object({ id: z.string() }),
    status: 201,
    perMinute: 60,
    handle: async ({ room, body, actor }) => {
      const { expiresAt, networks = [], ...place } = body;
      const expiresAtMs = typeof expiresAt === 'string' ? Date.parse(expiresAt) : null;
      const { id } = await room.egress.rules.add({ ...place, networks, expiresAtMs }, actor);
      return { id };
    },
  }),
  route({
    method: 'DELETE',
    path: '/egress/rules/:id',
    operation: 'removeEgressRule',
    need: KEEPER,
    area,
    summary: 'Close a way out, with the connections that use it',
    params: z.object({ id: word }),
    handle: async ({ room, params, actor }) => {
      await room.egress.rules.remove(params.id, actor);
      return undefined;
    },
  }),
  route({
    method: 'GET',
    path: '/egress/connections',
    operation: 'listEgressConnections',
    need: READER,
    area,
    summary: 'List what this process of the plane has open now; what was open is in the ledger',
    answers: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          rule: z.string(),
          ...placeFields,
          address: z.string().nullable(),
          openedAt: z.iso.datetime(),
          bytesOut: z.number(),
          bytesIn: z.number(),
          digest: z.string().describe('SHA-256 of what was handed over to be sent, so far'),
        }),
      ),
    }),
    handle: async ({ room }) => ({
      items: room.egress.connections().map(({ openedAtMs, ...rest }) => {
        return { ...rest, openedAt: momentOf(openedAtMs) };
      }),
    }),
  }),
  route({
    method: 'GET',
    path: '/egress/workloads',
    operation: 'listEgressWorkloads',
    need: READER,
    area,
    summary: 'List who may use the forward proxy',
    answers: z.object({
      items: z.array(
        z.object({ name: z.string(), addedBy: z.string(), addedAt: z.iso.datetime() }),
      ),
    }),
    handle: async ({ room }) => {
      const workloads = await room.egress.workloads.list();
      return {
        items: workloads.map(({ addedAtMs, ...rest }) => {
          return { ...rest, addedAt: momentOf(addedAtMs) };
        }),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/egress/workloads',
    operation: 'addEgressWorkload',
    need: KEEPER,
    area,
    summary: 'Let a workload use the forward proxy; its token is shown once',
    body: z.object({ name: word }),
    answers: z.object({ name: z.string(), token: z.string().describe('never shown again') }),
    status: 201,
    perMinute: 60,
    handle: async ({ room, body, actor }) => {
      return { name: body.name, token: await room.egress.workloads.add(body.name, actor) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/egress/workloads/:name',
    operation: 'removeEgressWorkload',
    need: KEEPER,
    area,
    summary: 'Take a workload’s token away',
    params: nameParams,
    handle: async ({ room, params, actor }) => {
      await room.egress.workloads.remove(params.name, actor);
      return undefined;
    },
  }),
];

function orNull(ms: number | null): string | null {
  return ms === null ? null : momentOf(ms);
}
