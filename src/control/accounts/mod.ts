/**
 * Who may call vaults, and how they prove it: service accounts with their keys, API keys and networks, and the roles at a
 * vault with who holds them. What a role lets its holders do is policy, in `control/access`; whether a proof is good is
 * judged by planes, from what the bundle carries of this: public keys and digests.
 */
export { bundleAccounts, changeAccount, createAccount } from './account.ts';
export { findAccount, listAccounts, NETWORK_STATES } from './account.ts';
export type { ServiceAccount } from './account.ts';
export { createAccountKey, endAccountKey, listAccountKeys } from './accountkey.ts';
export { KEY_DAYS_MAX, OVERLAP_HOURS_MAX, rotateAccountKey } from './accountkey.ts';
export type { AccountKeyUse, NewAccountKey } from './accountkey.ts';
export { bundleRoles, changeVaultRole, createSystemRoles, createVaultRole } from './vaultrole.ts';
export { dropVaultRoles, findVaultRole, joinVaultRole, leaveVaultRole } from './vaultrole.ts';
export { listVaultRoles, removeVaultRole } from './vaultrole.ts';
export type { VaultRole } from './vaultrole.ts';
