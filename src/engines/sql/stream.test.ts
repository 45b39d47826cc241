import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { OutputColumn, PlanSession, StatementPlan } from './mod.ts';
import { generateQuery } from '../../../test/sql/generate.ts';
import { startFixture } from '../../../test/sql/server.ts';
import type { FixtureServer } from '../../../test/sql/server.ts';
import { analyst, analystRule } from '../../../test/sql/stand.ts';

const QUERIES = 600;
/** Seed of the first query; every later one is the next number. */
const SEED = 20_261_121;

let server: FixtureServer;
before(async () => {
  server = await startFixture(15);
  await server.direct.query(`
    update patient set email = 'CANARY-' || email, ssn = 'CANARY-' || ssn, code = 'CANARY';
    update orders set email = 'CANARY-' || email;
    update event set ssn = 'CANARY-' || ssn`);
  await server.upstream.query(`set statement_timeout = '250ms'`);
});
after(() => server.stop());

const SESSIONS: readonly Partial<PlanSession>[] = [{}, { fence: 'offset' }, { mode: 'hardened' }];

/** The fields of a result as `pg` gives them. */
type Field = { readonly tableID: number; readonly columnID: number };

test(`${QUERIES} generated queries show masked columns raw only where the plan says so, from where it says`, async () => {
  let answered = 0;
  for (let seed = SEED; seed < SEED + QUERIES; seed++) {
    const text = generateQuery(seed);
    const plan = planOf(text, SESSIONS[seed % SESSIONS.length] ?? {}, seed % 2 === 0);
    if (plan === null) continue;
    const oids = await viewOids(plan);
    const result = await server.upstream
      .query({ text: plan.text, rowMode: 'array' })
      .catch(() => null);
    if (result === null) continue;
    answered++;
    const where = `seed ${seed}: ${text}\n${plan.text}`;
    assert.equal(result.fields.length, plan.output.length, where);
    plan.output.forEach((column, i) => {
      const field = result.fields[i];
      assert.ok(field !== undefined);
      if (column.stream === null) {
        const values = JSON.stringify((result.rows as unknown[][]).map((row) => row[i]));
        assert.doesNotMatch(values, /canary/iu, where);
      }
      checkOrigin(column, field, { plan, oids, where });
    });
  }
  assert.ok(answered > QUERIES / 4, `only ${answered} queries were answered`);
});

function planOf(
  text: string,
  session: Partial<PlanSession>,
  filtered: boolean,
): StatementPlan | null {
  const rules = new Map(
    server.catalog.relations.map((each) => [each.oid, analystRule(each, filtered)]),
  );
  const result = server.planner.plan(text, { ...analyst, ...session }, (oid) => rules.get(oid));
  if (result.kind === 'plan') return result.statements[0] ?? null;
  assert.ok(
    result.kind === 'refused' && result.sqlState !== 'XX000',
    `${text}: ${JSON.stringify(result)}`,
  );
  return null;
}

async function viewOids(plan: StatementPlan): Promise<ReadonlyMap<string, number>> {
  const oids = new Map<string, number>();
  for (const { name, schema, create } of plan.barriers) {
    const find = async () =>
      (
        await server.upstream.query('select to_regclass($1)::oid::int as oid', [
          `${schema}.${name}`,
        ])
      ).rows[0]?.oid as number | null;
    if ((await find()) === null) await server.upstream.query(create);
    oids.set(name, (await find()) ?? 0);
  }
  return oids;
}

type Checked = {
  readonly plan: StatementPlan;
  readonly oids: ReadonlyMap<string, number>;
  readonly where: string;
};

/** What the gateway checks: a masked column comes from exactly where the plan says, and no other from a guarded one. */
function checkOrigin(column: OutputColumn, field: Field, { plan, oids, where }: Checked): void {
  const keyOf = (origin: StatementPlan['guards'][number]) =>
    origin.kind === 'relation'
      ? `${origin.relation}.${origin.attnum}`
      : `${oids.get(origin.name)}.${origin.attnum}`;
  const reported = `${field.tableID}.${field.columnID}`;
  if (column.stream === null) assert.ok(!plan.guards.map(keyOf).includes(reported), where);
  else assert.equal(reported, column.origin === null ? '0.0' : keyOf(column.origin), where);
}
