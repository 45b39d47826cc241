import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { errorText, frames } from '../attempts/answer.ts';
import { loadRegression, regressionFolder, regressionSelects } from '../regression/suite.ts';
import { openStand, type Stand } from '../stand/stand.ts';
import type { Wire } from '../stand/wire.ts';

const TPCH = new URL('../data/tpch/', import.meta.url);

/** Everyone sees everything: nothing is rewritten but names. */
const OPEN = `
apiVersion: privet/v1
kind: SubscriptionPolicy
name: all
target: { all: true }
allow: { anyone: true }
`;

/** Everyone sees everything through a filter that is always true: every relation is rewritten. */
const FENCED = `${OPEN}---
apiVersion: privet/v1
kind: DataPolicy
name: always
target: { all: true }
rows: { keep: { sql: 'true' } }
`;

const POLICIES = { open: OPEN, fenced: FENCED } as const;

for (const [name, policy] of Object.entries(POLICIES)) {
  test(`all 22 TPC-H queries give the same rows, ${name}`, async (context) => {
    const sql = readFileSync(new URL('schema.sql', TPCH), 'utf8');
    const stand = await openAll(policy, sql);
    try {
      const queries = readFileSync(new URL('queries.sql', TPCH), 'utf8')
        .split(/^-- q\d+\n/mu)
        .filter((text) => text.trim() !== '');
      const tally = await compare(
        stand,
        queries.map((text) => text.trim().replace(/;$/u, '')),
        'set search_path = tpch',
      );
      report(context, tally);
      assert.equal(tally.same, 22);
    } finally {
      await stand.stop();
    }
  });

  test(`PostgreSQL's own regression SELECTs give the same rows, ${name}`, async (context) => {
    const suite = await regressionFolder();
    if (suite.kind === 'absent') {
      context.skip(suite.reason);
      return;
    }
    const stand = await openAll(policy, (url) => loadRegression(suite.folder, url));
    try {
      const selects = regressionSelects(suite.folder).map(({ sql }) => sql);
      const tally = await compare(stand, selects, 'set search_path = public');
      report(context, tally);
      assert.ok(tally.same > 3_000, 'too few SELECTs agreed to mean anything');
      assert.deepEqual(tally.wrong, [], 'rows differ');
    } finally {
      await stand.stop();
    }
  });
}

/**
 * Statements about the catalogs, privileges or who one is: the gateway answers them for the person, not for the role it
 * connects as, and with names written in full. Their answers are meant to differ; they are counted apart.
 */
const ABOUT_ITSELF =
  /\bpg_|information_schema|::\s*reg[a-z]+|\b(?:current|session)_(?:user|role|database|setting)|has_\w+_privilege/iu;

type Tally = {
  same: number;
  own: number;
  sameError: number;
  unstable: number;
  readonly wrong: string[];
  readonly refused: Map<string, number>;
};

/** Runs each statement twice directly and once through the gateway; what differs directly with itself says nothing. */
async function compare(
  stand: Stand,
  statements: readonly string[],
  before: string,
): Promise<Tally> {
  const tally: Tally = {
    same: 0,
    own: 0,
    sameError: 0,
    unstable: 0,
    wrong: [],
    refused: new Map(),
  };
  let wires: readonly [Wire, Wire] | null = null;
  for (const sql of statements) {
    wires ??= await connect(stand, before);
    const [direct, through] = [
      outcomeOf(await wires[0].query(sql)),
      outcomeOf(await wires[1].query(sql)),
    ];
    if (direct.kind === 'error') tally.sameError += 1;
    else if (through.kind === 'error')
      add(tally.refused, through.text.replaceAll(/`[^`]*`/gu, '`…`'));
    else if (equal(direct.rows, through.rows)) tally.same += 1;
    else if (!equal(direct.rows, outcomeOf(await wires[0].query(sql)).rows)) tally.unstable += 1;
    else if (ABOUT_ITSELF.test(sql)) tally.own += 1;
    else tally.wrong.push(sql);
    if (wires.some((wire) => wire.closed())) wires = null;
  }
  for (const wire of wires ?? []) wire.close();
  return tally;
}

type Outcome = {
  readonly kind: 'rows' | 'error';
  readonly text: string;
  readonly rows: readonly string[];
};

/** Rows as a multiset: an order that no ORDER BY asks for may change with the plan. */
function outcomeOf(bytes: Buffer): Outcome {
  const all = frames(bytes);
  if (all.some(({ type }) => type === 'E'))
    return { kind: 'error', text: errorText(bytes), rows: [] };
  const rows = all.filter(({ type }) => type === 'D').map(({ body }) => body.toString('latin1'));
  return { kind: 'rows', text: '', rows: rows.toSorted() };
}

function equal(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((row, index) => row === right[index]);
}

async function connect(stand: Stand, before: string): Promise<readonly [Wire, Wire]> {
  const wires = [await stand.direct('mirror'), await stand.through('everyone', 'mirror')] as const;
  for (const wire of wires) await wire.query(before);
  await wires[0].query("set statement_timeout = '5s'; set default_transaction_read_only = on");
  await wires[1].query("set statement_timeout = '5s'");
  return wires;
}

function openAll(
  policy: string,
  filling: string | ((url: string) => Promise<void>),
): Promise<Stand> {
  return openStand({
    mode: 'splice',
    systems: { mirror: filling },
    policy,
    people: { everyone: {} },
  });
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function report(context: TestContext, tally: Tally): void {
  const refused = [...tally.refused].toSorted((one, two) => two[1] - one[1]);
  const count = refused.reduce((sum, [, times]) => sum + times, 0);
  const answered = tally.same + tally.own + tally.wrong.length + tally.unstable + count;
  context.diagnostic(
    `${answered} run directly: ${tally.same} the same (${((100 * tally.same) / answered).toFixed(2)} %), ${tally.wrong.length} wrong, ${tally.own} about catalogs and privileges answered for the person, ` +
      `${tally.unstable} differ with themselves, ${count} refused; ${tally.sameError} fail directly too`,
  );
  for (const [text, times] of refused) context.diagnostic(`refused ${times} ×: ${text}`);
}
