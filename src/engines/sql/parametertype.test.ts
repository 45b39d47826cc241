import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isParameterType } from '#engines/sql';
import { catalog } from '../../../test/sql/stand.ts';

const TYPES: readonly (readonly [string, number, boolean])[] = [
  ['inferred', 0, true],
  ['int4', 23, true],
  ['text', 25, true],
  ['text[]', 1009, true],
  ['timestamptz', 1184, true],
  ['oid', 26, true],
  ['regproc', 24, false],
  ['regclass', 2205, false],
  ['regclass[]', 2210, false],
  ['regrole', 4096, false],
  ['aclitem', 1033, false],
  ['row of pg_type', 71, false],
  ['row of pg_authid', 2842, false],
  ['unknown to the catalog', 999_999, false],
];

for (const [name, oid, allowed] of TYPES) {
  test(`isParameterType of ${name} is ${allowed}`, () => {
    assert.equal(isParameterType(catalog, oid), allowed);
  });
}

test('isParameterType takes the types of the source and their arrays, and no rows of its relations', () => {
  const [type] = catalog.types.filter((each) => each.kind === 'enum');
  assert.ok(type !== undefined);
  assert.equal(isParameterType(catalog, type.oid), true);
  assert.equal(isParameterType(catalog, type.arrayOid), true);
  for (const relation of catalog.relations) {
    assert.equal(isParameterType(catalog, relation.oid), false);
  }
});
