import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { copyChunks } from './cell.ts';
import { PARTS, partitionStatements } from './dataset.ts';
import type { Part } from './dataset.ts';
import { hasMark, MARK } from './mark.ts';
import type { BuiltPart, Progress } from './mark.ts';
import type { Table } from './table.ts';
import type { World } from './world.ts';

/**
 * Builds the demo's schemas in the database `client` is connected to, each in one transaction: killed half-way, the
 * next run goes on with the first schema that is not there. A schema that carries the demo's mark is left as it is;
 * throws what PostgreSQL says when a schema of that name exists without it.
 */
export async function buildDemo(
  client: Client,
  world: World,
  progress: Progress,
): Promise<readonly BuiltPart[]> {
  const parts: BuiltPart[] = [];
  for (const part of PARTS) {
    const kept = await hasMark(client, part.schema);
    const rows = kept ? 0 : await buildPart(client, part, world);
    progress(
      kept ? `schema ${part.schema} is there already` : `schema ${part.schema}: ${rows} rows`,
    );
    parts.push({ schema: part.schema, outcome: kept ? 'kept' : 'built', rows });
  }
  return parts;
}

async function buildPart(client: Client, part: Part, world: World): Promise<number> {
  await client.query('begin');
  try {
    // Bulk load of invented rows: losing the last commit in a power cut costs one re-run.
    await client.query('set local synchronous_commit = off');
    await client.query(`create schema ${part.schema}`);
    await client.query(await statements(`${part.schema}.before.sql`));
    if (part.schema === 'clinic') {
      for (const statement of partitionStatements(world)) await client.query(statement);
    }
    let rows = 0;
    for (const table of part.tables) rows += await copyTable(client, table, world);
    await client.query(await statements(`${part.schema}.after.sql`));
    await client.query(`comment on schema ${part.schema} is '${markOf(world)}'`);
    await client.query('commit');
    await client.query(`analyze ${part.tables.map(({ name }) => name).join(', ')}`);
    return rows;
  } catch (thrown) {
    await client.query('rollback').catch(() => undefined);
    throw thrown;
  }
}

function markOf(world: World): string {
  const anchor = new Date(world.anchorMs).toISOString().slice(0, 10);
  return `${MARK}: invented data, seed ${world.seed}, up to ${anchor}`;
}

async function statements(file: string): Promise<string> {
  return readFile(new URL(`sql/${file}`, import.meta.url), 'utf8');
}

async function copyTable(client: Client, table: Table, world: World): Promise<number> {
  const sink = client.query(copyFrom(`copy ${table.name} from stdin`));
  await pipeline(Readable.from(copyChunks(table.rows(world))), sink);
  return sink.rowCount;
}
