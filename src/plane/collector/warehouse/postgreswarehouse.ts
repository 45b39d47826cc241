import { Problem } from '#base/problem';
import { POSTGRESQL } from './dialect.ts';
import { postgresFault, warehouseProblem } from '../fault.ts';
import type { Row, Session, Warehouse, WorkOptions } from './warehouse.ts';
import type { Client, QueryConfig } from 'pg';

/** Opens a logged-in connection, with nothing on its search path but pg_catalog; throws a problem when it cannot. */
export type Connect = () => Promise<Client>;

/** A warehouse on PostgreSQL; every piece of work has its own connection. */
export function postgresWarehouse(connect: Connect): Warehouse {
  return {
    dialect: POSTGRESQL,
    async work(work, options = {}) {
      const client = await connect();
      const stop = stopOn(client, options.signal);
      try {
        await begin(client, options);
        const result = await work(sessionOn(client));
        await client.query('commit');
        return result;
      } catch (thrown) {
        await client.query('rollback').catch(() => undefined);
        throw problemOf(thrown, options.signal);
      } finally {
        stop();
        await client.end().catch(() => undefined);
      }
    },
    close: async () => undefined,
  };
}

async function begin(client: Client, { readOnly, timeoutSeconds }: WorkOptions): Promise<void> {
  await client.query(readOnly === true ? 'begin read only' : 'begin');
  if (timeoutSeconds === undefined) return;
  await client.query(`set local statement_timeout = ${Math.round(timeoutSeconds * 1_000)}`);
}

const PAGE_ROWS = 500;

function sessionOn(client: Client): Session {
  let cursors = 0;
  async function query(text: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    // With parameters, even none, a text can hold one statement only: what an operator wrote cannot end it.
    const config: QueryConfig & { readonly queryMode: 'extended' } = {
      text,
      values: [...parameters],
      queryMode: 'extended',
    };
    const { rows } = await client.query<Record<string, unknown>>(config);
    return rows;
  }
  return {
    dialect: POSTGRESQL,
    query,
    async *pages(text, parameters) {
      const name = `privet_pages_${(cursors += 1)}`;
      await query(`declare ${name} no scroll cursor for ${text}`, parameters);
      for (;;) {
        const rows = await query(`fetch ${PAGE_ROWS} from ${name}`);
        if (rows.length === 0) break;
        yield rows;
      }
      await query(`close ${name}`);
    },
  };
}

/** Ends the wait; what runs at the server ends with its time-out, or when it next writes to the closed socket. */
function stopOn(client: Client, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined;
  const end = () => void client.end().catch(() => undefined);
  signal.addEventListener('abort', end);
  return () => signal.removeEventListener('abort', end);
}

function problemOf(thrown: unknown, signal: AbortSignal | undefined): Problem {
  if (thrown instanceof Problem) return thrown;
  if (signal?.aborted === true) return warehouseProblem('cancelled', thrown);
  return warehouseProblem(postgresFault(thrown), thrown);
}
