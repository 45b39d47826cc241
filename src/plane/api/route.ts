import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyTypeProviderDefault,
} from 'fastify';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { z } from 'zod';
import { present } from '#base/assert';
import { databaseProblem } from '#platform/db';
import { failureSchema } from '#platform/http';
import type { HttpServer } from '#platform/http';
import type { Border } from '#plane/border';
import type { Keyring } from '#plane/keys';
import type { Ledger } from '#plane/ledger';
import type { Actor, Sources } from '#plane/sources';
import { admit } from './guard.ts';
import type { Caller } from './guard.ts';
import { describeNeed } from './need.ts';
import type { Need } from './need.ts';

/** What the routes work with. */
export type Room = {
  readonly plane: string;
  readonly border: Pick<Border<unknown>, 'current' | 'status' | 'outbox' | 'tell'>;
  readonly ledger: Pick<Ledger, 'write' | 'read' | 'follow' | 'head' | 'verify' | 'waiting'>;
  readonly keyring: Pick<Keyring, 'list' | 'roll' | 'use' | 'version'>;
  readonly sources: Sources;
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

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export type RouteSpec<P, Q, B, R> = {
  readonly method: Method;
  /** With `:parameters`, below `/api/v1`. */
  readonly path: string;
  /** Name of the operation in OpenAPI and in the ledger. */
  readonly operation: string;
  readonly need: Need;
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
  readonly operation: string;
  readonly need: Need;
  mount(server: HttpServer, room: Room): void;
};

const PREFIX = '/api/v1';

/** A route of the API: who may call it, what it takes, what it gives, and what it does. */
export function route<P = unknown, Q = unknown, B = unknown, R = undefined>(
  spec: RouteSpec<P, Q, B, R>,
): Route {
  return {
    method: spec.method,
    path: `${PREFIX}${spec.path}`,
    operation: spec.operation,
    need: spec.need,
    mount: (server, room) => mount(server, room, spec),
  };
}

type PlainServer = FastifyInstance<Server, IncomingMessage, ServerResponse>;

function mount<P, Q, B, R>(server: HttpServer, room: Room, spec: RouteSpec<P, Q, B, R>): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  // The types of a route are checked by `RouteSpec`; to Fastify they are whatever its compilers make of the schemas.
  const plain: PlainServer = server.withTypeProvider<FastifyTypeProviderDefault>();
  plain.route({
    method: spec.method,
    url: `${PREFIX}${spec.path}`,
    schema: schemaOf(spec),
    config: spec.perMinute === undefined ? {} : { rateLimit: limitOf(spec.perMinute) },
    // Before the body is read: whoever may not call learns nothing from how their body is judged.
    onRequest: async (request) => {
      callers.set(request, await translated(() => admit(room, spec, request)));
    },
    handler: async (request, reply) => {
      const caller = present(callers.get(request), 'caller');
      const call = callOf<P, Q, B>(room, caller, { request, reply });
      const answer = await translated(() => spec.handle(call));
      return spec.answers === undefined
        ? reply.status(204).send()
        : reply.status(spec.status ?? 200).send(answer);
    },
  });
}

function callOf<P, Q, B>(
  room: Room,
  caller: Caller,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Call<P, Q, B> {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return {
    room,
    // Fastify has run the route's zod schemas over these three.
    params: request.params as P,
    query: request.query as Q,
    body: request.body as B,
    caller,
    actor: { kind: 'subject', id: caller.subject.id },
    requestId: request.id,
    signal: gone.signal,
  };
}

function schemaOf<P, Q, B, R>(spec: RouteSpec<P, Q, B, R>) {
  const need = describeNeed(spec.need);
  const answer = spec.answers ?? z.undefined().describe('done');
  return {
    operationId: spec.operation,
    summary: spec.summary,
    description: `${need.slice(0, 1).toUpperCase()}${need.slice(1)}.`,
    tags: [spec.area],
    security: [{ bearer: [] }],
    ...(spec.params === undefined ? {} : { params: spec.params }),
    ...(spec.query === undefined ? {} : { querystring: spec.query }),
    ...(spec.body === undefined ? {} : { body: spec.body }),
    response: {
      [spec.answers === undefined ? 204 : (spec.status ?? 200)]: answer,
      '4xx': failureSchema,
    },
  };
}

function limitOf(perMinute: number) {
  return { max: perMinute, timeWindow: '1 minute' };
}

/** Runs a step so that database errors come out as problems that quote nothing. */
async function translated<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (thrown) {
    throw databaseProblem(thrown);
  }
}
