import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readYaml } from './yamltext.ts';

/** Far more than a reading takes, far less than the half minute it took when every fault was gathered. */
const MILLISECONDS_MAX = 5_000;

for (const [what, text] of [
  ['quotes', '"'.repeat(1_000_000)],
  ['closing braces', '}'.repeat(1_000_000)],
  ['one fault a line', 'a: "b" "c"\n'.repeat(90_000)],
  ['one faulty document after another', '---\n"a" "b"\n'.repeat(80_000)],
] as const) {
  test(`a text that is all faults is given up soon: ${what}`, () => {
    const startMs = performance.now();
    const { documents, problems } = readYaml(text, 'hostile.yaml');
    assert.ok(performance.now() - startMs < MILLISECONDS_MAX);
    assert.deepEqual(documents, []);
    const given = problems.filter(({ message }) => message.includes('more than 100 faults'));
    assert.equal(given.length, 1);
    assert.ok(problems.length <= 101, `${problems.length}`);
  });
}

test('faults are told with their lines, and documents beside them are read', () => {
  const { documents, problems } = readYaml('a: 1\n---\nb: "c" "d"\n---\ne: 2\n', null);
  assert.equal(documents.length, 2);
  assert.deepEqual(
    problems.map(({ where }) => where?.line),
    [3],
  );
});
