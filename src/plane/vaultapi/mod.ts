/**
 * The vault's web API as Skyflow's SDKs speak it (v1 and v2): bearer tokens for service accounts, records, tokens, and
 * vaults themselves, under `/v1` of the plane's HTTPS listener. It finds out who calls and asks the policy engine what they
 * may do; `plane/vault` does it. What is refused and why is in docs/formats/vault-api.md; the exact shape is in
 * test/openapi.plane.golden.json.
 */
export { addVaultRoutes, VAULT_ROUTES } from './server.ts';
export { sweepRuns } from './detect/detectruns.ts';
export { vaultDoor } from './door.ts';
export { openDecisionDesk } from './decisions/decisiondesk.ts';
export type { DecisionDesk } from './decisions/decisiondesk.ts';
export type { VaultAccess, VaultRoom } from './room.ts';
export { audiencesOf, strippedAddress } from './callers/address.ts';
export { vaultApiSettings } from './settings.ts';
