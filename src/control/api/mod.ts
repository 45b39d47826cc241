/**
 * The web API of the control plane: every route under `/api/v1` with who may call it, what it takes and what it gives;
 * cookies with CSRF tokens for browsers, bearer sessions and tokens for programs. Metadata only: nothing here can reach
 * a source, a key or a row. docs/api.md describes it, test/openapi.control.golden.json is its exact shape.
 */
export { createControlServer, ROUTES } from './server.ts';
export type { Room, Route } from './route.ts';
export { startPuller } from './puller.ts';
