/**
 * The ledger of a plane: an append-only hash chain of what happened, in the plane's own database. A leaf goes in
 * with the transaction of the act it records (`append`) or, for statements, through a writer that commits in groups
 * (`write`). Leaves hold classified fields only, never a value or a literal. Over them grows a C2SP tlog-tiles log
 * (`openLog`): one of all processes signs, witnesses cosign, `covered` waits for that. Formats:
 * docs/formats/ledger-leaf.md, docs/formats/ledger-log.md; why it is as it is: docs/design/ledger.md.
 */
export type { Head } from './chain.ts';
export { writeDurably } from './durablefile.ts';
export { TICKET_BYTES_MAX } from './operatorkinds.ts';
export { VAULT_CHANGES_MAX } from './vaultkinds.ts';
export { REASON_BYTES_MAX } from './kinds.ts';
export { LEAF_KINDS, leafShape } from './leaf.ts';
export type { Leaf, LeafBody, LeafKind } from './leaf.ts';
export { openLedger } from './ledger.ts';
export type { Ledger } from './ledger.ts';
export { openLog } from './log.ts';
export type { Covered, Log } from './log.ts';
export { CATEGORIES, categoryOf, retain } from './retention.ts';
export { SEARCH_TEXT_CHARACTERS_MAX } from './search.ts';
export type { SearchOptions } from './search.ts';
export { ledgerSettings } from './settings.ts';
export { PAGE_LEAVES_MAX } from './tail.ts';
export type { PageOptions, StoredLeaf } from './tail.ts';
export type { Urgency } from './writer.ts';
