import type { PoolClient } from 'pg';
import type { Pool, Queryable } from './pool.ts';

/** The connection of a running transaction. */
export type Transaction = Queryable & { readonly kind?: 'transaction' };

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

/**
 * Runs `work` in one transaction and gives its result: committed when it returns, rolled back when it throws (and then
 * throws what it threw). A connection that fails to roll back is closed, never handed out again.
 */
export async function transaction<T>(
  pool: Pool,
  work: (tx: Transaction) => Promise<T>,
  isolation: Isolation = 'read committed',
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens only to idle connections; a server that dies now would end the process without this.
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query(`begin isolation level ${isolation}`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    broken ??= await rollBack(client);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('rollback failed');
  }
}
