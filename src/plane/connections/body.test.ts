import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { elementsAt, fieldPath } from './fieldpath.ts';
import { openForm, openQuery } from './formbody.ts';
import { openJson } from './jsonbody.ts';
import type { Leaf, OpenBody } from './leaf.ts';
import { openMultipart } from './multipartbody.ts';
import { picksOf } from './pick.ts';

const bytes = (text: string) => Buffer.from(text, 'utf8');
const textOf = (out: Uint8Array) => Buffer.from(out).toString('utf8');
const code = (expected: string) => (thrown: unknown) =>
  thrown instanceof Problem && thrown.code === expected;

/** The body with a value in place of every one that the path means. */
function replaced(body: OpenBody, path: string, put: Json): Uint8Array {
  const field = {
    name: path,
    path: fieldPath(path),
    act: { kind: 'reveal', redaction: 'DEFAULT' },
  };
  const picks = picksOf(body.leaves, [field as never], { passes: true });
  return body.with(new Map(picks.map(({ leaf }): [Leaf, Json] => [leaf, put])));
}

/** The same by parsing, walking and writing anew. */
function slowly(value: unknown, path: readonly string[], put: Json): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value === null ? value : put;
  if (Array.isArray(value)) {
    return value.map((one: unknown, i) =>
      step === '*' || step === String(i) ? slowly(one, rest, put) : one,
    );
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === step ? slowly(one, rest, put) : one]),
  );
}

