import type { HttpServer } from '#platform/http';
import { collectorRoutes } from './collectorroutes.ts';
import { doctorRoutes } from './doctorroutes.ts';
import { egressRoutes } from './egressroutes.ts';
import { exportRoutes } from './exportroutes.ts';
import { grantRoutes } from './grantroutes.ts';
import { incidentRoutes } from './incidentroutes.ts';
import { keyRoutes } from './keyroutes.ts';
import { ledgerRoutes } from './ledgerroutes.ts';
import { logRoutes } from './logroutes.ts';
import { pullRoute } from './pullroute.ts';
import type { Room, Route } from './route.ts';
import { opsRoutes } from './opsroutes.ts';
import { quarantineRoutes } from './quarantineroutes.ts';
import { statusRoutes } from './statusroutes.ts';
import { systemRoutes } from './systemroutes.ts';
import { isOperatorAct } from './undergrant.ts';
import { unmaskRoutes } from './unmaskroutes.ts';

/** Every route of the data plane's API. */
export const ROUTES: readonly Route[] = [
  ...statusRoutes,
  pullRoute,
  ...doctorRoutes,
  ...systemRoutes,
  ...keyRoutes,
  ...unmaskRoutes,
  ...ledgerRoutes,
  ...exportRoutes,
  ...egressRoutes,
  ...logRoutes,
  ...collectorRoutes,
  ...grantRoutes,
  ...opsRoutes,
  ...quarantineRoutes,
  ...incidentRoutes,
];

/** Acts that a grant to operate may name: they change the plane by the right of operators. */
export const OPERATOR_ACTS: readonly string[] = ROUTES.filter(isOperatorAct).map(
  ({ operation }) => operation,
);

/** Adds every route to a server that does not listen yet. */
export function addPlaneRoutes(server: HttpServer, room: Room): void {
  for (const route of ROUTES) route.mount(server, room);
}
