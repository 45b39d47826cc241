import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, constantFrom, integer, property, stringMatching } from 'fast-check';
import { plan, planned, refused } from '../../../test/sql/stand.ts';
import { normalizedText } from './normal.ts';
import { tokensOf } from './token.ts';

const normalized = (text: string) =>
  normalizedText(tokensOf(Buffer.from(text)), Buffer.from(text), (name) => name === 'orders');

/** Every way to write a literal, with the secret in it. */
const SHAPES: readonly ((secret: string) => string)[] = [
  (s) => `select '${s}'`,
  (s) => `select E'${s}'`,
  (s) => `select $$${s}$$`,
  (s) => `select $q$${s}$q$`,
  (s) => `select U&'${s}'`,
  (s) => `select B'01', interval '${s}', date '${s}' /* ${s} */ -- ${s}`,
  (s) => `select id from orders where email = '${s}' or email in ('${s}', '${s}')`,
  (s) => `execute p('${s}', ${s}, "${s}")`,
  (s) => `execute p(${s})`,
  (s) => `set application_name = '${s}'`,
  (s) => `set application_name = ${s}`,
  (s) => `set privet.project to ${s}`,
  (s) => `declare c cursor for select '${s}'`,
  (s) => `prepare p as select '${s}'`,
  (s) => `select * from orders where email = "${s}"`,
  (s) => `copy (select '${s}') to stdout (delimiter '|', null '${s}')`,
  (s) => `select '${s}`,
  (s) => `notify x, '${s}'`,
];

test('normalizedText holds no literal, however it is written', () => {
  const secret = stringMatching(/^zq[a-z]{8,14}$/u);
  check(
    property(secret, constantFrom(...SHAPES), (word, shape) => {
      assert.doesNotMatch(normalized(shape(word)), new RegExp(word, 'u'));
    }),
    { numRuns: 400 },
  );
});

test('normalizedText leaves no digits of numbers', () => {
  check(
    property(integer({ min: 1000, max: 9_999_999 }), (number) => {
      const text = normalized(
        `select id from orders where id = ${number} or total > ${number}.5e1`,
      );
      assert.doesNotMatch(text, /\d/u);
    }),
  );
});

test('a plan and a refusal carry the text without literals', () => {
  assert.equal(
    planned(`select id from orders where email is null and id in (1, 2, 3) and total > 4`)
      .normalized,
    'select id from orders where email is null and id in (?) and total > ?',
  );
  const result = plan(`select email || 'secret' from orders`);
  assert.equal(result.kind === 'refused' && result.normalized, 'select email || ? from orders');
});

test('a fingerprint is equal for equal shapes only', () => {
  const of = (text: string) => planned(text).fingerprint;
  assert.equal(
    of('select id from orders where id in (1, 2)'),
    of('SELECT id  FROM orders WHERE id IN (3)'),
  );
  assert.notEqual(of('select id from orders'), of('select total from orders'));
  assert.match(of('select 1'), /^[0-9a-f]{16}$/u);
});

test('refusals of broken text name no more than the parser does', () => {
  assert.equal(refused('select 1 frm x y'), '42601 syntax error at or near `x`');
});
