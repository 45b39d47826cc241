/**
 * The web API of a data plane, under `/api/v1`: source systems and their credentials, keys, unmasking, the ledger, the
 * outbox. People show an identity token that control signed for this plane; what they may do is what the bundle in
 * force says. Passwords typed here are sealed here and go nowhere else. Its exact shape is
 * test/openapi.plane.golden.json.
 */
export { addPlaneRoutes, OPERATOR_ACTS, ROUTES } from './server.ts';
export type { Room, Route } from './route.ts';
export { UNMASK_VALUES_MAX } from './unmask.ts';
