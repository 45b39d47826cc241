import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { echoesIn, requireNoEcho, shownBy } from './echo.ts';
import { openJson } from './jsonbody.ts';
import { SHOWN_CHARACTERS_MIN } from './limits.ts';

const isHeldBack = (thrown: unknown) => thrown instanceof Problem && thrown.code === 'unsupported';
const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 5, maxLength: 8 });

test('requireNoEcho finds a value wherever it stands, few of them or many', () => {
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 40 }),
      (values, text) => {
        const shown = shownBy(values.map((json) => ({ token: 't', json })));
        const looked = values.filter(({ length }) => length >= SHOWN_CHARACTERS_MIN);
        const check = () => requireNoEcho(utf8(text), shown);
        if (looked.some((value) => text.includes(value))) assert.throws(check, isHeldBack);
        else check();
      },
    ),
  );
});

test('echoesIn gives the token of a value that stands by itself, as text or number', () => {
  const shown = shownBy([
    { token: 't1', json: '4111111111111111' },
    { token: 't2', json: 1234567 },
    { token: 't3', json: 'EU' },
  ]);
  const { leaves } = openJson(
    utf8('{"a":4111111111111111,"b":["1234567","EU"],"c":"\\u0034111111111111111"}'),
  );
  const echoes = echoesIn(leaves, shown);
  const places = [...echoes].map(([{ place }, token]) => [place.join('.'), token]);
  assert.deepEqual(places, [
    ['a', 't1'],
    ['b.0', 't2'],
    ['c', 't1'],
  ]);
  assert.throws(() => echoesIn(openJson(utf8('"x4111111111111111"')).leaves, shown), isHeldBack);
});
