import { Client, Pool as DriverPool } from 'pg';
import type { ClientBase } from 'pg';
import { databaseProblem } from './failure.ts';

export type Pool = DriverPool;

/** Anything SQL can be sent through: the pool, or the one connection of a transaction. */
export type Queryable = Pick<ClientBase, 'query'>;

export type PoolSettings = {
  /** Connection string; may name a unix socket directory as `host` parameter. */
  readonly url: string;
  /** What the server shows as `application_name`. */
  readonly name: string;
  readonly connectionsMax?: number;
  readonly statementTimeoutMs?: number;
  /** Told about connections the server closed while they lay idle. */
  readonly onIdleError?: (error: Error) => void;
};

/** Enough to keep two cores busy without crowding a small server (100 connections by default). */
const CONNECTIONS_MAX = 10;
/** Our own statements are short; one that runs longer than this holds locks others wait for. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A server that does not answer a connection attempt in this time is as good as down. */
const CONNECT_TIMEOUT_MS = 10_000;

/** A pool of connections to one database; opens none before the first query, and must be ended by `pool.end()`. */
export function openPool(settings: PoolSettings): Pool {
  const pool = new DriverPool({
    connectionString: settings.url,
    application_name: settings.name,
    max: settings.connectionsMax ?? CONNECTIONS_MAX,
    statement_timeout: settings.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // Without a listener a server restart would end the process: `pg` emits the loss of idle connections as `error`.
  pool.on('error', (error) => settings.onIdleError?.(error));
  return pool;
}

/** The role a connection string means, as the driver reads it, without connecting. */
export function roleIn(url: string): string {
  return new Client({ connectionString: url }).user ?? '';
}

/** For health checks: throws a problem when the database does not answer. */
export async function checkDatabase(pool: Pool): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (error) {
    throw databaseProblem(error);
  }
}
