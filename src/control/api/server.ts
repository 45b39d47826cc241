import cookie from '@fastify/cookie';
import { createHttpServer } from '#platform/http';
import type { HttpServer, ServerOptions } from '#platform/http';
import { actRoutes } from './actroutes.ts';
import { alertRoutes } from './alertroutes.ts';
import { bundleRoutes } from './bundleroutes.ts';
import { doctorRoutes } from './doctorroutes.ts';
import { groupRoutes } from './grouproutes.ts';
import { healthRoutes } from './healthroutes.ts';
import { incidentRoutes } from './incidentroutes.ts';
import { lineageRoutes } from './lineageroutes.ts';
import { planeRoutes } from './planeroutes.ts';
import { policyRoutes } from './policyroutes.ts';
import { projectRoutes } from './projectroutes.ts';
import { reportRoutes } from './reportroutes.ts';
import type { Room, Route } from './route.ts';
import { seriesRoutes } from './seriesroutes.ts';
import { sessionRoutes } from './sessionroutes.ts';
import { setupRoutes } from './setuproutes.ts';
import { sourceRoutes } from './sourceroutes.ts';
import { subjectRoutes } from './subjectroutes.ts';
import { tagRoutes } from './tagroutes.ts';
import { tokenRoutes } from './tokenroutes.ts';
import { vaultAccountRoutes } from './vaultaccountroutes.ts';
import { vaultPolicyRoutes } from './vaultpolicyroutes.ts';
import { vaultRuleRoutes } from './vaultruleroutes.ts';
import { vaultRoleRoutes } from './vaultroleroutes.ts';

/** Every route of the control plane's API. */
export const ROUTES: readonly Route[] = [
  ...setupRoutes,
  ...sessionRoutes,
  ...subjectRoutes,
  ...tokenRoutes,
  ...groupRoutes,
  ...sourceRoutes,
  ...tagRoutes,
  ...policyRoutes,
  ...projectRoutes,
  ...vaultAccountRoutes,
  ...vaultRoleRoutes,
  ...vaultPolicyRoutes,
  ...vaultRuleRoutes,
  ...planeRoutes,
  ...bundleRoutes,
  ...reportRoutes,
  ...incidentRoutes,
  ...alertRoutes,
  ...lineageRoutes,
  ...seriesRoutes,
  ...healthRoutes,
  ...doctorRoutes,
  ...actRoutes,
];

export type ControlServerOptions = Omit<ServerOptions, 'title'> & { readonly room: Room };

/** The control plane's HTTPS server with all its routes; the caller listens and closes. */
export async function createControlServer(options: ControlServerOptions): Promise<HttpServer> {
  const server = await createHttpServer({ ...options, title: 'Privet control plane' });
  await server.register(cookie);
  for (const route of ROUTES) route.mount(server, options.room);
  return server;
}
