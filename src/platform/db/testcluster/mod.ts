/**
 * Throwaway PostgreSQL clusters for tests, never for programs: real servers, no durability, gone with the test process
 * even when that is killed. Tests import it as `#platform/db/testcluster`.
 */
export { freePort } from './freeport.ts';
export { startTestCluster } from './testcluster.ts';
export type { TestCluster, TestClusterOptions, TestDatabase } from './testcluster.ts';
