import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PlanSession, RelationRule, SqlPredicate } from './mod.ts';
import { QUERIES } from '../../../test/sql/queries.ts';
import { run, runPlanned, startFixture } from '../../../test/sql/server.ts';
import type { FixtureServer } from '../../../test/sql/server.ts';
import { catalog, guarded } from '../../../test/sql/stand.ts';

type Relation = (typeof catalog.relations)[number];
type Variant = {
  readonly session: Partial<PlanSession>;
  readonly rule: (r: Relation) => RelationRule;
};

const everything: SqlPredicate = { kind: 'not', term: { kind: 'never' } };
const open = (): RelationRule => ({ kind: 'open' });
const clear = (relation: Relation) => guarded(relation, {});
const unfiltered = (relation: Relation) => guarded(relation, {}, everything);

/** Policies that change nothing, in every way a relation can be written. */
const VARIANTS: Readonly<Record<string, Variant>> = {
  'open names': { session: {}, rule: open },
  subqueries: { session: {}, rule: clear },
  'fenced subqueries': { session: { fence: 'offset' }, rule: unfiltered },
  'temporary barrier views': { session: {}, rule: unfiltered },
  'policy views': { session: { mode: 'hardened' }, rule: clear },
  'policy views of open relations': { session: { mode: 'hardened' }, rule: open },
};

/** What a view or subquery has not got, and is refused rather than answered otherwise. */
const ONLY_TABLES = /tableoid|ctid/u;
const NOT_VIEWS = /tablesample/u;

for (const major of [15, 18]) {
  describe(`PostgreSQL ${major}`, () => {
    let server: FixtureServer;
    before(async () => {
      server = await startFixture(major);
    });
    after(() => server.stop());

    for (const [name, variant] of Object.entries(VARIANTS)) {
      test(`${QUERIES.length} queries give through ${name} what they give without a policy`, async () => {
        for (const query of QUERIES) {
          const hardened = variant.session.mode === 'hardened';
          if (ONLY_TABLES.test(query) && (hardened || variant.rule !== open)) continue;
          if (NOT_VIEWS.test(query) && (hardened || variant.rule === unfiltered)) continue;
          const expected = await run(server.direct, query);
          assert.deepEqual(await runPlanned(server, query, variant), expected, query);
        }
      });
    }

    test('what only tables have is refused of relations under a policy', async () => {
      for (const query of QUERIES.filter((text) => ONLY_TABLES.test(text))) {
        const { code } = await runPlanned(server, query, { rule: clear });
        assert.match(code, /^42501 system column/u);
      }
    });
  });
}
