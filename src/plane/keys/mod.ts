/**
 * The keyring of a plane: data keys by scope and version, wrapped by the key service and kept in the plane's database.
 * The newest encrypts, all older ones still decrypt. Plaintext keys stay in memory for at most a minute unless the key
 * service agrees again, and nothing is unwrapped that the ledger does not know of (broker.ts, which a house rule keeps alone). Scopes that begin with `rolling/`
 * roll by schedule; those that begin with `consistent/` (hash and format-preserving masks) only by name.
 * Formats: docs/formats/envelope.md, docs/formats/masked-values.md.
 */
export { openKeyring } from './keyring.ts';
export type { DataKey, Keyring, KeyringSettings } from './keyring.ts';
export type { RolledKey } from './holder.ts';
export type { DestroyedKey, KeyEntry } from './keytable.ts';
export type { Actor, KeyLeaf, KeyRecorder } from './record.ts';
export { openRewrapping } from './rewrapjob.ts';
export type { Rewrapping, RewrapState } from './rewrapjob.ts';
export { CONSISTENT, maskScope, ROLLING } from './scope.ts';
export { keySettings } from './settings.ts';