const key = fc.constantFrom('a', 'b', 'card', 'constructor', 'ключ', '"', '\\', '');
const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('"', '\\', '\\"', '{"a":1}', ' '),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('document'), { maxLength: 4 }),
    fc.dictionary(key, tie('document'), { maxKeys: 4 }),
  ),
}));
const path = fc
  .array(fc.constantFrom('a', 'b', 'card', 'constructor', '*', '0', '1', '"'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((steps) => steps.join('.'));
const indent = fc.constantFrom(undefined, 1, '\t', '\r\n ');

describe('openJson', () => {
  test('agrees with its slow twin, and leaves every other byte', () => {
    fc.assert(
      fc.property(document, path, indent, (value, steps, spaces) => {
        const text = JSON.stringify(value, null, spaces);
        const body = openJson(bytes(text));
        const meant = body.leaves.filter(
          ({ place }) => elementsAt(fieldPath(steps), place) !== null,
        );
        // What a field may not mean is refused elsewhere.
        fc.pre(meant.every((leaf) => leaf.value.kind !== 'whole'));
        const out = textOf(replaced(body, steps, 'put "in"'));
        const again = JSON.stringify(value) ?? '';
        assert.deepEqual(JSON.parse(out), slowly(JSON.parse(again), steps.split('.'), 'put "in"'));
        let rest = text;
        for (const { start, end, value: old } of meant.toReversed()) {
          if (old.kind !== 'null') rest = rest.slice(0, start) + rest.slice(end);
        }
        assert.equal(out.replaceAll('"put \\"in\\""', ''), rest);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps digits that a double does not hold', () => {
    const text = '{"n": 12345678901234567890, "m":1e400,"z":-0, "t":"x"}';
    assert.equal(textOf(replaced(openJson(bytes(text)), 't', 'y')), text.replace('"x"', '"y"'));
    const [, n] = openJson(bytes(text)).leaves;
    assert.deepEqual(n?.value, { kind: 'number', digits: '12345678901234567890' });
  });

  const refused = [
    ['', 'no JSON'],
    ['{"a":1,"a":2}', 'a key twice'],
    ['{"a":1,"\\u0061":2}', 'a key twice, written differently'],
    ['{"a":1}x', 'more behind it'],
    ["{'a':1}", 'other quotes'],
    ['\ufeff{}', 'a byte order mark'],
    ['NaN', 'no number'],
  ] as const;
  for (const [text, what] of refused) {
    test(`refuses ${what}`, () => assert.throws(() => openJson(bytes(text)), code('invalid')));
  }

  test('refuses bytes that are not UTF-8, what is too deep and what has too many values', () => {
    assert.throws(() => openJson(Buffer.from('22ff22', 'hex')), code('invalid'));
    assert.throws(
      () => openJson(bytes('['.repeat(200_000) + ']'.repeat(200_000))),
      code('invalid'),
    );
    assert.throws(() => openJson(bytes(`[${'0,'.repeat(60_000)}0]`)), code('invalid'));
  });

  test('takes keys that objects have by themselves for keys', () => {
    const text = '{"__proto__":{"x":"t"},"constructor":{"prototype":"t"}}';
    assert.equal(
      textOf(replaced(openJson(bytes(text)), '__proto__.x', 'v')),
      '{"__proto__":{"x":"v"},"constructor":{"prototype":"t"}}',
    );
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });
});

describe('openForm', () => {
  const pair = fc.tuple(
    fc.constantFrom('a', 'card[number]', 'card.number', 'items[0][sku]', 'items[][sku]', 'x y'),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  );

  test('changes what a field means and nothing else', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 8 }), (pairs) => {
        const text = new URLSearchParams([...pairs]).toString();
        const out = new URLSearchParams(
          textOf(replaced(openForm(bytes(text)), 'card.number', 'a&b=c d+é')),
        );
        const wanted = pairs.map(([name, value]) => [
          name,
          /^card[.[]/u.test(name) ? 'a&b=c d+é' : value,
        ]);
        assert.deepEqual([...out], wanted);
      }),
    );
  });

  test('knows elements of lists', () => {
    const text = 'items%5B0%5D%5Bsku%5D=a&items[1][sku]=b&items[][sku]=c&n=1';
    assert.equal(
      textOf(replaced(openForm(bytes(text)), 'items.*.sku', '*')),
      text.replaceAll(/=[abc]/gu, '=*'),
    );
  });

  test('reads the names of fields as it reads those of forms', () => {
    for (const [written, read] of [
      ['card[number]', 'card.number'],
      ['items[][sku]', 'items.*.sku'],
      ['items[0].sku', 'items.0.sku'],
      ['tags[]', 'tags.*'],
    ] as const) {
      assert.deepEqual(fieldPath(written), fieldPath(read));
    }
    for (const text of [
      '',
      '.a',
      'a.',
      'a..b',
      'a[b',
      'a]b',
      '[a]',
      'a[b]c',
      `a${'.b'.repeat(40)}`,
    ]) {
      assert.throws(() => fieldPath(text), code('invalid'), text);
    }
  });

  test('refuses what could be read in two ways', () => {
    for (const text of ['a=é', 'a=b c', 'a=%', 'a=%ff', 'a=b\nc', 'a#b']) {
      assert.throws(() => openForm(bytes(text)), code('invalid'), text);
    }
  });

  test('puts no value into a query that would add to it', () => {
    const query = openQuery('card=t&x=1');
    assert.equal(replacedQuery(query, 'card', '1&x=2#'), 'card=1%26x%3D2%23&x=1');
  });

  function replacedQuery(query: ReturnType<typeof openQuery>, name: string, put: Json): string {
    const leaves = query.leaves.filter(({ place }) => place.join('.') === name);
    return query.with(new Map(leaves.map((leaf): [Leaf, Json] => [leaf, put])));
  }
});

describe('openMultipart', () => {
  const TYPE = 'multipart/form-data; boundary=xyz';
  const part = (name: string, value: string, more = '') =>
    `--xyz\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const form = (...parts: readonly string[]) => `${parts.join('')}--xyz--\r\n`;

  test('changes what a field means, and leaves files as they came', () => {
    const file = part('scan', '\0\xff--xy\r\n-', '; filename="a.png"\r\nContent-Type: image/png');
    const text = form(part('card[number]', 't'), part('note', ''), file);
    const out = replaced(openMultipart(Buffer.from(text, 'latin1'), TYPE), 'card.number', 'é');
    const wanted = text.replace('\r\n\r\nt\r\n', '\r\n\r\n\xc3\xa9\r\n');
    assert.equal(Buffer.from(out).toString('latin1'), wanted);
  });

  test('refuses to read a file as a field', () => {
    const text = form(part('scan', 'x', '; filename="a"'));
    const body = openMultipart(bytes(text), TYPE);
    assert.throws(() => replaced(body, 'scan', 'y'), code('invalid'));
  });

  test('puts no value in that would end its part', () => {
    const body = openMultipart(bytes(form(part('a', 't'))), TYPE);
    assert.throws(() => replaced(body, 'a', 'x\r\n--xyz--'), code('invalid'));
    assert.throws(() => replaced(body, 'a', '--xyz'), code('invalid'));
  });

  const strange = [
    '',
    'x',
    '--xyz',
    `preamble\r\n${form(part('a', 'b'))}`,
    `${form(part('a', 'b'))}more`,
    part('a', 'b'),
    form(part('a"; name="b', 'c')),
    form(part('a%22', 'c')),
    form(part('a', 'b', '\r\nContent-Disposition: form-data; name="c"')),
    form(part('a', 'b', '\r\nContent-Transfer-Encoding: base64')),
    form("--xyz\r\nContent-Disposition: form-data; name*=utf-8''a\r\n\r\nb\r\n"),
    form('--xyz\r\n\r\nb\r\n'),
    form('--xyz\r\nContent-Disposition: form-data; name="a"\r\nb\r\n'),
  ];
  for (const [i, text] of strange.entries()) {
    test(`refuses a form that is none (${i + 1})`, () => {
      assert.throws(() => openMultipart(Buffer.from(text, 'latin1'), TYPE), code('invalid'));
    });
  }

  test('refuses a type without a boundary, or with two', () => {
    const text = bytes(form(part('a', 'b')));
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=xyz; boundary=abc']) {
      assert.throws(() => openMultipart(text, type), code('invalid'), type);
    }
  });
});
