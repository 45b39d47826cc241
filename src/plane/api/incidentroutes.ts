import { z } from 'zod';
import type { Incident } from '#plane/operator';
import type { Caller } from './guard.ts';
import { personOf, personShape } from './party.ts';
import { permission } from './need.ts';
import { route } from './route.ts';
import { momentOf } from './shape.ts';

const area = 'incidents';
const READER = permission('governor', 'data-owner', 'auditor', 'operator');

const idParams = z.object({ grant: z.string().regex(/^grt_[0-9a-z]{26}$/u) });

const incidentFields = {
  grant: z.string().describe('id of the grant it came of, and its own'),
  operator: personShape,
  state: z.enum(['open', 'ended', 'reviewed']),
  emergency: z.boolean(),
  firstShownAt: z.iso.datetime(),
  lastShownAt: z.iso.datetime(),
  items: z.array(
    z.object({
      item: z.string(),
      channel: z.string(),
      digest: z.string().describe('SHA-256 of the envelope it lay in'),
      kept: z.number().describe('index of the leaf that says that it was kept'),
      shown: z.array(z.number()).describe('indices of the leaves that say that it was shown'),
    }),
  ),
};

const stepShape = z.object({
  index: z.number(),
  leafHash: z.string(),
  kind: z.string(),
  at: z.iso.datetime(),
  actor: personShape.nullable().describe('null for the plane itself'),
  entry: z.string().describe('the entry of the leaf, as it was hashed'),
});

const shownShape = z.object({ ...incidentFields, trail: z.array(stepShape) });

export const incidentRoutes = [
  route({
    method: 'GET',
    path: '/incidents',
    operation: 'listIncidents',
    need: READER,
    area,
    summary: 'List incidents: grants under which data was shown, by the ledger alone',
    answers: z.object({ items: z.array(z.object(incidentFields)) }),
    handle: async ({ room, caller }) => ({
      items: (await room.operator.incidents.list()).map((one) => shownIncident(one, caller)),
    }),
  }),
  route({
    method: 'GET',
    path: '/incidents/:grant',
    operation: 'showIncident',
    need: READER,
    area,
    summary: 'Show an incident: the items that were shown, and the whole trail',
    params: idParams,
    answers: shownShape,
    handle: async ({ room, params, caller }) => {
      const incident = await room.operator.incidents.find(params.grant);
      return { ...shownIncident(incident, caller), trail: trailOf(incident, caller) };
    },
  }),
  route({
    method: 'GET',
    path: '/incidents/:grant/export',
    operation: 'exportIncident',
    need: READER,
    area,
    summary: 'Show an incident with a proof of each of its leaves, for whoever believes nobody',
    params: idParams,
    answers: shownShape.extend({
      format: z.literal('privet-incident/v1'),
      plane: z.string(),
      proofs: z.array(
        z.object({ index: z.number(), proof: z.string().describe('a C2SP tlog-proof') }),
      ),
    }),
    perMinute: 30,
    handle: async ({ room, params, caller }) => {
      const incident = await room.operator.incidents.prove(params.grant);
      return {
        format: 'privet-incident/v1' as const,
        plane: room.plane,
        ...shownIncident(incident, caller),
        trail: trailOf(incident, caller),
        proofs: [...incident.proofs],
      };
    },
  }),
];

function shownIncident(incident: Incident, caller: Caller) {
  const { grant, operator, state, emergency, firstShownMs, lastShownMs, items } = incident;
  return {
    grant,
    operator: personOf(caller, operator),
    state,
    emergency,
    firstShownAt: momentOf(firstShownMs),
    lastShownAt: momentOf(lastShownMs),
    items: items.map((item) => ({ ...item, shown: [...item.shown] })),
  };
}

function trailOf({ trail }: Incident, caller: Caller): z.output<typeof stepShape>[] {
  return trail.map(({ index, leafHash, entry, leaf }) => ({
    index,
    leafHash,
    kind: leaf.kind,
    at: momentOf(leaf.time),
    actor: leaf.actor.kind === 'subject' ? personOf(caller, leaf.actor.id) : null,
    entry,
  }));
}
