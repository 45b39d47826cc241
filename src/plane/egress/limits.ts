/** A name that is not resolved, and an address that does not answer, within this are given up. */
export const RESOLVE_MS_MAX = 5_000;
export const CONNECT_MS_MAX = 10_000;
/** Addresses of one name that are tried, one after the other. */
export const ADDRESSES_TRIED_MAX = 4;
/** Rules of people and of systems; far more than any installation has ways out. */
export const RULES_MAX = 10_000;
/** Open connections are held against the rules this often: so long lives a connection whose rule went away. */
export const REVIEW_MS = 2_000;
/** A connection that stays open says in the ledger how far it has come this often. */
export const PROGRESS_MS = 60 * 60 * 1000;
/** What repeats a refusal is counted for this long and then written as one leaf. */
export const REFUSALS_GATHERED_MS = 60_000;
/** Refusals of one such span that get leaves of their own; a workload that tries every address is counted from then on. */
export const REFUSALS_TOLD_MAX = 200;

/** Workloads of the forward proxy. */
export const WORKLOADS_MAX = 1_000;
/** Tunnels of the forward proxy at once. */
export const TUNNELS_MAX = 1_000;
/** From CONNECT to the first byte carried: every address of a name may take its time, and the ledger a moment. */
export const OPENING_MS_MAX = RESOLVE_MS_MAX + ADDRESSES_TRIED_MAX * CONNECT_MS_MAX + 5_000;
/** A refused client has this long to read why; then its place is another's. */
export const REFUSED_MS_MAX = 1_000;
/** How long a tunnel may lie idle. */
export const TUNNEL_IDLE_MS = 15 * 60 * 1000;
/** A workload that says nothing after it has a tunnel may wait for the server to speak first; the check of its first bytes waits. */
export const HELLO_BYTES_MAX = 64 * 1024;
