import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parseDocuments, prepare } from './mod.ts';
import type { FactsInput } from './mod.ts';
import { undoableMasks } from './undoable.ts';

const POLICIES = `
apiVersion: privet/v1
kind: DataPolicy
name: numbers
target: { sources: [demo.clinic.patient] }
mask:
  columns: { names: [ssn] }
  for: { groups: [clerks] }
  with: { kind: format-preserving, alphabet: digits, separators: '-' }
  otherwise:
    - for: { groups: [desk] }
      with: { kind: reversible }
    - with: { kind: hash }
`;

function factsOf(): FactsInput {
  const { documents, problems } = parseDocuments(POLICIES, 'test.yaml');
  assert.deepEqual(problems, []);
  const column = (name: string, type: string) => ({ name, type, tags: [] });
  return {
    subjects: [],
    policies: documents.map((authored) => authored.json),
    projects: [
      {
        id: 'prj_1',
        name: 'joined',
        description: '',
        state: 'active',
        sources: ['demo.*.*'],
        purposes: [],
        maskedJoins: true,
        members: [],
      },
      {
        id: 'prj_2',
        name: 'elsewhere',
        description: '',
        state: 'active',
        sources: ['other.*.*'],
        purposes: [],
        maskedJoins: true,
        members: [],
      },
    ],
    purposes: [],
    sources: [
      {
        id: 'src_1',
        system: 'demo',
        schema: 'clinic',
        name: 'patient',
        state: 'active',
        tags: [],
        columns: [column('id', 'integer'), column('ssn', 'text')],
      },
    ],
  };
}

test('undoableMasks gives the masks of a column that have a way back, with their keys', () => {
  const view = prepare(factsOf(), {
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  const at = { source: 'src_1', column: 'ssn', project: null };
  assert.deepEqual(undoableMasks(view, at), [
    {
      kind: 'format-preserving',
      alphabet: 'digits',
      separators: '-',
      key: 'source/src_1/column/ssn',
    },
    { kind: 'reversible', key: 'source/src_1' },
  ]);
  assert.deepEqual(
    undoableMasks(view, { ...at, project: 'joined' }).map((mask) => mask.key),
    ['project/prj_1', 'project/prj_1'],
  );
  assert.deepEqual(undoableMasks(view, { ...at, project: 'unknown' }), []);
  assert.deepEqual(undoableMasks(view, { ...at, project: 'elsewhere' }), []);
  assert.deepEqual(undoableMasks(view, { ...at, column: 'id' }), []);
  assert.deepEqual(undoableMasks(view, { ...at, source: 'src_2' }), []);
});
