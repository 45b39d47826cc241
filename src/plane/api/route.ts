import { databaseProblem } from '#platform/db';
import type { RoleReport } from '#platform/db';
import { mountRoute, routePath } from '#platform/http';
import type { Arrived, Given, HttpServer, Method, RouteShape } from '#platform/http';
import type { Border } from '#plane/border';
import type { Collector } from '#plane/collector';
import type { Egress } from '#plane/egress';
import type { Exports } from '#plane/exports';
import type { Keyring, Rewrapping } from '#plane/keys';
import type { Ledger, Log } from '#plane/ledger';
import type { Operator } from '#plane/operator';
import type { Actor, Sources } from '#plane/sources';
import { admit } from './guard.ts';
import type { Caller, Gate } from './guard.ts';
import { describeNeed } from './need.ts';
import type { Need } from './need.ts';
import { requireGrant } from './undergrant.ts';

/** What the routes work with. */
export type Room = {
  readonly plane: string;
  readonly border: Pick<
    Border<unknown>,
    'current' | 'status' | 'outbox' | 'setMode' | 'release' | 'tell' | 'pulled'
  >;
  readonly ledger: Pick<
    Ledger,
    'write' | 'read' | 'follow' | 'search' | 'head' | 'verify' | 'waiting'
  >;
  readonly log: Pick<Log, 'vkey' | 'newest' | 'proof' | 'resource'>;
  readonly keyring: Pick<
    Keyring,
    'list' | 'destroyed' | 'destroy' | 'roll' | 'use' | 'version' | 'wrapped' | 'fault'
  >;
  readonly rewrapping: Pick<Rewrapping, 'begin' | 'state'>;
  readonly sources: Sources;
  readonly egress: Pick<Egress, 'rules' | 'workloads' | 'connections'>;
  readonly exports: Pick<Exports, 'list'>;
  readonly collector: Collector;
  readonly operator: Omit<Operator, 'close'>;
  /** What the plane's own database role can do beyond what it needs. */
  readonly ownRole: () => Promise<RoleReport>;
  readonly clock: () => number;
};

/** One request that was let in, with its checked input. */
export type Call<P, Q, B> = {
  readonly room: Room;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: Caller;
  /** The caller, as leaves and parts name them. */
  readonly actor: Extract<Actor, { kind: 'subject' }>;
  readonly requestId: string;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
};

export type RouteSpec<P, Q, B, R> = RouteShape<P, Q, B, R> &
  Gate & { readonly handle: (call: Call<P, Q, B>) => Promise<Given<R>> };

/** A route as the server and the tests see it; what it takes and gives is kept inside. */
export type Route = {
  readonly method: Method;
  readonly path: string;
  readonly operation: string;
  readonly area: string;
  readonly need: Need;
  mount(server: HttpServer, room: Room): void;
};

/** A route of the API: who may call it, what it takes, what it gives, and what it does. */
export function route<P = unknown, Q = unknown, B = unknown, R = undefined>(
  spec: RouteSpec<P, Q, B, R>,
): Route {
  return {
    method: spec.method,
    path: routePath(spec),
    operation: spec.operation,
    area: spec.area,
    need: spec.need,
    mount: (server, room) => {
      mountRoute<Caller, P, Q, B, R>(server, {
        shape: spec,
        credential: 'bearer',
        need: describeNeed(spec.need),
        admit: (request) => admit(room, spec, request),
        handle: async (arrived) => {
          const call = callOf(room, arrived);
          await requireGrant(spec, call);
          return spec.handle(call);
        },
        problemOf: databaseProblem,
      });
    },
  };
}

function callOf<P, Q, B>(room: Room, arrived: Arrived<Caller, P, Q, B>): Call<P, Q, B> {
  const { guest: caller, params, query, body, request, reply } = arrived;
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return {
    room,
    params,
    query,
    body,
    caller,
    actor: { kind: 'subject', id: caller.subject.id },
    requestId: request.id,
    signal: gone.signal,
  };
}
