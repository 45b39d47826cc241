/**
 * SQL over a vault: what a caller may see of the tables that a statement names is brought together, under one decision, one
 * budget and one leaf a table, and PostgreSQL itself works out the answer from that and from nothing else. Both doors,
 * the vault's API and the SQL gateway, ask here. It decides nothing (its caller brings the rulings) and opens no record
 * (plane/vault does). Why it is so: docs/design/vault-query.md.
 */
export { openVaultQueries } from './queries.ts';
export type { QueryView, VaultQueries } from './queries.ts';
export type { QueryRulings } from './shape.ts';
export { vaultQuerySettings } from './settings.ts';
export type { VaultQuerySettings } from './settings.ts';
export { recordsOf } from './records.ts';
