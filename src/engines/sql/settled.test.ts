import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SqlMask, SqlPredicate } from '#engines/sql';
import { runPlanned, startFixture } from '../../../test/sql/server.ts';
import type { FixtureServer } from '../../../test/sql/server.ts';
import { guarded } from '../../../test/sql/stand.ts';
import { NEUTRAL_FUNCTIONS } from './settledcall.ts';

/** Settings a client may choose, each in ways that move what depends on it; `UTC+8` calls eight hours off UTC. */
const SETTINGS = [
  `set timezone = 'UTC'`,
  `set timezone = 'UTC+8'`,
  `set timezone = '<+00>+9'`,
  `set timezone = 'Pacific/Kiritimati'`,
  `set datestyle = 'SQL, DMY'`,
  `set datestyle = 'German'`,
  `set intervalstyle = 'sql_standard'`,
  `set extra_float_digits = -15`,
  `set bytea_output = 'escape'`,
];

const MASKS: readonly (readonly [string, SqlMask])[] = [
  ['seen', { kind: 'round', unit: 'day' }],
  ['seen', { kind: 'round', unit: 'month' }],
  ['born', { kind: 'round', unit: 'month' }],
  [
    'seen',
    { kind: 'sql', expression: [`date_trunc('day', seen at time zone 'UTC') at time zone 'UTC'`] },
  ],
  [
    'seen',
    { kind: 'sql', expression: [`(seen at time zone 'UTC')::date::timestamp at time zone 'gmt'`] },
  ],
  [
    'born',
    { kind: 'sql', expression: [`make_date((extract(year from born)::int / 100) * 100, 1, 1)`] },
  ],
  ['name', { kind: 'sql', expression: [`to_char(seen at time zone 'UTC', 'YYYY-MM-DD HH24')`] }],
  ['name', { kind: 'sql', expression: [`left((extract(epoch from seen)::bigint)::text, 6)`] }],
  ['name', { kind: 'sql', expression: [`encode(sha256(convert_to(name, 'UTF8')), 'hex')`] }],
  ['visits', { kind: 'sql', expression: [`floor(sqrt(visits))`] }],
];

const FILTERS: readonly string[] = [
  `(seen at time zone 'UTC')::date >= '2020-06-15'`,
  `seen > '2020-06-15 06:00:00+00'`,
  `born between '1980-01-01' and '1999-12-31'`,
  `(now() at time zone 'UTC') - interval '30 days' > seen at time zone 'UTC'`,
];

/** Types whose texts depend on settings, and what a call would make them of. */
const UNSETTLED = `(1082, 1083, 1114, 1184, 1186, 1266, 17, 142, 790, 700, 701, 600, 601, 602, 603, 604, 628, 718,
  1561, 1563, 1560, 1562, 2281, 2275)`;
/** Stable only because they write their arguments out, which here are texts already. */
const WRITING =
  /^(concat|concat_ws|format|to_jsonb?|jsonb?_build_(array|object)|array_to_string|quote_literal|quote_nullable|gen_random_uuid)$/u;

for (const major of [15, 18]) {
  describe(`PostgreSQL ${major}`, () => {
    let server: FixtureServer;
    before(async () => {
      server = await startFixture(major);
    });
    after(() => server.stop());

    async function answers(column: string, mask: SqlMask | null, filter: SqlPredicate | null) {
      const shows = mask === null ? {} : { [column]: { kind: 'sql', mask, where: null } as const };
      const rule = (relation: (typeof server.catalog.relations)[number]) =>
        relation.name === 'patient'
          ? guarded(relation, shows, filter)
          : ({ kind: 'open' } as const);
      const found: unknown[] = [];
      for (const setting of SETTINGS) {
        await server.upstream.query(setting);
        const output = column === 'seen' ? `extract(epoch from seen)::text` : `${column}::text`;
        const asked = column === 'born' ? `(born - date '1900-01-01')::text` : output;
        const query = `select ${asked} from patient order by patient.id`;
        found.push(await runPlanned(server, query, { rule, session: { fence: 'offset' } }));
        await server.upstream.query(`reset ${/set (\w+)/u.exec(setting)?.[1] ?? ''}`);
      }
      return found;
    }

    for (const [column, mask] of MASKS) {
      test(`a mask gives the same under every setting: ${column} ${JSON.stringify(mask)}`, async () => {
        const [first, ...others] = await answers(column, mask, null);
        assert.equal((first as { code: string }).code, '00000');
        for (const other of others) assert.deepEqual(other, first);
      });
    }

    for (const text of FILTERS) {
      test(`a filter keeps the same rows under every setting: ${text}`, async () => {
        const filter: SqlPredicate = { kind: 'sql', template: [text] };
        const [first, ...others] = await answers('id', null, filter);
        assert.equal((first as { code: string }).code, '00000');
        for (const other of others) assert.deepEqual(other, first);
      });
    }

    test('functions taken for neutral are immutable and give settled values', async () => {
      const { rows } = await server.upstream.query<{
        name: string;
        volatile: string;
        made: string;
      }>(
        `select proname as name, provolatile as volatile, prorettype::regtype::text as made from pg_proc
         where pronamespace = 'pg_catalog'::regnamespace and proname = any ($1) and prokind = 'f'
           and not exists (select from unnest(proargtypes) t where t in ${UNSETTLED})
           and (provolatile <> 'i' or prorettype in ${UNSETTLED})`,
        [[...NEUTRAL_FUNCTIONS]],
      );
      assert.deepEqual(
        rows.filter((row) => !WRITING.test(row.name)),
        [],
      );
    });
  });
}
