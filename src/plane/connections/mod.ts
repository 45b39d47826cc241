/**
 * Connections: an application calls a third party with tokens and the third party gets values; or a third party calls with
 * values and the application behind gets tokens. What becomes of which value is said by routes; whether it may is decided
 * by policy, which this part asks others for. Reads bodies strictly and changes nothing but what a route names. What a
 * connection may say is in docs/formats/connection.md, why it is so in docs/design/connections.md.
 */
export { openConnections } from './connections.ts';
export type { ConnectionName, Connections, OpenConnection } from './connections.ts';
export type { Connection, Direction } from './connection.ts';
export { connectionShape } from './definition.ts';
export { REQUEST_BYTES_MAX } from './limits.ts';
export type { Message } from './message.ts';
export { secretShape } from './secret.ts';
export { connectionSettings } from './settings.ts';
