import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModule, scanSync } from 'libpg-query';
import { QUERIES } from '../../../test/sql/queries.ts';
import { closingIndex, tokenIndexAt, tokensOf } from './token.ts';

await loadModule();

const bytesOf = (text: string) => Buffer.from(text, 'utf8');
const AWKWARD = [
  `select 'a''b', E'it\\'s', $$x'y$$, $tag$ $$ $tag$, B'01', x'ff', U&'\\0041'`,
  `select "a""b", U&"d\\0061", $1, 1.5e-3, .5, 0x1F, 1_000, a$b`,
  'select a--comment\n+b/* c /* nested */ d */-c, a<>b, a->>b, a::int, f(a:=1), x[1:2]',
  `select 'é', "ü", é from t where a=-1 and b @> '{}' or c*/**/d`,
];

/** PostgreSQL's scanner splits operators before a sign and joins nothing we split, so starts are compared. */
for (const text of [...AWKWARD, ...QUERIES]) {
  test(`tokensOf begins tokens where PostgreSQL does in \`${text.slice(0, 60)}\``, () => {
    const theirs = scanSync(text).tokens.filter((token) => !/COMMENT/u.test(token.tokenName));
    const starts = new Set(tokensOf(bytesOf(text)).map((token) => token.start));
    const missing = theirs.filter((token) => !starts.has(token.start));
    const inOperators = missing.filter((token) => /^[-+*/<>=~!@#%^&|`?:.]/u.test(token.text));
    assert.deepEqual(missing, inOperators);
    assert.equal(tokensOf(bytesOf(text)).at(-1)?.end, theirs.at(-1)?.end);
  });
}

test('tokensOf ends for unfinished text', () => {
  for (const text of [`'a`, `"a`, '$$a', '/* a', "E'a\\", '$a', '--', 'U&"']) {
    assert.ok(tokensOf(bytesOf(text)).length <= 2, text);
  }
});

test('closingIndex finds the bracket that closes', () => {
  const tokens = tokensOf(bytesOf('f(a, (b)[1], g()) + (c)'));
  assert.equal(tokens[closingIndex(tokens, 1)]?.start, 16);
  assert.equal(closingIndex(tokensOf(bytesOf('(a')), 0), -1);
});

test('tokenIndexAt finds the token at or after an offset', () => {
  const tokens = tokensOf(bytesOf('a  bc d'));
  assert.deepEqual(
    [0, 1, 3, 4, 7].map((offset) => tokenIndexAt(tokens, offset)),
    [0, 1, 1, 2, 3],
  );
});
