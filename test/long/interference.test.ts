import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fixtureText, policyText } from '../attempts/attempt.ts';
import { answerOf, frames } from '../attempts/answer.ts';
import { canariesIn } from '../attempts/run.ts';
import { dice, query } from '../interference/query.ts';
import { openStand, type Stand } from '../stand/stand.ts';
import type { Wire } from '../stand/wire.ts';

const QUERIES = Number(process.env['INTERFERENCE_QUERIES'] ?? 3_000);
const SEED = Number(process.env['INTERFERENCE_SEED'] ?? 20_261_121);
const OTHER = readFileSync(new URL('../interference/other.sql', import.meta.url), 'utf8');

/**
 * Non-interference: what mallory may not see may be anything, and nothing she is sent changes by a byte. Two databases
 * differ in every protected value, in the number of filtered rows and in all of the absent tables.
 */
for (const mode of ['splice', 'hardened'] as const) {
  test(`what is hidden does not change one byte of any answer in ${mode} mode`, async (context) => {
    const left = await open(mode, fixtureText());
    const right = await open(mode, fixtureText() + OTHER);
    try {
      const counts = await compare(left, right);
      context.diagnostic(`seed ${SEED}: ${JSON.stringify(counts)}`);
      assert.ok(counts.answered > QUERIES / 10, 'too few queries were answered to mean anything');
    } finally {
      await left.stop();
      await right.stop();
    }
  });
}

async function compare(left: Stand, right: Stand): Promise<{ answered: number; refused: number }> {
  const counts = { answered: 0, refused: 0 };
  const roll = dice(SEED);
  let wires = await connect(left, right);
  for (let i = 0; i < QUERIES; i++) {
    const sql = query(roll);
    const [one, two] = await Promise.all([wires[0].query(sql), wires[1].query(sql)]);
    assert.deepEqual(readable(two), readable(one), `answers differ for: ${sql}`);
    assert.deepEqual(canariesIn(one, sql), [], `a canary came back for: ${sql}`);
    if (answerOf(one).startsWith('refused')) counts.refused += 1;
    else counts.answered += 1;
    if (wires.some((wire) => wire.closed())) wires = await connect(left, right);
  }
  for (const wire of wires) wire.close();
  return counts;
}

function connect(left: Stand, right: Stand): Promise<readonly [Wire, Wire]> {
  return Promise.all([left.through('mallory', 'shopdb'), right.through('mallory', 'shopdb')]);
}

/**
 * Every frame in full, as text that a failing test can show. Two things are not part of the claim and taken out: OIDs of
 * tables and views, which each cluster deals out by its own history, and the order of rows, which SQL leaves open.
 */
function readable(bytes: Buffer): readonly string[] {
  return frames(bytes)
    .map(
      ({ type, body }) => `${type} ${(type === 'T' ? withoutOids(body) : body).toString('latin1')}`,
    )
    .map((text, index) => ({ text, index: text.startsWith('D ') ? -1 : index }))
    .toSorted((one, two) => one.index - two.index || (one.text < two.text ? -1 : 1))
    .map(({ text }) => text);
}

/** RowDescription: each field is a name, then table OID (4), attribute number (2) and twelve more bytes. */
function withoutOids(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  for (let at = 2; at < copy.length; at += 18) {
    at = copy.indexOf(0, at) + 1;
    copy.writeUInt32BE(0, at);
  }
  return copy;
}

function open(mode: 'splice' | 'hardened', sql: string): Promise<Stand> {
  return openStand({
    mode,
    systems: { shopdb: sql },
    policy: policyText(),
    people: { mallory: { region: ['EU'] } },
  });
}
