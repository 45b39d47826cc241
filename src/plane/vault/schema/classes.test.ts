import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { checkFact } from '#boundary';
import { classesOf } from '../mod.ts';

const nothing = {
  dataType: null,
  identifiability: null,
  sensitivity: null,
  personalInformation: [],
  privacyLaws: [],
  tags: [],
};

test('what a schema says of a column are tags of the catalog', () => {
  const classification = {
    dataType: 'skyflow.SSN',
    identifiability: 'HIGH',
    sensitivity: 'very high',
    personalInformation: ['PII', 'PHI'],
    privacyLaws: ['GDPR', 'GDPR'],
    tags: ['Team.Blue sky', 'alone', '__'],
  };
  assert.deepEqual(classesOf({ classification }), [
    'Vault.DataType.SSN',
    'Vault.Identifiability.HIGH',
    'Vault.Sensitivity.very-high',
    'Vault.PersonalInformation.PII',
    'Vault.PersonalInformation.PHI',
    'Vault.PrivacyLaw.GDPR',
    'Team.Blue-sky',
    'alone',
  ]);
  assert.deepEqual(classesOf({ classification: nothing }), []);
});

test('whatever is written in a schema, the tags may cross the border', () => {
  const text = fc.string({ unit: 'binary', maxLength: 255 });
  const texts = fc.array(text, { maxLength: 100 });
  const classification = fc.record({
    dataType: fc.option(text),
    identifiability: fc.option(text),
    sensitivity: fc.option(text),
    personalInformation: texts,
    privacyLaws: texts,
    tags: texts,
  });
  fc.assert(
    fc.property(classification, (one) => {
      const tags = classesOf({ classification: one });
      const columns = [
        {
          table: 'tbl_01k9v7mz3e8q2f6h4j5n7p9r1s',
          column: 'col_01k9v7mz3e8q2f6h4j5n7p9r1s',
          tags,
        },
      ];
      const head = { format: 'privet-fact/v1', kind: 'vault-classes', plane: 'main', number: 1 };
      const vault = 'vlt_01k9v7mz3e8q2f6h4j5n7p9r1s';
      checkFact({ ...head, timeMs: 0, vault, version: 1, columns });
    }),
  );
});
