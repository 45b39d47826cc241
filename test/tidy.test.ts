import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTree, type Tree } from './tidy/tree.ts';
import * as rules from './tidy/rules.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const house = readTree(root, ['src', 'test', 'bench']);

/** For every rule: a small tree that must offend it, and words its report must hold. */
const offenders: Readonly<Record<keyof typeof rules, readonly [Tree, string]>> = {
  layers: planted(
    { 'src/base/a.ts': `import { x } from '#engines/policy';` },
    'base imports nothing',
  ),
  controlNeverReachesPlane: planted(
    {
      'src/control/api/a.ts': `import { x } from '#platform/db';`,
      'src/platform/db/mod.ts': `export { y } from './b.ts';`,
      'src/platform/db/b.ts': `const z = await import('#plane/keys');`,
      'src/plane/keys/mod.ts': '',
    },
    'src/control/api/a.ts reaches src/plane/keys/mod.ts',
  ),
  doorways: planted(
    { 'src/plane/gateway/a.ts': `import { x } from '../keys/ring.ts';` },
    'past its doorway',
  ),
  doorwaysAreDoors: planted(
    { 'src/engines/sql/mod.ts': `export * from './a.ts';` },
    'without naming',
  ),
  purity: planted({ 'src/engines/policy/a.ts': `const now = Date.now();` }, 'calls Date.now('),
  oneWayOut: planted(
    { 'src/plane/gateway/a.ts': `import { connect } from 'node:net';` },
    'src/plane/gateway/a.ts reaches out by node:net',
  ),
  noCycles: planted(
    { 'src/base/a.ts': `import './b.ts';`, 'src/base/b.ts': `import { a } from './a.ts';` },
    'src/base/a.ts → src/base/b.ts → src/base/a.ts',
  ),
  fileSizes: planted({ 'src/base/a.ts': '\n'.repeat(501) }, 'limit 500'),
  deadFiles: planted({ 'src/base/a.ts': '' }, 'imported by nothing'),
  deadExports: planted(
    {
      'src/base/a.ts': 'export const x = 1;\nexport const y = x;\nexport type Z = typeof x;',
      'src/base/b.ts': `import { y, type Z } from '#base/a';`,
    },
    'src/base/a.ts exports x, which nobody imports',
  ),
  names: planted({ 'src/base/utils.ts': '' }, 'named after no noun'),
  dialect: planted({ 'src/base/a.ts': 'export enum A { B }' }, 'declares an enum'),
  testsOnly: planted(
    { 'src/plane/gateway/a.ts': `import { x } from './testgateway.ts';` },
    'which is for tests',
  ),
  onlyTheBrokerUnwraps: planted(
    {
      'src/plane/vault/a.ts': `const { provider } = ports; await provider.unwrap(bytes, context);`,
    },
    'unwraps by itself: provider.unwrap',
  ),
  programsApart: planted(
    { 'src/programs/up/a.ts': `import { x } from '../plane/main.ts';` },
    'imports the program plane',
  ),
  migrationNumbers: planted(
    {
      'src/control/migrations/140-a.sql': '',
      'src/control/migrations/140-b.sql': '',
      'src/plane/migrations/140-a.sql': '',
    },
    'src/control/migrations/140-a.sql and src/control/migrations/140-b.sql have one number',
  ),
  rooms: planted({ 'src/attic/a.ts': '' }, 'in no room'),
};

for (const [name, rule] of Object.entries(rules)) {
  test(`${name} holds in this house`, () => {
    assert.deepEqual(rule(house), []);
  });

  test(`${name} catches a planted offender`, () => {
    const [tree, words] = offenders[name as keyof typeof rules];
    assert.match(rule(tree).join('\n'), new RegExp(RegExp.escape(words), 'u'));
  });
}

function planted(files: Record<string, string>, words: string): readonly [Tree, string] {
  return [new Map(Object.entries(files)), words];
}
