import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Problem } from '#base/problem';
import { hasMark, MARK } from './mark.ts';
import type { BuiltPart, Progress } from './mark.ts';

const COLUMNS =
  'sex, age, race, marital_status, education, native_country, workclass, occupation, salary_class';

/**
 * Loads the UCI Adult extract of a folder that holds `adult.csv` into the schema `census`, in one transaction; leaves it
 * alone when it is there. Throws `not-found` when the folder has no such file.
 */
export async function buildAdult(
  client: Client,
  folder: string,
  progress: Progress,
): Promise<readonly BuiltPart[]> {
  if (await hasMark(client, 'census')) {
    progress('schema census is there already');
    return [{ schema: 'census', outcome: 'kept', rows: 0 }];
  }
  const rows = await load(client, await csvOf(folder));
  progress(`schema census: ${rows} rows`);
  return [{ schema: 'census', outcome: 'built', rows }];
}

async function csvOf(folder: string): Promise<string> {
  const path = join(folder, 'adult.csv');
  const found = await stat(path).catch(() => null);
  if (found?.isFile() === true) return path;
  throw new Problem('not-found', `no file \`${path}\``, {
    hint: 'download the Adult extract of ARX (github.com/arx-deidentifier/arx, folder data) and name its folder',
  });
}

async function load(client: Client, csv: string): Promise<number> {
  await client.query('begin');
  try {
    await client.query(await readFile(new URL('sql/adult.sql', import.meta.url), 'utf8'));
    const copy = `copy census.people (${COLUMNS}) from stdin with (format csv, delimiter ';', header)`;
    const sink = client.query(copyFrom(copy));
    await pipeline(createReadStream(csv), sink);
    await client.query(`comment on schema census is '${MARK}: UCI Adult'`);
    await client.query('commit');
    await client.query('analyze census.people');
    return sink.rowCount;
  } catch (thrown) {
    await client.query('rollback').catch(() => undefined);
    throw thrown;
  }
}
