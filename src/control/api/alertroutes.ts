import { z } from 'zod';
import { secret } from '#base/secret';
import {
  addChannel,
  alertRuleShape,
  changeChannel,
  channelSettingsShape,
  findChannel,
  listAlertRules,
  listAlerts,
  listChannels,
  listMutes,
  mute,
  removeChannel,
  replaceAlertRules,
  tryChannel,
  unmute,
} from '#control/observe';
import type { Channel } from '#control/observe';
import { permission } from './need.ts';
import { route } from './route.ts';
import { moment, nameParams, secretText, text, word } from './shape.ts';

const area = 'observe';
const LOOK = permission('data-owner', 'operator', 'governor', 'auditor');
const SET = permission('operator', 'governor');

const channelShape = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  settings: channelSettingsShape.describe('of a webhook’s address only the origin is shown'),
  state: z.enum(['active', 'paused']),
  secretSetAt: moment.describe('the secret itself is never shown'),
  secretSetBy: z.string(),
  lastSentAt: moment.nullable(),
  lastFailedAt: moment.nullable(),
  lastFailure: z.string().nullable(),
});

/** A channel as it is shown: paths and queries of webhooks are often credentials, so only the origin is. */
function shown(channel: Channel): Channel {
  const { settings } = channel;
  if (settings.kind !== 'webhook') return channel;
  return { ...channel, settings: { ...settings, url: new URL(settings.url).origin } };
}

const channelSecretText = secretText.describe(
  'address of the webhook (slack, teams), routing key (pagerduty), API key (opsgenie), password (email) or signing key (webhook); write-only',
);

const muteShape = z.object({
  id: z.string(),
  source: z.string().nullable(),
  check: z.string().nullable(),
  until: moment,
  reason: z.string(),
  by: z.string(),
  at: moment,
});

const channelRoutes = [
  route({
    method: 'GET',
    path: '/observe/channels',
    need: LOOK,
    area,
    summary: 'List the channels alerts go to',
    answers: z.object({ items: z.array(channelShape) }),
    handle: async ({ room }) => ({ items: (await listChannels(room.office.pool)).map(shown) }),
  }),
  route({
    method: 'POST',
    path: '/observe/channels',
    need: SET,
    by: 'session',
    area,
    summary: 'Add a channel',
    body: z.object({ name: word, settings: channelSettingsShape, secret: channelSecretText }),
    answers: channelShape,
    status: 201,
    handle: ({ room, body, does }) =>
      does(async (work) => {
        await addChannel(work, room.secretKeys, { ...body, secret: secret(body.secret) });
        return shown(await findChannel(work.tx, body.name));
      }),
  }),
  route({
    method: 'PATCH',
    path: '/observe/channels/:name',
    need: SET,
    by: 'session',
    area,
    summary: 'Change a channel, give it a new secret, pause it or let it go on',
    params: nameParams,
    body: z.object({
      settings: channelSettingsShape.optional(),
      secret: channelSecretText.optional(),
      state: z.enum(['active', 'paused']).optional(),
    }),
    answers: channelShape,
    handle: ({ room, params, body, does }) =>
      does(async (work) => {
        const given = body.secret === undefined ? undefined : secret(body.secret);
        const change = { ...body, secret: given };
        await changeChannel(work, room.secretKeys, { name: params.name, change });
        return shown(await findChannel(work.tx, params.name));
      }),
  }),
  route({
    method: 'DELETE',
    path: '/observe/channels/:name',
    need: SET,
    area,
    summary: 'Forget a channel with its secret and what waits for it',
    params: nameParams,
    handle: ({ params, does }) => does((work) => removeChannel(work, params.name)),
  }),
  route({
    method: 'POST',
    path: '/observe/channels/:name/trial',
    need: SET,
    area,
    summary: 'Send a message that says that nothing is wrong, now, and say how that went',
    params: nameParams,
    answers: z.object({ code: z.string().describe('`ok` when it arrived') }),
    handle: async ({ room, params }) => ({
      code: await tryChannel(
        { ...room, keys: room.secretKeys, loopback: room.alertsToLoopback },
        params.name,
      ),
    }),
  }),
];

const ruleRoutes = [
  route({
    method: 'GET',
    path: '/observe/alert-rules',
    need: LOOK,
    area,
    summary: 'List who is told of what, in the order rules are asked',
    answers: z.object({ items: z.array(alertRuleShape) }),
    handle: async ({ room }) => ({ items: await listAlertRules(room.office.pool) }),
  }),
  route({
    method: 'PUT',
    path: '/observe/alert-rules',
    need: SET,
    area,
    summary: 'Put these rules in the place of all others',
    body: z.object({ items: z.array(alertRuleShape).max(500) }),
    answers: z.object({ items: z.array(alertRuleShape) }),
    handle: ({ body, does }) =>
      does(async (work) => {
        await replaceAlertRules(work, body.items);
        return { items: await listAlertRules(work.tx) };
      }),
  }),
  route({
    method: 'GET',
    path: '/observe/mutes',
    need: LOOK,
    area,
    summary: 'List the silences in force',
    answers: z.object({ items: z.array(muteShape) }),
    handle: async ({ room }) => ({
      items: await listMutes(room.office.pool, room.office.clock()),
    }),
  }),
  route({
    method: 'POST',
    path: '/observe/mutes',
    need: permission('operator', 'governor', 'data-owner'),
    area,
    summary: 'Keep quiet about a source, a check or both until a moment',
    body: z.object({
      source: word.optional(),
      check: word.optional(),
      until: moment,
      reason: text,
    }),
    answers: z.object({ id: z.string() }),
    status: 201,
    handle: ({ body, does }) =>
      does(async (work) => ({
        id: await mute(work, { ...body, untilMs: Date.parse(body.until) }),
      })),
  }),
  route({
    method: 'DELETE',
    path: '/observe/mutes/:mute',
    need: permission('operator', 'governor', 'data-owner'),
    area,
    summary: 'End a silence',
    params: z.object({ mute: word }),
    handle: ({ params, does }) => does((work) => unmute(work, params.mute)),
  }),
];

export const alertRoutes = [
  ...channelRoutes,
  ...ruleRoutes,
  route({
    method: 'GET',
    path: '/observe/alerts',
    need: LOOK,
    area,
    summary: 'List the messages that were sent or wait to be, newest first',
    query: z.object({
      channel: word.optional(),
      incident: word.optional(),
      state: z.enum(['waiting', 'sent', 'skipped', 'failed']).optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    answers: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          incident: z.string().nullable(),
          channel: z.string(),
          event: z.string(),
          rule: z.string().nullable(),
          state: z.enum(['waiting', 'sent', 'skipped', 'failed']),
          createdAt: moment,
          dueAt: moment,
          sentAt: moment.nullable(),
          attempts: z.number(),
          code: z.string().nullable(),
        }),
      ),
    }),
    handle: async ({ room, query }) => ({ items: await listAlerts(room.office.pool, query) }),
  }),
];
