import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { RelationRule } from './mod.ts';
import { runPlanned, startFixture } from '../../../test/sql/server.ts';
import type { FixtureServer } from '../../../test/sql/server.ts';
import { catalog, guarded } from '../../../test/sql/stand.ts';

type Relation = (typeof catalog.relations)[number];

const OIDS = `
  select 'class ' || relnamespace::regnamespace || '.' || relname as name, oid from pg_class
  union all select 'type ' || typnamespace::regnamespace || '.' || typname, oid from pg_type
  union all select 'constraint ' || conname, oid from pg_constraint
  union all select 'schema ' || nspname, oid from pg_namespace`;

/**
 * Texts real clients sent to a server with the fixture, kept by logging every statement (pgJDBC's from its source);
 * `{class clinic.patient}` stands where an OID of that server stood.
 */
async function textsOf(name: string, server: FixtureServer): Promise<readonly string[]> {
  const { rows } = await server.upstream.query<{ name: string; oid: number }>(OIDS);
  const oids = new Map(rows.map((row) => [row.name, String(row.oid)]));
  const text = readFileSync(
    new URL(`../../../test/sql/clients/${name}.sql`, import.meta.url),
    'utf8',
  );
  const bound = text.replaceAll(
    /\{(\w+ [^}]+)\}/gu,
    (all, object: string) => oids.get(object) ?? all,
  );
  return bound.trim().split('\n-- next\n');
}

const open = (): RelationRule => ({ kind: 'open' });

/** Knows nothing of schema hidden, and of no column named ssn. */
function restricted(relation: Relation): RelationRule {
  if (relation.schema === 'hidden') return { kind: 'absent' };
  return relation.schema === 'public' ? open() : guarded(relation, { ssn: { kind: 'hidden' } });
}

/** What is refused for a reason: a name looked up outside our catalog, and what pg_dump needs every right for. */
const MAY_FAIL: Readonly<Record<string, RegExp>> = {
  open: /'lower'::pg_catalog\.regproc|FROM pg_subscription s/u,
  restricted: /'lower'::pg_catalog\.regproc|FROM pg_subscription s|acldefault\(|hidden\.payroll/u,
};

const CLIENTS: readonly (readonly [string, number])[] = [
  ['psql-15-server-15', 15],
  ['psql-15-server-18', 18],
  ['pg_dump-15', 15],
  ['sqlalchemy-2.1-psycopg', 15],
  ['jdbc', 15],
];

for (const major of [15, 18]) {
  describe(`PostgreSQL ${major}`, () => {
    let server: FixtureServer;
    before(async () => {
      server = await startFixture(major);
    });
    after(() => server.stop());

    for (const [name] of CLIENTS.filter(([, on]) => on === major)) {
      for (const [who, rule] of Object.entries({ open, restricted })) {
        test(`${name} gets an answer to everything it asks for someone ${who}`, async () => {
          await server.upstream.query('rollback');
          await server.upstream.query('deallocate all');
          for (const text of await textsOf(name, server)) {
            const bound = text.replaceAll(/\$\d+/gu, 'NULL');
            const { code, rows } = await runPlanned(server, bound, { rule });
            const fine =
              ['00000', 'nothing'].includes(code) || (MAY_FAIL[who]?.test(text) ?? false);
            assert.ok(fine, `${code} for ${text.slice(0, 2_000)}`);
            if (who === 'restricted')
              assert.doesNotMatch(JSON.stringify(rows), /payroll|\bssn\b|national id/u, text);
          }
        });
      }
    }

    if (major === 15) {
      test('a catalog shows what is shared and nothing else', async () => {
        const answer = async (text: string) =>
          (await runPlanned(server, text, { rule: restricted })).rows;
        const tables = await answer(
          `select schemaname || '.' || tablename from pg_tables where schemaname not like 'pg%' and schemaname <> 'information_schema' order by 1`,
        );
        assert.deepEqual(tables, [
          ['clinic.patient'],
          ['public.Odd "name'],
          ['public.plain'],
          ['sales.base'],
          ['sales.derived'],
          ['sales.event'],
          ['sales.event_new'],
          ['sales.event_old'],
          ['sales.orders'],
        ]);
        const columns = await answer(
          `select column_name, data_type, is_nullable, character_maximum_length from information_schema.columns where table_name = 'patient' order by ordinal_position limit 4`,
        );
        assert.deepEqual(columns, [
          ['id', 'integer', 'NO', null],
          ['name', 'character varying', 'NO', 40],
          ['email', 'text', 'YES', null],
          ['tenant', 'text', 'YES', null],
        ]);
        const keys = await answer(
          `select constraint_type, table_name from information_schema.table_constraints where constraint_schema in ('clinic', 'sales', 'hidden') order by 1, 2`,
        );
        assert.deepEqual(keys, [
          ['FOREIGN KEY', 'orders'],
          ['PRIMARY KEY', 'orders'],
          ['PRIMARY KEY', 'patient'],
        ]);
      });

      test('nothing in a catalog counts, samples or defines what is not shown', async () => {
        const answer = async (text: string) =>
          (await runPlanned(server, text, { rule: restricted })).rows;
        assert.deepEqual(await answer(`select count(*) from pg_stats`), [['0']]);
        assert.deepEqual(await answer(`select count(*) from pg_statistic_ext`), [['0']]);
        assert.deepEqual(await answer(`select count(*) from pg_stat_activity`), [['0']]);
        assert.deepEqual(
          await answer(`select count(*) from pg_class where reltuples > 0 or relpages > 0`),
          [['0']],
        );
        assert.deepEqual(
          await answer(`select count(*) from pg_views where definition is not null`),
          [['0']],
        );
        assert.deepEqual(await answer(`select count(*) from pg_proc where prosrc <> ''`), [['0']]);
        assert.deepEqual(await answer(`select count(attmissingval) from pg_attribute`), [['0']]);
        assert.deepEqual(
          await answer(
            `select pg_get_viewdef('clinic.overview'::regclass), pg_table_size('patient')`,
          ),
          [[null, null]],
        );
        assert.deepEqual(
          await answer(`select to_regclass('hidden.payroll'), to_regclass('patient') is null`),
          [[null, false]],
        );
        assert.deepEqual(await answer(`select rolname from pg_roles`), [['ana']]);
        assert.deepEqual(await answer(`select datname from pg_database`), [['fixture']]);
        assert.deepEqual(
          await answer(
            `select count(*) from pg_namespace where nspname in ('hidden', 'privet_policy')`,
          ),
          [['0']],
        );
        assert.deepEqual(
          await answer(
            `select count(*) from pg_settings where name in ('data_directory', 'hba_file')`,
          ),
          [['0']],
        );
        assert.deepEqual(
          await answer(`select setting from pg_settings where name = 'search_path'`),
          [['clinic, sales, public']],
        );
        assert.deepEqual(
          await answer(
            `select col_description('clinic.patient'::regclass, 4), col_description('clinic.patient'::regclass, 2)`,
          ),
          [[null, 'full name']],
        );
        assert.deepEqual(
          await answer(
            `select pg_table_is_visible('patient'::regclass), pg_table_is_visible('pg_class'::regclass)`,
          ),
          [[true, true]],
        );
        assert.deepEqual(
          await answer(
            `select current_setting(n) from (values ('privet.project'), ('hba_file')) v(n)`,
          ),
          [['research'], [null]],
        );
      });
    }
  });
}
