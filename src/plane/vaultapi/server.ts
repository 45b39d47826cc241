import multipart from '@fastify/multipart';
import { Problem } from '#base/problem';
import type { FastifyReply } from 'fastify';
import { answerRefusal } from '#platform/http';
import type { HttpServer } from '#platform/http';
import { mountAuthRoute } from './callers/authroutes.ts';
import { batchRoutes } from './batchroutes.ts';
import { connectionRoutes } from './connections/connectionroutes.ts';
import { invokeRoutes } from './connections/invokeroutes.ts';
import { BULK_MEDIA, bulkRoutes } from './bulk/bulkroutes.ts';
import { detectFileRoutes } from './detect/detectfileroutes.ts';
import { decisionRoutes } from './decisions/decisionroutes.ts';
import { detectRoutes } from './detect/detectroutes.ts';
import { envelopeOf } from './envelope.ts';
import { fileRoutes, mountLinkRoute } from './files/fileroutes.ts';
import { forgetRoutes } from './forgetroutes.ts';
import { queryRoutes } from './queryroutes.ts';
import { moveRoutes } from './moveroutes.ts';
import { recordRoutes } from './recordroutes.ts';
import type { VaultRoom } from './room.ts';
import { DECISION_HEADER } from './route.ts';
import type { VaultRoute } from './route.ts';
import { schemaRoutes } from './schemaroutes.ts';
import { templateRoutes } from './templateroutes.ts';
import { tokenRoutes } from './tokenroutes.ts';

const PLAIN_ROUTES: readonly VaultRoute[] = [
  ...schemaRoutes,
  ...templateRoutes,
  ...forgetRoutes,
  ...tokenRoutes,
  ...queryRoutes,
  ...batchRoutes,
  ...moveRoutes,
  ...decisionRoutes,
  ...recordRoutes,
  ...connectionRoutes,
  ...detectRoutes,
  ...detectFileRoutes,
];

/** Every route of the vault's API but the ones that give bearer tokens, and files behind links. */
export const VAULT_ROUTES: readonly VaultRoute[] = [
  ...PLAIN_ROUTES,
  ...fileRoutes,
  ...bulkRoutes,
  ...invokeRoutes,
];

/** Adds the vault's routes to a server that does not listen yet; what goes wrong in them is answered in Skyflow's shape. */
export async function addVaultRoutes(server: HttpServer, room: VaultRoom): Promise<void> {
  await server.register(async (scope: HttpServer) => {
    answerInEnvelopes(scope);
    readBodies(scope);
    mountAuthRoute(scope, room);
    for (const route of PLAIN_ROUTES) route.mount(scope, room);
    // Forms cost every request of their scope something: the others do without.
    await scope.register(async (files: HttpServer) => {
      await files.register(multipart);
      mountLinkRoute(files, room);
      for (const route of fileRoutes) route.mount(files, room);
    });
    await scope.register(async (bulk: HttpServer) => {
      bulk.addContentTypeParser(BULK_MEDIA, (_request, payload, done) => done(null, payload));
      for (const route of bulkRoutes) route.mount(bulk, room);
    });
    await scope.register(async (calls: HttpServer) => {
      // Read as routes of connections say, and by nobody before.
      calls.removeAllContentTypeParsers();
      calls.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
        done(null, body),
      );
      for (const route of invokeRoutes) route.mount(calls, room);
    });
  });
}

function answerInEnvelopes(scope: HttpServer): void {
  scope.setErrorHandler((thrown, _request, reply) =>
    answerRefusal(thrown, reply, (problem, status) =>
      envelopeOf(problem, status, decisionsOf(reply)),
    ),
  );
}

function decisionsOf(reply: FastifyReply): readonly string[] {
  const named = reply.getHeader(DECISION_HEADER);
  return typeof named === 'string' ? named.split(', ') : [];
}

/** SDKs send `{}` with DELETE, or nothing at all while they say it is JSON. */
function readBodies(scope: HttpServer): void {
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? {} : parsed(body as Buffer));
    } catch (thrown) {
      done(thrown as Error);
    }
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parsed(body: Buffer): unknown {
  const text = textIn(body);
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__')
        throw new Problem('invalid', 'the body has a key that is not allowed');
      return value;
    });
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    // The parser's own message quotes the text.
    throw new Problem('invalid', 'the body expected JSON');
  }
}

function textIn(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new Problem('invalid', 'the body expected UTF-8');
  }
}
