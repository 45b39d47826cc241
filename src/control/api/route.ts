import type { FastifyReply, FastifyRequest } from 'fastify';
import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import type { BundleDesk } from '#control/access';
import type { RegistrationRule } from '#control/catalog';
import { inWork } from '#control/identity';
import type { Asker, Caller, KnownPlane, Office, SigningKey, Work } from '#control/identity';
import type { SecretKeys } from '#control/observe';
import { databaseProblem } from '#platform/db';
import { mountRoute, routePath } from '#platform/http';
import type { Arrived, Given, HttpServer, Method, RouteShape } from '#platform/http';
import { admit } from './guard.ts';
import type { Gate, Guest, PlaneCertificates } from './guard.ts';
import { describeNeed } from './need.ts';
import type { Need } from './need.ts';

/** What the routes work with. */
export type Room = {
  readonly office: Office;
  readonly key: SigningKey;
  /** File with the one-time set-up token. */
  readonly setupTokenFile: string;
  /** What becomes of columns found when a system is registered. */
  readonly registration: RegistrationRule;
  /** What the secrets of alert channels are sealed under. */
  readonly secretKeys: SecretKeys;
  /** Whether alerts may go to receivers on this machine. */
  readonly alertsToLoopback: boolean;
  readonly planeCertificates: PlaneCertificates;
  /** Where planes fetch their bundles; whoever opened it closes it. */
  readonly bundles: BundleDesk;
};

/** One request that was let in, with its checked input. */
export type Call<P, Q, B> = {
  readonly room: Room;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly asker: Asker;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Who called; only in routes that need a session. */
  readonly caller: () => Caller;
  /** Which plane called; only in routes that need one. */
  readonly plane: () => KnownPlane;
  /** Runs a change in one transaction as the caller. */
  readonly does: <T>(change: (work: Work) => Promise<T>) => Promise<T>;
};

export type RouteSpec<P, Q, B, R> = RouteShape<P, Q, B, R> &
  Gate & { readonly handle: (call: Call<P, Q, B>) => Promise<Given<R>> };

/** A route as the server and the tests see it; what it takes and gives is kept inside. */
export type Route = {
  readonly method: Method;
  readonly path: string;
  readonly need: Need;
  readonly summary: string;
  mount(server: HttpServer, room: Room): void;
};

/** A route of the API: who may call it, what it takes, what it gives, and what it does. */
export function route<P = unknown, Q = unknown, B = unknown, R = undefined>(
  spec: RouteSpec<P, Q, B, R>,
): Route {
  return {
    method: spec.method,
    path: routePath(spec),
    need: spec.need,
    summary: spec.summary,
    mount: (server, room) => {
      mountRoute<Guest, P, Q, B, R>(server, {
        shape: spec,
        // Browsers send the session's cookie instead; planes their token.
        credential: spec.need.kind === 'nothing' ? 'none' : 'bearer',
        need: describeNeed(spec.need),
        admit: (request) => admit(room, spec, request),
        handle: (arrived) => spec.handle(callOf(room, arrived)),
        problemOf: databaseProblem,
      });
    },
  };
}

function callOf<P, Q, B>(room: Room, arrived: Arrived<Guest, P, Q, B>): Call<P, Q, B> {
  const { guest, params, query, body, request, reply } = arrived;
  const asker = { actor: actorOf(guest), requestId: request.id, address: request.ip };
  return {
    room,
    params,
    query,
    body,
    asker,
    request,
    reply,
    caller: () => {
      if (guest.kind === 'caller') return guest.caller;
      throw new Problem('internal', 'route has no caller');
    },
    plane: () => {
      if (guest.kind === 'plane') return guest.plane;
      throw new Problem('internal', 'route has no plane');
    },
    does: (change) => inWork(room.office, asker, change),
  };
}

function actorOf(guest: Guest) {
  switch (guest.kind) {
    case 'nobody':
      return { id: 'nobody', name: 'nobody' };
    case 'caller':
      return guest.caller;
    case 'plane':
      return { id: 'plane', name: guest.plane.name };
    default:
      return unreachable(guest);
  }
}
