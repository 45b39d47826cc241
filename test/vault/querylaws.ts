import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { TestAccount, TestApi } from './api.ts';
import type { TestDoor } from './door.ts';
import { answerOf } from './querytwin.ts';
import type { Records, Shown } from './querytwin.ts';
import { openWorld, policyOf, query, refsOf, sqlOf, world } from './queryworld.ts';
import type { Level, Query, Ref, Row, World } from './queryworld.ts';
import { askAtGateway, sorted, toldByApi } from './twodoors.ts';
import type { Told } from './twodoors.ts';

/** Who takes part in a law: a vault's owner, who fills it, and the one who asks, under rules. */
export type Stage = {
  readonly api: TestApi;
  readonly door: TestDoor;
  readonly owner: TestAccount;
  readonly asker: TestAccount;
  readonly askerName: string;
};

const LEVELS: readonly Level[] = ['DEFAULT', 'PLAIN_TEXT', 'MASKED', 'REDACTED'];
let worlds = 0;

/** Both doors, and a slow twin over what `get` shows, answer every query alike. Gives how many were answered with rows. */
export async function checkSameAnswers(stage: Stage, runs: number): Promise<number> {
  let answered = 0;
  const property = fc.asyncProperty(
    world,
    fc.array(query, { minLength: 8, maxLength: 8 }),
    async (content, queries) => {
      const name = `same-${++worlds}`;
      const vault = await openWorld(stage.api, content, { ...stage, name });
      stage.api.govern({ policies: policyOf(name, content.rules) });
      const { records, shown } = await readAll(stage, vault);
      const gateway = await askAtGateway(stage.door, stage.askerName, vault);
      try {
        for (const one of queries) {
          const sql = sqlOf(one);
          const told = await toldByApi(stage.api, stage.asker, { vault, query: sql });
          assert.deepEqual(await gateway.told(sql), told, sql);
          if (told.kind === 'rows') answered += told.rows.length > 0 ? 1 : 0;
          assert.deepEqual(
            told,
            expected(one, told, { records, shown }),
            `${sql}\n${content.rules.join('\n')}`,
          );
        }
      } finally {
        await gateway.close();
      }
    },
  );
  await fc.assert(property, { numRuns: runs });
  return answered;
}

type Known = { readonly records: Records | null; readonly shown: Shown };

/** A refusal is as it should be when the table is not the caller's, or nothing is shown of a column that is named. */
function expected(one: Query, told: Told, { records, shown }: Known): Told {
  const refs = refsOf(one);
  const tables = new Set(refs.map(({ table }) => table));
  if (told.kind === 'refused' && told.why === 'unknown') {
    const hidden = (ref: Ref) =>
      (records?.[ref.table] ?? []).every((id) => shown(ref, id) === null);
    if (refs.some(hidden)) return told;
  }
  if (told.kind === 'refused' && told.why === 'denied') {
    if (records === null || [...tables].some((table) => records[table].length === 0)) return told;
  }
  return sorted(answerOf(one, records ?? { a: [], b: [] }, shown));
}

/** Everything that is shown to the asker, by `get`. */
async function readAll({ api, asker }: Stage, vault: string): Promise<Known> {
  const cells = new Map<string, string | number | boolean>();
  const records: Record<'a' | 'b', string[]> = { a: [], b: [] };
  for (const table of ['a', 'b'] as const) {
    for (const level of LEVELS) {
      const path = `/v1/vaults/${vault}/${table}?limit=100&redaction=${level}`;
      const { status, body } = await api.ask(asker.apiKey, { path });
      if (status === 403) continue;
      assert.equal(status, 200, JSON.stringify(body));
      for (const { fields } of body.records) {
        const { skyflow_id: id, ...shown } = fields;
        if (level === 'DEFAULT') records[table].push(id);
        for (const [column, value] of Object.entries<string | number | boolean>(shown)) {
          cells.set(`${id} ${column} ${level}`, value);
        }
      }
    }
  }
  const shown: Shown = ({ column, level }, id) => {
    const value = cells.get(`${id} ${column} ${level}`);
    return value === undefined ? null : String(value);
  };
  return { records, shown };
}

/** Ways to look at a column: if any of them told more than is shown, the law would break. */
const PROBES: readonly ((column: string) => string)[] = [
  (column) => `SELECT count(*) FROM a WHERE ${column} = 'x'`,
  (column) => `SELECT count(*) FROM a WHERE ${column} LIKE 'x%' OR ${column} < 'y'`,
  (column) => `SELECT a.n FROM a ORDER BY ${column}, a.n, a.name, a.kind, a.flag`,
  (column) => `SELECT max(${column}), min(${column}), count(DISTINCT ${column}) FROM a`,
  (column) => `SELECT count(*) FROM a JOIN b ON ${column} = b.name`,
  (column) => `SELECT length(${column}), md5(${column}), ${column}::int FROM a`,
  (column) => `SELECT a.n, (SELECT count(*) FROM b WHERE b.name = ${column}) FROM a`,
  (column) => `SELECT row_number() OVER (PARTITION BY ${column} ORDER BY a.skyflow_id) FROM a`,
  (column) => `SELECT 1 / (CASE WHEN ${column} = 'x' THEN 0 ELSE 1 END) FROM a`,
  (column) => `SELECT count(*) FROM a GROUP BY ${column} HAVING ${column} > '0'`,
];

/**
 * Two vaults that differ only in values of a column that the asker is never shown more of than `*REDACTED*` give the same
 * answers and refusals, whatever is asked.
 */
export async function checkNothingTold(stage: Stage, runs: number): Promise<void> {
  const property = fc.asyncProperty(
    world,
    fc.array(query, { minLength: 4, maxLength: 4 }),
    async (content, queries) => {
      const rules = [
        ...content.rules.filter((text) => !/\.(?:note|\*) WITH REDACTION = PLAIN/u.test(text)),
        'ALLOW READ ON a.note, b.note WITH REDACTION = REDACTED',
      ];
      const both = [content, changed(content)].map((rows) => ({ rows, name: `told-${++worlds}` }));
      const vaults: string[] = [];
      for (const { rows, name } of both)
        vaults.push(await openWorld(stage.api, rows, { ...stage, name }));
      stage.api.govern({ policies: both.map(({ name }) => policyOf(name, rules)).join('\n---\n') });
      const probes = ["REDACTION(a.note, 'PLAIN_TEXT')", 'a.note'].flatMap((column) =>
        PROBES.map((probe) => probe(column)),
      );
      for (const sql of [...queries.map((one) => sqlOf(one)), ...probes]) {
        const [left, right] = await Promise.all(
          vaults.map((vault) => toldByApi(stage.api, stage.asker, { vault, query: sql })),
        );
        assert.deepEqual(left, right, sql);
      }
    },
  );
  await fc.assert(property, { numRuns: runs });
}

/** The same with every note another one: there as before, and of another text. */
function changed(content: World): World {
  const other = (row: Row): Row =>
    row.note === undefined ? row : { ...row, note: row.note === 'x' ? '12' : 'x' };
  return { ...content, rows: { a: content.rows.a.map(other), b: content.rows.b.map(other) } };
}
