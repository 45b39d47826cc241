import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyTypeProviderDefault } from 'fastify';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { z } from 'zod';
import { present } from '#base/assert';
import type { Problem } from '#base/problem';
import { failureSchema } from './failure.ts';
import type { HttpServer } from './server.ts';

/** What every address of an API of ours begins with. */
const API_PREFIX = '/api/v1';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Where a route is, what it takes and what it gives: checked on the way in and out, and its documentation. */
export type RouteShape<P, Q, B, R> = {
  readonly method: Method;
  /** With `:parameters`, below `prefix`. */
  readonly path: string;
  /** What the address begins with; `/api/v1` unless the contract is somebody else's. */
  readonly prefix?: '' | undefined;
  /** Name of the operation in OpenAPI. */
  readonly operation?: string;
  /** Groups routes in the documentation. */
  readonly area: string;
  /** What it does, one line, imperative. */
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Shape of the answer; none means 204. */
  readonly answers?: z.ZodType<R>;
  /** What the answer is when it is not JSON but bytes; `answers` is then `bytesShape`. */
  readonly media?: string;
  /** 200 unless something is made (201). */
  readonly status?: 200 | 201;
  /** Requests a minute of one address, where the server's own limit is too wide. */
  readonly perMinute?: number;
  readonly bodyBytesMax?: number;
  /**
   * Media types of a body that the handler reads as it comes, and bounds itself: there is no time for the whole of it, and no
   * `body` to check. Their parsers are whoever's who adds the route.
   */
  readonly takes?: readonly string[];
  /** The handler sends bytes of type `media` itself, as they come. */
  readonly streams?: true;
};

/** What a handler gives: what the schema says, and nobody may change it. */
export type Given<R> = R extends readonly (infer E)[]
  ? readonly Given<E>[]
  : R extends Uint8Array
    ? R
    : R extends object
      ? { readonly [K in keyof R]: Given<R[K]> }
      : R;

/** A request that was let in as `guest`, with its checked input. */
export type Arrived<G, P, Q, B> = {
  readonly guest: G;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/** How an API serves one route: who gets in, and what then happens. */
export type Service<G, P, Q, B, R> = {
  readonly shape: RouteShape<P, Q, B, R>;
  /** `none`: anybody may call it. */
  readonly credential: 'bearer' | 'none';
  /** Who may call it, as the documentation says it: "needs …". */
  readonly need: string;
  /** Says who a request comes from; throws when they may not call this. */
  readonly admit: (request: FastifyRequest) => Promise<G>;
  readonly handle: (arrived: Arrived<G, P, Q, B>) => Promise<Given<R>>;
  /** What is answered when one of these throws; quotes nothing. */
  readonly problemOf: (thrown: unknown) => Problem;
};

/** The path of a route from the root of its server. */
export function routePath(
  shape: Pick<RouteShape<unknown, unknown, unknown, unknown>, 'path' | 'prefix'>,
): string {
  return `${shape.prefix ?? API_PREFIX}${shape.path}`;
}

/** Of an answer that is bytes. */
export const bytesShape = z.instanceof(Uint8Array);
const BINARY = z.string().meta({ format: 'binary' });
/** What the handler reads is not checked before. */
const UNCHECKED = z.unknown().meta({ type: 'string', format: 'binary' });

type PlainServer = FastifyInstance<Server, IncomingMessage, ServerResponse>;

/** Adds a route to a server that does not listen yet. */
export function mountRoute<G, P, Q, B, R>(
  server: HttpServer,
  service: Service<G, P, Q, B, R>,
): void {
  const { shape } = service;
  const guests = new WeakMap<FastifyRequest, { readonly guest: G }>();
  // The types of a route are checked by `RouteShape`; to Fastify they are whatever its compilers make of the schemas.
  const plain: PlainServer = server.withTypeProvider<FastifyTypeProviderDefault>();
  plain.route({
    method: shape.method,
    url: routePath(shape),
    schema: schemaOf(service),
    ...(shape.bodyBytesMax === undefined ? {} : { bodyLimit: shape.bodyBytesMax }),
    config: {
      ...(shape.perMinute === undefined ? {} : { rateLimit: limitOf(shape.perMinute) }),
      ...(shape.takes === undefined && shape.streams === undefined ? {} : { streams: true }),
    },
    // Before the body is read: whoever may not call learns nothing from how their body is judged.
    onRequest: async (request) => {
      guests.set(request, { guest: await translated(service, () => service.admit(request)) });
    },
    handler: async (request, reply) => {
      const { guest } = present(guests.get(request), 'guest');
      const arrived = arrivedFrom<G, P, Q, B>(guest, request, reply);
      const answer = await translated(service, () => service.handle(arrived));
      if (reply.sent || reply.raw.headersSent) return reply;
      if (shape.media !== undefined) {
        return reply.type(shape.media).send(Buffer.from(answer as Uint8Array));
      }
      return shape.answers === undefined
        ? reply.status(204).send()
        : reply.status(shape.status ?? 200).send(answer);
    },
  });
}

function arrivedFrom<G, P, Q, B>(
  guest: G,
  request: FastifyRequest,
  reply: FastifyReply,
): Arrived<G, P, Q, B> {
  return {
    guest,
    // Fastify has run the route's zod schemas over these three.
    params: request.params as P,
    query: request.query as Q,
    body: request.body as B,
    request,
    reply,
  };
}

function schemaOf<G, P, Q, B, R>({ shape, credential, need }: Service<G, P, Q, B, R>) {
  const answer =
    shape.media === undefined
      ? (shape.answers ?? z.undefined().describe('done'))
      : { description: 'bytes', content: { [shape.media]: { schema: BINARY } } };
  return {
    ...(shape.operation === undefined ? {} : { operationId: shape.operation }),
    summary: shape.summary,
    description: `${need.slice(0, 1).toUpperCase()}${need.slice(1)}.`,
    tags: [shape.area],
    ...(credential === 'none' ? {} : { security: [{ bearer: [] }] }),
    ...(shape.params === undefined ? {} : { params: shape.params }),
    ...(shape.query === undefined ? {} : { querystring: shape.query }),
    ...(shape.body === undefined ? {} : { body: shape.body }),
    ...(shape.takes === undefined ? {} : { body: UNCHECKED, consumes: [...shape.takes] }),
    response: {
      [shape.answers === undefined ? 204 : (shape.status ?? 200)]: answer,
      '4xx': failureSchema,
    },
  };
}

function limitOf(perMinute: number) {
  return { max: perMinute, timeWindow: '1 minute' };
}

async function translated<T>(
  { problemOf }: { readonly problemOf: (thrown: unknown) => Problem },
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (thrown) {
    throw problemOf(thrown);
  }
}
