import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '#base/canonical';
import { FACT_BYTES_MAX, checkFact } from '#boundary';
import type { Relation } from '#engines/sql';
import { dictionaryFacts, dictionaryOf } from './dictionary.ts';
import type { Survey } from './introspect.ts';

const HEAD = {
  system: { id: 'sys_0123456789abcdefghjkmnpqrs', name: 'clinic' },
  state: 'present',
  mode: 'splice',
  registeredBy: 'sub_0123456789abcdefghjkmnpqrs',
  registeredAtMs: 1,
  version: 1,
  serverVersion: 150_018,
  timeMs: 1,
} as const;

function relation(oid: number, columns: number, comment = ''): Relation {
  return {
    oid,
    schema: 's',
    name: `t${oid}`,
    kind: 'table',
    columns: Array.from({ length: columns }, (_, i) => ({
      name: `${'c'.repeat(50)}${i}`,
      attnum: i + 1,
      type: 'text',
      typeOid: 25,
      notNull: false,
      deterministic: true,
    })),
    parents: [],
    primaryKey: [],
    comment,
  };
}

function surveyOf(relations: readonly Relation[], comments: [string, string][] = []): Survey {
  return {
    server: {
      version: 150_018,
      role: 'reader',
      superuser: false,
      createRole: false,
      bypassRls: false,
      replication: false,
      createSchema: false,
      temporary: false,
      standby: false,
    },
    catalog: { digest: '', serverVersion: 150_018, relations, types: [], functions: [] },
    foreignKeys: new Map(),
    columnComments: new Map(comments),
    writable: 0,
    beyond: 0,
  };
}

test('dictionaryFacts cuts by count and by bytes, and loses nothing', () => {
  const relations = [
    ...Array.from({ length: 450 }, (_, i) => relation(i + 1, 2)),
    ...Array.from({ length: 30 }, (_, i) => relation(i + 1_000, 1_600)),
  ];
  const dictionary = dictionaryOf(surveyOf(relations));
  const facts = dictionaryFacts(HEAD, dictionary);
  assert.ok(facts.length >= 5);
  for (const [i, fact] of facts.entries()) {
    const whole = checkFact({ ...fact, format: 'privet-fact/v1', plane: 'plane-1', number: 1 });
    assert.ok(Buffer.byteLength(canonicalJson(whole)) <= FACT_BYTES_MAX);
    assert.deepEqual([fact.part, fact.parts], [i + 1, facts.length]);
  }
  assert.deepEqual(
    facts.flatMap((fact) => fact.relations.map((one) => one.name)),
    relations.map((one) => one.name),
  );
  assert.equal(dictionaryFacts(HEAD, { ...dictionary, relations: [] }).length, 1);
});

test('dictionaryOf makes comments fit: no control characters, not too long, whole characters', () => {
  const comment = `aa\u0000b\u001b[2J\u2028${'é'.repeat(10_000)}`;
  const survey = surveyOf([relation(1, 1, comment)], [['1 1', comment]]);
  const [fact] = dictionaryFacts(HEAD, dictionaryOf(survey));
  checkFact({ ...fact, format: 'privet-fact/v1', plane: 'plane-1', number: 1 });
  const { description } = fact?.relations[0] ?? assert.fail();
  assert.match(description, /^aa b \[2J é+$/u);
  assert.equal(Buffer.byteLength(description), 8 * 1024 - 1);
});

test('dictionaryOf does not change when only OIDs do', () => {
  const before = dictionaryOf(surveyOf([relation(1, 3)]));
  const after = dictionaryOf(surveyOf([{ ...relation(1, 3), oid: 99 }]));
  assert.equal(before.digest, after.digest);
});
