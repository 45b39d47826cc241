import { createServer as createTlsServer } from 'node:https';
import type { Server as TlsServer } from 'node:https';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { fastify } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { Problem } from '#base/problem';
import type { ServerCertificate } from './certificate.ts';
import { failureOf, refusalOf } from './failure.ts';
import { HTTP_LIMITS } from './limits.ts';

/** A server whose routes take zod schemas; a part adds its routes as a Fastify plug-in or by a function of this. */
export type HttpServer = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the server tells after each answer; `route` is the pattern, never the address with its values. */
export type Answered = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  /** What was thrown, when something was. */
  readonly error: unknown;
};

export type ServerOptions = {
  readonly title: string;
  readonly version: string;
  readonly certificate: ServerCertificate;
  /**
   * Asks clients for a certificate and lets them in whether they have one or not: routes judge. The authority named is a hint, so that
   * browsers whose people have certificates of others do not ask them to choose one.
   */
  readonly clientCertificates?: { readonly hintPem: string };
  /** Seconds that browsers keep to HTTPS for this name (RFC 6797); left out or 0, none. */
  readonly hstsSeconds?: number;
  /** Makes the id of each request; ids sent by callers are not believed. */
  readonly requestId: () => string;
  readonly onAnswered?: (answered: Answered) => void;
  readonly requestsPerMinuteMax?: number;
  /** The address a request means, given the one it came with. */
  readonly rewriteUrl?: (url: string) => string;
};

/**
 * An HTTPS server (TLS 1.2 and newer) with the house rules: request ids, one error shape, limits, security headers,
 * validation and OpenAPI from the same zod schemas, `GET /openapi.json`. Routes are added before `listen`.
 */
