import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import type { HttpServer } from './server.ts';

export type Operations = {
  /** Runs the checks of one kind; `state` decides the status, the rest is shown as it is. */
  readonly report: (kind: 'live' | 'ready') => Promise<{ readonly state: 'ok' | 'failing' }>;
  /** The metrics in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  /** Asked for as bearer token; without one, only callers on this machine may read metrics. */
  readonly metricsToken: Secret | null;
};

/**
 * Adds `/healthz` (200 while the process should live), `/readyz` (200 while it should be sent work) and `/metrics`.
 * Both reports name checks and what fails, and nothing else, since anybody may ask.
 */
export function addOperations(server: HttpServer, operations: Operations): void {
  const hidden = { schema: { hide: true } };
  for (const [path, kind] of [
    ['/healthz', 'live'],
    ['/readyz', 'ready'],
  ] as const) {
    server.get(path, hidden, async (_request, reply) => {
      const report = await operations.report(kind);
      return reply.status(report.state === 'ok' ? 200 : 503).send(report);
    });
  }
  server.get('/metrics', hidden, async (request, reply) => {
    admit(request, operations.metricsToken);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await operations.metrics());
  });
}

function admit(request: FastifyRequest, token: Secret | null): void {
  if (token === null) {
    if (isLoopback(request.socket.remoteAddress)) return;
    throw new Problem('denied', 'metrics are shown to this machine only', {
      hint: 'set a metrics token to let others read them',
    });
  }
  const given = request.headers.authorization ?? '';
  if (!sameText(given, `Bearer ${token.reveal()}`)) {
    throw new Problem('unauthenticated', 'metrics expected their bearer token');
  }
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./u.test(address ?? '');
}

/** Digests have one length, so comparing them tells nothing about the length of the secret either. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
