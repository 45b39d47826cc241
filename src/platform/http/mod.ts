/**
 * HTTPS both ways: a Fastify server with the house rules (request ids, one error shape, limits, headers, OpenAPI from the
 * zod schemas of the routes) and a JSON client that believes one authority. Who may call a route is the part's business.
 */
export { readCertificate } from './certificate.ts';
export type { ServerCertificate } from './certificate.ts';
export { addressOf, classOf, isInside, networkOf } from './networkaddress.ts';
export type { Address } from './networkaddress.ts';
export { openHttpClient, RESPONSE_BYTES_MAX } from './client.ts';
export type { Answer, Call, HttpClient } from './client.ts';
export { endpointFrom, localAddress } from './endpoint.ts';
export { doorCertificate } from './doorcertificate.ts';
export type { DoorWatch } from './doorcertificate.ts';
export { holdCertificate } from './heldcertificate.ts';
export type { HeldCertificate } from './heldcertificate.ts';
export type { Endpoint } from './endpoint.ts';
export { addOperations } from './operations.ts';
export { openRedirect } from './redirect.ts';
export { bytesShape, mountRoute, routePath } from './route.ts';
export type { Arrived, Given, Method, RouteShape } from './route.ts';
export {
  answerRefusal,
  closeServer,
  createHttpServer,
  listen,
  renewCertificate,
} from './server.ts';
export type { Answered, HttpServer, ServerOptions } from './server.ts';
export { STATUS_OF } from './status.ts';
export { webhookKey, webhookSignature } from './webhooksignature.ts';
