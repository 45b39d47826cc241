import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api';
import { Problem } from '#base/problem';
import { DUCKDB } from './dialect.ts';
import { duckdbFault, warehouseProblem } from '../fault.ts';
import type { Session, Warehouse, WorkOptions } from './warehouse.ts';

/**
 * A warehouse in a DuckDB file (`:memory:` for tests). The instance may touch no other file and no network, and its
 * settings are locked. The file is ours alone while it is open: DuckDB lets one process write.
 */
export async function duckdbWarehouse(path: string): Promise<Warehouse> {
  const instance = await opened(path);
  return {
    dialect: DUCKDB,
    work: (work, options = {}) => run(instance, work, options),
    close: async () => instance.closeSync(),
  };
}

/** Its own default is most of the machine, which the plane has other work for; more than this is `out-of-resource`. */
const MEMORY_MAX = '2GB';

async function opened(path: string): Promise<DuckDBInstance> {
  try {
    const instance = await DuckDBInstance.create(path, {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      memory_limit: MEMORY_MAX,
    });
    const connection = await instance.connect();
    await connection.run(`set enable_external_access = false; set TimeZone = 'UTC'`);
    await connection.run('set lock_configuration = true');
    connection.closeSync();
    return instance;
  } catch (thrown) {
    throw warehouseProblem('unreachable', thrown);
  }
}

async function run<T>(
  instance: DuckDBInstance,
  work: (session: Session) => Promise<T>,
  options: WorkOptions,
): Promise<T> {
  const connection = await instance.connect();
  const { signal, timeoutSeconds } = options;
  const stop = () => connection.interrupt();
  signal?.addEventListener('abort', stop);
  try {
    await connection.run(options.readOnly === true ? 'begin transaction read only' : 'begin');
    const result = await work(sessionOn(connection, timeoutSeconds));
    await connection.run('commit');
    return result;
  } catch (thrown) {
    await connection.run('rollback').catch(() => undefined);
    if (thrown instanceof Problem) throw thrown;
    throw warehouseProblem(signal?.aborted === true ? 'cancelled' : duckdbFault(thrown), thrown);
  } finally {
    signal?.removeEventListener('abort', stop);
    connection.closeSync();
  }
}

function sessionOn(connection: DuckDBConnection, timeoutSeconds: number | undefined): Session {
  return {
    dialect: DUCKDB,
    async query(text, parameters = []) {
      const timer =
        timeoutSeconds === undefined
          ? undefined
          : setTimeout(() => connection.interrupt(), timeoutSeconds * 1_000);
      try {
        const statement = await prepared(connection, text, parameters);
        const reader = await statement.runAndReadAll();
        return reader.getRowObjectsJS();
      } finally {
        clearTimeout(timer);
      }
    },
    async *pages(text, parameters = []) {
      const statement = await prepared(connection, text, parameters);
      const result = await statement.stream();
      for await (const rows of result.yieldRowObjectJs()) yield rows;
    },
  };
}

/** One statement: a text with more cannot be prepared, so what an operator wrote cannot end ours and begin another. */
async function prepared(
  connection: DuckDBConnection,
  text: string,
  parameters: readonly unknown[],
): Promise<DuckDBPreparedStatement> {
  const statement = await connection.prepare(text);
  if (parameters.length > 0) statement.bind(parameters as DuckDBValue[]);
  return statement;
}
