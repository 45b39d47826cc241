import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyTypeProviderDefault,
} from 'fastify';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { z } from 'zod';
import { present, unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import type { BundleDesk } from '#control/access';
import type { RegistrationRule } from '#control/catalog';
import { inWork } from '#control/identity';
import type { Asker, Caller, KnownPlane, Office, SigningKey, Work } from '#control/identity';
import { databaseProblem } from '#platform/db';
import { failureSchema } from '#platform/http';
import type { HttpServer } from '#platform/http';
import { admit } from './guard.ts';
import type { Gate, Guest } from './guard.ts';
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

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type RouteSpec<P, Q, B, R> = {
  readonly method: Method;
  /** With `:parameters`, below `/api/v1`. */
  readonly path: string;
  readonly need: Need;
  readonly by?: Gate['by'];
  readonly evenTemporary?: Gate['evenTemporary'];
  /** Groups routes in the documentation. */
  readonly area: string;
  /** What it does, one line, imperative. */
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Shape of the answer; none means 204. */
  readonly answers?: z.ZodType<R>;
  /** 200 unless something is made (201). */
  readonly status?: 200 | 201;
  /** Requests a minute of one address, where the server's own limit is too wide. */
  readonly perMinute?: number;
  readonly bodyBytesMax?: number;
  readonly handle: (call: Call<P, Q, B>) => Promise<Given<R>>;
};

/** What a handler gives: what the schema says, and nobody may change it. */
type Given<R> = R extends readonly (infer E)[]
  ? readonly Given<E>[]
  : R extends object
    ? { readonly [K in keyof R]: Given<R[K]> }
    : R;

/** A route as the server and the tests see it; what it takes and gives is kept inside. */
export type Route = {
  readonly method: Method;
  readonly path: string;
  readonly need: Need;
  readonly summary: string;
  mount(server: HttpServer, room: Room): void;
};

const PREFIX = '/api/v1';

/** A route of the API: who may call it, what it takes, what it gives, and what it does. */
export function route<P = unknown, Q = unknown, B = unknown, R = undefined>(
  spec: RouteSpec<P, Q, B, R>,
): Route {
  const path = `${PREFIX}${spec.path}`;
  return {
    method: spec.method,
    path,
    need: spec.need,
    summary: spec.summary,
    mount: (server, room) => mount(server, room, spec),
  };
}

type PlainServer = FastifyInstance<Server, IncomingMessage, ServerResponse>;

function mount<P, Q, B, R>(server: HttpServer, room: Room, spec: RouteSpec<P, Q, B, R>): void {
  const guests = new WeakMap<FastifyRequest, Guest>();
  // The types of a route are checked by `RouteSpec`; to Fastify they are whatever its compilers make of the schemas.
  const plain: PlainServer = server.withTypeProvider<FastifyTypeProviderDefault>();
  plain.route({
    method: spec.method,
    url: `${PREFIX}${spec.path}`,
    schema: schemaOf(spec),
    ...(spec.bodyBytesMax === undefined ? {} : { bodyLimit: spec.bodyBytesMax }),
    config: spec.perMinute === undefined ? {} : { rateLimit: limitOf(spec.perMinute) },
    // Before the body is read: whoever may not call learns nothing from how their body is judged.
    onRequest: async (request) => {
      guests.set(request, await translated(() => admit(room.office, spec, request)));
    },
    handler: async (request, reply) => {
      const guest = present(guests.get(request), 'guest');
      const call = callOf<P, Q, B>({ room, guest, request, reply });
      const answer = await translated(() => spec.handle(call));
      if (reply.sent) return reply;
      return spec.answers === undefined
        ? reply.status(204).send()
        : reply.status(spec.status ?? 200).send(answer);
    },
  });
}

type Arrived = {
  readonly room: Room;
  readonly guest: Guest;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

function callOf<P, Q, B>({ room, guest, request, reply }: Arrived): Call<P, Q, B> {
  const asker = { actor: actorOf(guest), requestId: request.id, address: request.ip };
  return {
    room,
    // Fastify has run the route's zod schemas over these three.
    params: request.params as P,
    query: request.query as Q,
    body: request.body as B,
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

function schemaOf<P, Q, B, R>(spec: RouteSpec<P, Q, B, R>) {
  const need = describeNeed(spec.need);
  const answer = spec.answers ?? z.undefined().describe('done');
  return {
    summary: spec.summary,
    description: `${need.slice(0, 1).toUpperCase()}${need.slice(1)}.`,
    tags: [spec.area],
    ...(spec.need.kind === 'nothing' ? {} : { security: SECURITY }),
    ...(spec.params === undefined ? {} : { params: spec.params }),
    ...(spec.query === undefined ? {} : { querystring: spec.query }),
    ...(spec.body === undefined ? {} : { body: spec.body }),
    response: {
      [spec.answers === undefined ? 204 : (spec.status ?? 200)]: answer,
      '4xx': failureSchema,
    },
  };
}

/** Browsers send the session's cookie instead; planes their token. */
const SECURITY = [{ bearer: [] }];

function limitOf(perMinute: number) {
  return { max: perMinute, timeWindow: '1 minute' };
}

/** Runs a step so that database errors come out as problems that quote nothing. */
async function translated<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (thrown) {
    const known = thrown instanceof Problem || isZod(thrown);
    throw known ? thrown : databaseProblem(thrown);
  }
}

function isZod(thrown: unknown): boolean {
  return thrown instanceof z.ZodError;
}
