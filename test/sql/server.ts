import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { createPlanner } from '#engines/sql';
import type { Barrier, Catalog, PlanSession, Planner, RelationRule } from '#engines/sql';
import { startTestCluster } from '#platform/db/testcluster';
import { readCatalog } from './sourcecatalog.ts';
import { analyst, sha256 } from './stand.ts';

/** A real server with the fixture on it: one connection as a client would have it, one as the gateway has it. */
export type FixtureServer = {
  readonly catalog: Catalog;
  readonly planner: Planner;
  /** With the client's search_path. */
  readonly direct: Client;
  /** With search_path pg_catalog, as statements are sent upstream. */
  readonly upstream: Client;
  readonly stop: () => Promise<void>;
};

/** Starts a server of one major version, loads the fixture and reads its catalog. */
export async function startFixture(major?: number): Promise<FixtureServer> {
  const cluster = await startTestCluster(major === undefined ? {} : { major });
  const { url } = await cluster.createDatabase();
  const direct = new Client(url);
  const upstream = new Client(url);
  await direct.connect();
  await upstream.connect();
  await direct.query(readFileSync(new URL('fixture.sql', import.meta.url), 'utf8'));
  await direct.query(`set timezone = 'UTC'; set search_path = ${analyst.searchPath.join(', ')}`);
  await upstream.query(`create schema privet_policy; set timezone = 'UTC'`);
  await upstream.query('set search_path = pg_catalog, pg_temp');
  const catalog = await readCatalog(upstream);
  const stop = async () => {
    await direct.end();
    await upstream.end();
    await cluster.stop();
  };
  return { catalog, planner: createPlanner(catalog, { sha256 }), direct, upstream, stop };
}

/** What a query came to: rows and column names, or the SQLSTATE it failed with. */
export type Outcome = {
  readonly rows: unknown;
  readonly names: readonly string[];
  readonly code: string;
};

export async function run(client: Client, text: string): Promise<Outcome> {
  try {
    const { rows, fields } = await client.query({ text, rowMode: 'array' });
    return { rows, names: fields.map((field) => field.name), code: '00000' };
  } catch (thrown) {
    return { rows: [], names: [], code: (thrown as { code?: string }).code ?? 'unknown' };
  }
}

export type Ruled = {
  readonly rule: (relation: Catalog['relations'][number]) => RelationRule;
  readonly session?: Partial<PlanSession>;
};

/** Plans a text, makes the views it needs, and runs it as the gateway would; a refusal gives its SQLSTATE and message. */
export async function runPlanned(
  server: FixtureServer,
  text: string,
  ruled: Ruled,
): Promise<Outcome> {
  const rules = new Map(server.catalog.relations.map((each) => [each.oid, ruled.rule(each)]));
  const result = server.planner.plan(text, { ...analyst, ...ruled.session }, (oid) =>
    rules.get(oid),
  );
  if (result.kind === 'refused') {
    return { rows: [], names: [], code: `${result.sqlState} ${result.problem.message}` };
  }
  if (result.kind !== 'plan') return { rows: [], names: [], code: result.kind };
  let last: Outcome = { rows: [], names: [], code: 'nothing' };
  for (const statement of result.statements) {
    for (const barrier of statement.barriers) await makeView(server.upstream, barrier);
    if (statement.answer === 'gateway') continue;
    last = await run(server.upstream, statement.text);
    const planned = statement.output.map((column) => column.name);
    if (last.code === '00000' && planned.length > 0 && statement.kind !== 'prepare') {
      const same = JSON.stringify(planned) === JSON.stringify(last.names);
      if (!same)
        return {
          ...last,
          code: `columns ${planned.join()} were planned, got ${last.names.join()}`,
        };
    }
  }
  return last;
}

async function makeView(client: Client, barrier: Barrier): Promise<void> {
  const { rows } = await client.query('select to_regclass($1) is not null as made', [
    `${barrier.schema}.${barrier.name}`,
  ]);
  if (rows[0]?.made !== true) await client.query(barrier.create);
}
