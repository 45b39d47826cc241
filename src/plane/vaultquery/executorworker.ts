import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { present } from '#base/assert';
import { backendTag, encodeFrontend } from '#engines/pgwire';
import type { ExecutorAnswer, ExecutorOrder, OrderTable } from './order.ts';

/**
 * A PostgreSQL in memory, in a thread of its own. It holds rows for the length of one statement: they are put in before
 * and taken out after it, and the statement runs in a read-only transaction as a role that may read them and nothing else. Whatever
 * goes wrong ends the thread.
 */
const port = present(parentPort, 'executor worker port');
/** WAL and catalogs grow in memory until they are told to be tidy. */
const ORDERS_A_CHECKPOINT = 100;
const CLUSTER = [
  'shared_buffers=16MB',
  'max_wal_size=32MB',
  'min_wal_size=32MB',
  'wal_level=minimal',
  // What sorts and joins may take before they go on in pieces; a statement has many of them.
  'work_mem=8MB',
  'hash_mem_multiplier=1',
  'maintenance_work_mem=16MB',
  'temp_file_limit=262144',
];
/**
 * Rights over columns in place of rights over tables: `xmin`, `ctid` and the like, which count what others did in this engine, are
 * in no such right, and views of statistics are nobody's.
 */
const ROLE = `
  CREATE ROLE reader NOLOGIN;
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  DO $$
  DECLARE one record;
  BEGIN
    FOR one IN
      SELECT c.oid::regclass AS relation, c.relname ~ '^pg_stat' AND c.relkind = 'v' AS counts,
        string_agg(quote_ident(a.attname), ', ') AS columns
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
        AND has_table_privilege('public', c.oid, 'select')
      GROUP BY c.oid
    LOOP
      EXECUTE format('REVOKE SELECT ON %s FROM PUBLIC', one.relation);
      IF NOT one.counts THEN
        EXECUTE format('GRANT SELECT (%s) ON %s TO PUBLIC', one.columns, one.relation);
      END IF;
    END LOOP;
  END $$;`;

const database = await openDatabase(workerData as Uint8Array | null);
/** A whole ReadyForQuery message (protocol 55.7). */
const READY_BYTES = 6;
let shape = '';
let orders = 0;
tell({ kind: 'ready' });

port.on('message', (order: ExecutorOrder) => {
  void execute(order).then(tell, (thrown: unknown) => {
    // Its own words may hold values.
    process.exitCode = 1;
    void thrown;
    process.exit();
  });
});

function tell(answer: ExecutorAnswer): void {
  port.postMessage(answer);
}

async function openDatabase(cluster: Uint8Array | null): Promise<PGlite> {
  if (cluster !== null) {
    return PGlite.create({ loadDataDir: new Blob([new Uint8Array(cluster)]) });
  }
  const fresh = await PGlite.create({ postgresqlconf: CLUSTER });
  await fresh.exec(ROLE);
  const image = await fresh.dumpDataDir('gzip');
  tell({ kind: 'cluster', bytes: new Uint8Array(await image.arrayBuffer()) });
  return fresh;
}

async function execute(order: ExecutorOrder): Promise<ExecutorAnswer> {
  const { id, tables, settings, messages, answerBytesMax } = order;
  if (shape !== order.shape) await makeTables(order);
  const loaded = tables.filter((table) => table.rows !== null && table.rows !== '');
  for (const table of loaded) await load(table);
  await database.exec('BEGIN READ ONLY; SET LOCAL ROLE reader');
  const refused = await refusedSettings(settings);
  const bytes = refused ?? (await answer(messages, answerBytesMax));
  await database.exec('ROLLBACK');
  await database.exec('DISCARD ALL');
  if (loaded.length > 0) await database.exec(`TRUNCATE ${loaded.map(qualified).join(', ')}`);
  orders += 1;
  if (orders % ORDERS_A_CHECKPOINT === 0) await database.exec('CHECKPOINT');
  return { kind: 'answer', id, bytes, memoryBytes: memoryBytes() };
}

function memoryBytes(): number {
  return (database.Module['HEAPU8'] as Uint8Array).byteLength;
}

async function makeTables(order: ExecutorOrder): Promise<void> {
  shape = '';
  const made = order.tables.map((table) => {
    const columns = table.columns.map(({ name, type }) => `${quoted(name)} ${type}`);
    // Unlogged: rows that live for one statement need no log to be recovered from.
    const names = table.columns.map(({ name }) => quoted(name)).join(', ');
    return `CREATE UNLOGGED TABLE ${qualified(table)} (${columns.join(', ')});
      GRANT SELECT (${names}) ON ${qualified(table)} TO reader;
      COMMENT ON TABLE ${qualified(table)} IS ${literal(table.comment)};`;
  });
  await database.exec(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    GRANT USAGE ON SCHEMA public TO reader; ${made.join(' ')}`);
  shape = order.shape;
}

async function load(table: OrderTable): Promise<void> {
  const columns = table.loaded.map(quoted).join(', ');
  const text = `COPY ${qualified(table)} (${columns}) FROM '/dev/blob'`;
  await database.query(text, [], { blob: new Blob([table.rows ?? '']) });
}

/** What the server says to settings that it does not take; null when it takes them. */
async function refusedSettings(settings: ExecutorOrder['settings']): Promise<Uint8Array | null> {
  if (settings.length === 0) return null;
  const bytes = await database.execProtocolRaw(
    encodeFrontend({ kind: 'query', text: settings.map(setting).join(' ') }),
    { syncToFs: false },
  );
  return bytes[0] === backendTag.error ? bytes.slice() : null;
}

/** What the server says to the messages. */
async function answer(messages: Uint8Array, bytesMax: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let tail: Uint8Array = new Uint8Array();
  await database.execProtocolRawStream(messages, {
    syncToFs: false,
    onRawData: (chunk) => {
      size += chunk.length;
      tail = Buffer.concat([tail, chunk.slice(-READY_BYTES)]).subarray(-READY_BYTES);
      if (size <= bytesMax) chunks.push(chunk.slice());
    },
  });
  // Where WebAssembly's own stack ends, PGlite says nothing at all: such an engine is not to be trusted again.
  if (tail[0] !== backendTag.readyForQuery) throw new Error('the server did not finish its answer');
  return size <= bytesMax ? Buffer.concat(chunks) : null;
}

function setting([name, value]: readonly [string, string]): string {
  return `SET LOCAL ${name.split('.').map(quoted).join('.')} TO ${literal(value)};`;
}

function qualified({ name }: Pick<OrderTable, 'name'>): string {
  return `public.${quoted(name)}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`;
}
