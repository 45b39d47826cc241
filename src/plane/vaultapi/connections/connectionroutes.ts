import { z } from 'zod';
import { connectionShape, secretShape } from '#plane/connections';
import type { Connection, Direction } from '#plane/connections';
import { originOf } from '../callers/address.ts';
import { accountNamed } from './connectionguest.ts';
import { requirePermission } from '../callers/guest.ts';
import { permission, vaultRoute } from '../route.ts';
import type { VaultCall } from '../route.ts';
import { maybe, word } from '../shape.ts';

const OWNERS = permission('data-owner');
const READERS = permission('data-owner', 'operator', 'governor', 'auditor');
/** A connection of a hundred routes, each with its fields. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;
/** Where Skyflow has connections of either direction. */
export const PLACES = { outbound: 'outboundRoutes', inbound: 'inboundRoutes' } as const;
const AREA = { outbound: 'Outbound', inbound: 'Inbound' } as const;

const params = z.object({ id: word });
const answersId = z.object({ ID: z.string() });
const answersMade = answersId.extend({ connectionURL: z.string() });
const shownShape = z.looseObject({
  ID: z.string(),
  name: z.string(),
  mode: z.enum(['EGRESS', 'INGRESS']),
  vaultID: z.string(),
  version: z.number(),
  connectionURL: z.string(),
  routes: z.array(z.looseObject({ invocationURL: z.string() })),
});

type AnyCall = Pick<VaultCall<unknown, unknown, unknown>, 'room' | 'request'>;

function addressOf({ room, request }: AnyCall, { id, direction }: Connection): string {
  return `${originOf(room, request.host)}/v1/gateway/${PLACES[direction]}/${id}`;
}

/** The document as it was given, with what only the plane knows. */
function shown(call: AnyCall, connection: Connection): z.infer<typeof shownShape> {
  const { id: ID, direction, document, version } = connection;
  const connectionURL = addressOf(call, connection);
  return {
    ...document,
    ID,
    mode: direction === 'outbound' ? 'EGRESS' : 'INGRESS',
    version,
    connectionURL,
    routes: document.routes.map((route) => {
      const path = route.path.startsWith('/') ? route.path : `/${route.path}`;
      return { ...route, invocationURL: `${connectionURL}${path}` };
    }),
  };
}

type DocumentCall = VaultCall<unknown, unknown, z.output<typeof connectionShape>>;

/**
 * The document of a request. Callers of an inbound connection act in the name of an account, by whatever key its maker gives
 * it: that is for whoever says what people and accounts may do. The account is kept by its id, which nobody gets again.
 */
function documentOf({ guest, body }: Pick<DocumentCall, 'guest' | 'body'>, direction: Direction) {
  if (direction === 'outbound') return body;
  requirePermission(guest, ['governor', 'user-admin']);
  const { account } = body;
  return account ? { ...body, account: accountNamed(guest.access.bundle, account) } : body;
}

function baseOf(direction: Direction) {
  return { base: `/v1/gateway/${PLACES[direction]}`, at: AREA[direction] };
}

function readingRoutes(direction: Direction) {
  const { base, at } = baseOf(direction);
  return [
    vaultRoute({
      method: 'GET',
      path: base,
      operation: `list${at}Connections`,
      need: READERS,
      summary: `List the ${direction} connections of a vault, or of all`,
      query: z.object({ vaultID: maybe }),
      answers: z.object({ ConnectionMappings: z.array(shownShape) }),
      handle: async (call) => {
        const found = await call.room.connections.list(direction, call.query.vaultID);
        return { ConnectionMappings: found.map((one) => shown(call, one)) };
      },
    }),
    vaultRoute({
      method: 'GET',
      path: `${base}/:id`,
      operation: `get${at}Connection`,
      need: READERS,
      summary: 'Show a connection; its secret is shown to nobody',
      params,
      answers: shownShape,
      handle: async (call) =>
        shown(call, await call.room.connections.get({ id: call.params.id, direction })),
    }),
  ];
}

function changingRoutes(direction: Direction) {
  const { base, at } = baseOf(direction);
  return [
    vaultRoute({
      method: 'POST',
      path: base,
      operation: `create${at}Connection`,
      need: OWNERS,
      summary: `Create an ${direction} connection; nobody may call it who holds none of its roles`,
      body: connectionShape,
      bodyBytesMax: BODY_BYTES_MAX,
      answers: answersMade,
      status: 201,
      handle: async (call) => {
        const { room, caller } = call;
        const document = documentOf(call, direction);
        const vault = await room.vaults.schema(document.vaultID);
        const made = await room.connections.create(caller, { document, vault, direction });
        return { ID: made.id, connectionURL: addressOf(call, made) };
      },
    }),
    vaultRoute({
      method: 'PUT',
      path: `${base}/:id`,
      operation: `change${at}Connection`,
      need: OWNERS,
      summary:
        'Put another document in place of a connection; its secret goes when its target is another',
      params,
      body: connectionShape,
      bodyBytesMax: BODY_BYTES_MAX,
      answers: answersMade,
      handle: async (call) => {
        const { room, caller } = call;
        const document = documentOf(call, direction);
        const vault = await room.vaults.schema(document.vaultID);
        const name = { id: call.params.id, direction };
        const changed = await room.connections.change(caller, name, { document, vault });
        return { ID: changed.id, connectionURL: addressOf(call, changed) };
      },
    }),
  ];
}

function endingRoutes(direction: Direction) {
  const { base, at } = baseOf(direction);
  return [
    vaultRoute({
      method: 'DELETE',
      path: `${base}/:id`,
      operation: `delete${at}Connection`,
      need: OWNERS,
      summary: 'Delete a connection with its secret',
      params,
      answers: answersId,
      handle: async ({ room, caller, params: { id } }) => {
        const removed = await room.connections.remove(caller, { id, direction });
        return { ID: removed.id };
      },
    }),
    vaultRoute({
      method: 'POST',
      path: `${base}/:id/secret`,
      operation: `set${at}ConnectionSecret`,
      need: OWNERS,
      summary: 'Give a connection its secret, in place of the one it has; it is never given back',
      params,
      body: secretShape,
      bodyBytesMax: BODY_BYTES_MAX,
      answers: answersId,
      handle: async ({ room, caller, params: { id }, body }) => {
        const sealed = await room.connections.seal(caller, { id, direction }, body);
        return { ID: sealed.id };
      },
    }),
  ];
}

export const connectionRoutes = (['outbound', 'inbound'] as const).flatMap((direction) => [
  ...readingRoutes(direction),
  ...changingRoutes(direction),
  ...endingRoutes(direction),
]);
