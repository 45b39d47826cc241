/**
 * The source systems of a plane: registered by connection string, their credentials sealed, their dictionaries read
 * and kept up to date, hardened with a role that has no right on a base table and with barrier views. Says where a
 * session connects; it does not carry statements (the gateway does) and decides nothing. Why hardened mode is as it
 * is: docs/design/hardened-mode.md.
 */
export { addressFrom, systemName, TLS_MODES } from './address.ts';
export type { Address } from './address.ts';
export { connectSource } from './connect.ts';
export type { Actor } from './context.ts';
export { faultOf } from './fault.ts';
export type { Fault } from './fault.ts';
export type { Administrator } from './harden.ts';
export type { Access, Registration } from './register.ts';
export { sourceSettings } from './settings.ts';
export { openSources } from './sources.ts';
export type { Sources, SystemView } from './sources.ts';
export type { Sealer } from './vault.ts';
