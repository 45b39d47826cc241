import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { secret } from './secret.ts';

test('secret shows itself to nobody but reveal', () => {
  const hidden = secret('hunter2');
  const shown = [
    String(hidden),
    JSON.stringify({ hidden }),
    inspect({ hidden }, { showHidden: true }),
  ];
  for (const text of shown) assert.doesNotMatch(text, /hunter2/u);
  assert.equal(hidden.reveal(), 'hunter2');
});
