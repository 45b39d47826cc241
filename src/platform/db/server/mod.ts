/**
 * A PostgreSQL server of our own: finds the programs, prepares a data directory, starts, watches and stops one server
 * on a unix socket. Knows nothing of what is stored in it. Why it is built this way: docs/design/embedded-postgres.md.
 */
export { accountUid, serverAccount, spawnIdentity } from './account.ts';
export { chooseBinaries, findBinaries } from './binaries.ts';
export { initialiseArguments } from './initialise.ts';
export { processState } from './processtable.ts';
export { preparePrograms, programFailure, renameOnce, runCommand, runProgram } from './program.ts';
export type { Programs } from './program.ts';
export { SUPERUSER, startServer } from './server.ts';
export type { Server, ServerSettings } from './server.ts';
