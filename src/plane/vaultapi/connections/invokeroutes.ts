import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { REQUEST_BYTES_MAX } from '#plane/connections';
import type { Connection, Direction, Message, OpenConnection } from '#plane/connections';
import type { VaultSchema } from '#plane/vault';
import { PLACES } from './connectionroutes.ts';
import { callerGuest, heldRoles, inboundGuest, openFor } from './connectionguest.ts';
import type { Guest } from '../callers/guest.ts';
import { createPlaces } from '../places.ts';
import { vaultRoute } from '../route.ts';
import type { VaultCall, VaultNeed } from '../route.ts';
import { rulingsOf } from '../ruling.ts';
import { requireTable, word } from '../shape.ts';
import { plainToken } from '../callers/signedtoken.ts';
import { writeUnder } from '../write.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** Calls wait for targets, which may be slow: how much they hold is bounded besides. */
const places = createPlaces({ max: 1_000, eachMax: 125, of: 'calls of connections' });

const NEEDS: Readonly<Record<Direction, VaultNeed>> = {
  outbound: {
    kind: 'said',
    need: 'needs a bearer token or API key in `x-skyflow-authorization`, of somebody who holds a role the connection names',
  },
  inbound: { kind: 'said', need: 'needs the shared key of the connection, in the header it names' },
};

/** Where connections are called: whatever stands behind their address is the path of a route. */
export const invokeRoutes = (['outbound', 'inbound'] as const).flatMap((direction) =>
  METHODS.map((method) =>
    vaultRoute({
      method,
      path: `/v1/gateway/${PLACES[direction]}/:id/*`,
      operation: `${direction === 'outbound' ? 'call' : 'callInbound'}${method.slice(0, 1)}${method.slice(1).toLowerCase()}`,
      need: NEEDS[direction],
      guest: direction === 'outbound' ? callerGuest : inboundGuest,
      summary: `Call the target of an ${direction} connection by one of its routes; its answer comes back with status, type and body`,
      params: z.object({ id: word }),
      bodyBytesMax: REQUEST_BYTES_MAX,
      handle: (call) => invoke(call, direction),
    }),
  ),
);

type InvokeCall = VaultCall<{ id: string }, unknown, unknown>;
type Rights = Parameters<OpenConnection['call']>[0]['rights'];

async function invoke(call: InvokeCall, direction: Direction): Promise<void> {
  const { room, guest, params, request, reply } = call;
  const leave = places(guest.subject.id);
  try {
    const open = await openFor(room, request, { id: params.id, direction });
    const { connection } = open;
    requireInvoker(guest, connection);
    const vault = await room.vaults.schema(connection.vault);
    const rights = rightsOf(call, connection, vault);
    const message = messageOf(request);
    const answer = await open.call({ message, rights });
    // What SDKs look for, to tell errors of the target from ours.
    if (answer.status >= 400) void reply.header('error-from-client', 'true');
    await reply.status(answer.status).headers(answer.headers).send(Buffer.from(answer.body));
  } finally {
    leave();
  }
}

/** Throws `denied` unless the caller holds, and acts in, a role that the connection names. */
function requireInvoker({ access, subject, roles }: Guest, connection: Connection): void {
  const { invokers, name } = connection;
  const held = heldRoles(access.bundle, connection, subject.id);
  if (held.some((id) => roles === null || roles.includes(id))) return;
  throw new Problem('denied', `connection \`${name}\` is not yours to call`, {
    hint: `it is for holders of ${invokers.map((one) => `\`${one}\``).join(', ')}: \`privet vault role give\``,
  });
}

/** The rights of who calls, as far as they count for values that pass through this connection. */
function rightsOf(call: InvokeCall, { name }: Connection, vault: VaultSchema): Rights {
  const { room, guest, caller, log } = call;
  const through = { ...guest, connection: name };
  const rulings = rulingsOf(through, vault, { nowMs: room.clock(), log });
  return {
    caller,
    vault,
    reveal: async (tokens) =>
      room.vaults.detokenise({
        caller,
        vault: vault.id,
        tokens: tokens.map(({ token, redaction }) => ({
          token: plainToken(token, guest, room.clock()),
          redaction,
        })),
        ruling: rulings.for('detokenize'),
        budget: rulings.budget('detokenize', vault.tables),
      }),
    requireTokens({ table: tableName, column: columnName, upserts }) {
      const table = requireTable(vault, tableName);
      const column = table.columns.find((one) => one.name === columnName);
      const operations = ['insert', 'tokenize', ...(upserts ? (['update'] as const) : [])] as const;
      for (const operation of operations) {
        const decision = rulings.decide(operation, table);
        if (decision.columns.get(column?.id ?? '')?.effect === 'allow') continue;
        const what = `\`${table.name}.${columnName.slice(0, 63)}\``;
        throw new Problem('denied', `values for ${what} are not yours to put into the vault`, {
          hint: `decision \`${decision.id}\` says why`,
        });
      }
    },
    write: (rows) =>
      writeUnder(call, rulings, {
        vault: vault.id,
        rows,
        continueOnError: false,
        bringTokens: 'never',
        idempotencyKey: null,
      }),
  };
}

/** `/v1/gateway/<place>/<id>` stands before it. */
const STEPS_BEFORE = 5;

function messageOf({ method, raw, headers, body }: FastifyRequest): Message {
  const url = raw.url ?? '/';
  const [path = ''] = url.split('?', 1);
  return {
    method,
    path: `/${path.split('/').slice(STEPS_BEFORE).join('/')}`,
    query: url.slice(path.length + 1),
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    ),
    body: Buffer.isBuffer(body) ? body : new Uint8Array(),
  };
}
