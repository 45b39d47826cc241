import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openJson } from './jsonbody.ts';

test('openJson reads', () => {
  const b = openJson(Buffer.from('{"a":[1,{"b":"x\\\\"}],"c":"\\u0041","d":{}, "e":[] }'));
  assert.deepEqual(
    b.leaves.map((l) => l.place.join('.')),
    ['', 'a', 'a.0', 'a.1', 'a.1.b', 'c', 'd', 'e'],
  );
});