export async function createHttpServer(options: ServerOptions): Promise<HttpServer> {
  const { rewriteUrl } = options;
  const server = fastify({
    genReqId: options.requestId,
    bodyLimit: HTTP_LIMITS.bodyBytesMax,
    keepAliveTimeout: HTTP_LIMITS.keepAliveMs,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: HTTP_LIMITS.parameterCharactersMax },
    ...(rewriteUrl === undefined
      ? {}
      : { rewriteUrl: (request: IncomingMessage) => rewriteUrl(request.url ?? '/') }),
    logger: false,
    serverFactory: (handler) => tlsServer(handler, options),
    // Addresses the router cannot read never reach the hooks below.
    frameworkErrors: (thrown, request, reply) => {
      identify(request.id, reply);
      answerFailure(thrown, request.id, reply);
    },
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  // Files arrive as they are sent; the handler reads them, and bounds them.
  server.addContentTypeParser(BYTES, (_request, payload, done) => done(null, payload));
  answerFailures(server);
  observe(server, options);
  boundBodies(server);
  await protect(server, options);
  await describe(server, options);
  return server;
}

/** What a file is sent as. */
const BYTES = 'application/octet-stream';

function tlsServer(handler: RequestListener, options: ServerOptions): Server {
  const server = createTlsServer(
    {
      ...secureContextOf(options.certificate, options.clientCertificates?.hintPem),
      ...(options.clientCertificates === undefined
        ? {}
        : { requestCert: true, rejectUnauthorized: false }),
      headersTimeout: HTTP_LIMITS.requestMs,
      // Bodies have their own: Node has one for all routes, and streams take as long as they take.
      requestTimeout: 0,
      keepAliveTimeout: HTTP_LIMITS.keepAliveMs,
    },
    handler,
  );
  server.maxConnections = HTTP_LIMITS.connectionsMax;
  return server;
}

function secureContextOf({ chainPem, keyPem }: ServerCertificate, hintPem?: string) {
  const hint = hintPem === undefined ? {} : { ca: hintPem };
  return { cert: chainPem, key: keyPem.reveal(), minVersion: 'TLSv1.2', ...hint } as const;
}

/** Shows another certificate from the next handshake on; connections that stand are not touched. */
export function renewCertificate(
  server: HttpServer,
  { certificate, clientCertificates }: Pick<ServerOptions, 'certificate' | 'clientCertificates'>,
): void {
  // Fastify was given a server of its own making below, which is always this one (`tlsServer`).
  const tls = server.server as TlsServer;
  tls.setSecureContext(secureContextOf(certificate, clientCertificates?.hintPem));
}

function answerFailures(server: HttpServer): void {
  server.setErrorHandler((thrown, request, reply) => answerFailure(thrown, request.id, reply));
  server.setNotFoundHandler((request, reply) =>
    answerFailure(new Problem('not-found', 'there is nothing at this address'), request.id, reply),
  );
}

const THROWN = Symbol('thrown');

/** What every answer says of itself, also those that go wrong before any hook. */
function identify(requestId: string, reply: FastifyReply): void {
  void reply.header('x-request-id', requestId);
  void reply.header('cache-control', 'no-store');
}

function answerFailure(thrown: unknown, requestId: string, reply: FastifyReply): FastifyReply {
  return answerRefusal(thrown, reply, (problem) => failureOf(problem, requestId));
}

/** Answers what was thrown with its status and that body; what it was is told to whoever watches answers (`onAnswered`). */
export function answerRefusal(
  thrown: unknown,
  reply: FastifyReply,
  bodyOf: (problem: Problem, status: number) => unknown,
): FastifyReply {
  const { problem, status } = refusalOf(thrown);
  Object.assign(reply.raw, { [THROWN]: thrown });
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="privet"');
  return reply
    .status(status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(bodyOf(problem, status));
}

function observe(server: HttpServer, options: ServerOptions): void {
  server.addHook('onRequest', async (request, reply) => {
    identify(request.id, reply);
  });
  server.addHook('onResponse', async (request, reply) => {
    options.onAnswered?.({
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      requestId: request.id,
      error: (reply.raw as { [THROWN]?: unknown })[THROWN],
    });
  });
}

/** A body must be there in time, and one that is read as it comes must not stand still. */
function boundBodies(server: HttpServer): void {
  server.addHook('onRequest', async ({ raw, headers, routeOptions }, reply) => {
    const hasBody =
      headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
    const { streams } = routeOptions.config as { readonly streams?: true };
    if (!hasBody && streams !== true) return;
    if (streams === true) watchIdle(raw, reply.raw);
    else watchWhole(raw, reply.raw);
  });
}

function watchWhole(raw: IncomingMessage, answer: ServerResponse): void {
  const timer = setTimeout(() => raw.destroy(), HTTP_LIMITS.requestMs);
  raw.once('end', () => clearTimeout(timer));
  answer.once('close', () => clearTimeout(timer));
}

/** Ends a connection on which nothing moved, in neither direction, since it was looked at last. */
function watchIdle({ socket }: IncomingMessage, answer: ServerResponse): void {
  let seen = '';
  const timer = setInterval(() => {
    const now = `${socket.bytesRead} ${socket.bytesWritten}`;
    if (now === seen) socket.destroy();
    seen = now;
  }, HTTP_LIMITS.idleMs);
  timer.unref();
  answer.once('close', () => clearInterval(timer));
}

async function protect(server: HttpServer, options: ServerOptions): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
    },
    // A browser would remember HSTS for every port of `localhost`, so that it is for names of one's own.
    hsts:
      options.hstsSeconds === undefined || options.hstsSeconds === 0
        ? false
        : { maxAge: options.hstsSeconds, includeSubDomains: false },
  });
  await server.register(rateLimit, {
    max: options.requestsPerMinuteMax ?? HTTP_LIMITS.requestsPerMinuteMax,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, context) =>
      new Problem('limit', `too many requests: limit ${context.max} in ${context.after}`, {
        hint: `try again in ${Math.ceil(context.ttl / 1000)} s`,
      }),
  });
}

async function describe(server: HttpServer, options: ServerOptions): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.title, version: options.version },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
  });
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
}

/** Listens and gives the port (which differs from the wish when that was 0); throws `unavailable` when it is taken. */
export async function listen(
  server: HttpServer,
  at: { host: string; port: number },
): Promise<number> {
  try {
    await server.listen(at);
  } catch (cause) {
    throw new Problem('unavailable', `cannot listen on \`${at.host}:${at.port}\``, {
      hint: 'another program uses that port, or it needs rights this user does not have: choose another in the settings',
      cause,
    });
  }
  const address = server.server.address();
  return typeof address === 'object' && address !== null ? address.port : at.port;
}

/** Stops listening, lets running requests finish for `HTTP_LIMITS.closeMs`, then closes every connection. */
export async function closeServer(server: HttpServer): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), HTTP_LIMITS.closeMs);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}
