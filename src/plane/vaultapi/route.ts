import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '#base/problem';
import type { Permission } from '#boundary';
import { databaseProblem } from '#platform/db';
import { mountRoute } from '#platform/http';
import type { Arrived, Given, HttpServer, Method, RouteShape } from '#platform/http';
import type { VaultCaller, VaultSchema } from '#plane/vault';
import { guestOf, requireNetwork, requirePermission } from './guest.ts';
import type { Guest } from './guest.ts';
import { addressOf } from './network.ts';
import type { VaultRoom } from './room.ts';
import { callerOf, rulingsOf } from './ruling.ts';
import type { Rulings } from './ruling.ts';

/** Two thousand a second from one address: SDKs send one request for each token (v1), in parallel. */
const REQUESTS_PER_MINUTE_MAX = 120_000;
/** A batch of some thousand records. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Who may call: whoever a policy lets, or whoever has a permission of Privet itself. */
export type VaultNeed =
  | { readonly kind: 'policy' }
  /** As the route itself says and checks. */
  | { readonly kind: 'said'; readonly need: string }
  | { readonly kind: 'permission'; readonly anyOf: readonly Permission[] };

/** One request that was let in, with its checked input. */
export type VaultCall<P, Q, B> = {
  readonly room: VaultRoom;
  readonly guest: Guest;
  /** How the vault writes the caller into the ledger. */
  readonly caller: VaultCaller;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly reply: FastifyReply;
  readonly request: FastifyRequest;
  readonly requestId: string;
  readonly header: (name: string) => string | null;
  /** The vault of that id with what is decided about it; throws `not-found`. */
  /** Writes the leaf of a refusal when one of the problems is one: for parts of a request that fail by themselves. */
  noteDenied(problems: readonly Problem[]): Promise<void>;
  open(vault: string): Promise<{ readonly schema: VaultSchema; readonly rulings: Rulings }>;
};

export type VaultRouteSpec<P, Q, B, R> = Omit<RouteShape<P, Q, B, R>, 'prefix' | 'area'> & {
  readonly operation: string;
  readonly need: VaultNeed;
  /** Says who a request comes from, where it is not proved in `authorization`. */
  readonly guest?: (room: VaultRoom, request: FastifyRequest) => Promise<Guest>;
  readonly handle: (call: VaultCall<P, Q, B>) => Promise<Given<R>>;
};

export type VaultRoute = {
  readonly method: Method;
  readonly path: string;
  readonly operation: string;
  readonly need: VaultNeed;
  mount(server: HttpServer, room: VaultRoom): void;
};

export const POLICY: VaultNeed = { kind: 'policy' };

export function permission(...anyOf: readonly Permission[]): VaultNeed {
  return { kind: 'permission', anyOf };
}

/** A route of the vault's API. What is denied is a leaf, whoever asked for it. */
export function vaultRoute<P = unknown, Q = unknown, B = unknown, R = undefined>(
  spec: VaultRouteSpec<P, Q, B, R>,
): VaultRoute {
  const { method, path, operation, need, guest: whose = guestOf } = spec;
  return {
    method,
    path,
    operation,
    need,
    mount: (server, room) => {
      mountRoute<Guest, P, Q, B, R>(server, {
        shape: {
          perMinute: REQUESTS_PER_MINUTE_MAX,
          bodyBytesMax: BODY_BYTES_MAX,
          ...spec,
          area: 'vault',
          prefix: '',
        },
        credential: whose === guestOf ? 'bearer' : 'none',
        need: describeNeed(need),
        admit: async (request) => {
          const guest = await whose(room, request);
          return noting(refusalOf(room, { guest, operation, request }), async () => {
            requireNetwork(guest, request.ip);
            if (need.kind === 'permission') requirePermission(guest, need.anyOf);
            return guest;
          });
        },
        handle: (arrived) => {
          const { guest, request } = arrived;
          const refusal = refusalOf(room, { guest, operation, request });
          return noting(refusal, () => spec.handle(callOf(room, arrived, refusal)));
        },
        problemOf: databaseProblem,
      });
    },
  };
}

function describeNeed(need: VaultNeed): string {
  if (need.kind === 'said') return need.need;
  if (need.kind === 'policy') return 'needs a vault policy or role that allows it';
  return `needs permission ${need.anyOf.map((one) => `\`${one}\``).join(' or ')}`;
}

type Asked = {
  readonly guest: Guest;
  readonly operation: string;
  readonly request: FastifyRequest;
};

/** Writes that the request was refused; once, however often it is called. */
type Refusal = () => Promise<void>;

function refusalOf(room: VaultRoom, { guest, operation, request }: Asked): Refusal {
  let isWritten = false;
  return async () => {
    if (isWritten) return;
    isWritten = true;
    await room.ledger.write({
      kind: 'access-refused',
      actor: { kind: 'subject', id: guest.subject.id },
      session: request.id,
      operation,
      code: 'denied',
      address: addressOf(request.ip),
    });
  };
}

async function noting<T>(refusal: Refusal, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'denied') await refusal();
    throw thrown;
  }
}

function callOf<P, Q, B>(
  room: VaultRoom,
  arrived: Arrived<Guest, P, Q, B>,
  refusal: Refusal,
): VaultCall<P, Q, B> {
  const { guest, params, query, body, request, reply } = arrived;
  return {
    room,
    guest,
    caller: callerOf(guest, request.id),
    params,
    query,
    body,
    reply,
    request,
    requestId: request.id,
    header: (name) => {
      const value = request.headers[name];
      return typeof value === 'string' && value !== '' ? value : null;
    },
    noteDenied: async (problems) => {
      if (problems.some(({ code }) => code === 'denied')) await refusal();
    },
    open: async (vault) => {
      const schema = await room.vaults.schema(vault);
      return { schema, rulings: rulingsOf(guest, schema, room.clock()) };
    },
  };
}
