import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { jwtVerify } from 'jose';
import {
  FIELD_CLASSES,
  MESSAGES,
  check,
  checkBundle,
  fieldTable,
  literalIn,
  openBundle,
  signBundle,
  signIdentityToken,
  verifyIdentityToken,
} from './mod.ts';
import type { AnyShape, Bundle, Field, IdentityClaims } from './mod.ts';

const ID = '0123456789abcdefghjkmnpqrs';

/** A value every field of which is at the edge of what its class lets through. */
function sample(shape: AnyShape): unknown {
  if (shape.kind === 'field') return sampleField(shape);
  if (shape.kind === 'nullable') return sample(shape.of);
  if (shape.kind === 'list') return [sample(shape.of)];
  if (shape.kind === 'map') return { [String(sample(shape.keys))]: sample(shape.values) };
  if (shape.kind === 'record') return sampleRecord(shape.fields);
  const [kind, inner] = Object.entries(shape.cases)[0] ?? assert.fail('union without cases');
  return { kind, ...sampleRecord(inner.fields) };
}

function sampleRecord(fields: { readonly [name: string]: AnyShape }): object {
  return Object.fromEntries(Object.entries(fields).map(([key, inner]) => [key, sample(inner)]));
}

const SAMPLES = [
  ...[
    'sub',
    'tok',
    'src',
    'sys',
    'prj',
    'pln',
    'key',
    'pol',
    'run',
    'vlt',
    'tbl',
    'col',
    'rol',
  ].map((prefix) => `${prefix}_${ID}`),
  'dec_0123456789abcdef',
  'plane-1',
  '0 6 * * 1-5',
  'ada',
  'a'.repeat(16),
  'A'.repeat(43),
  'a'.repeat(64),
  'A'.repeat(86) + '==',
  'A'.repeat(43) + '=',
  'A'.repeat(392),
  '10.0.0.0/8',
];

function sampleField(field: Field): unknown {
  const form = field.form;
  if (form.kind === 'one-of') return form.values[0];
  if (form.kind === 'integer') return form.min;
  if (form.kind === 'rounded') return 12;
  if (form.kind === 'document') return { kind: 'DataPolicy' };
  if (form.kind === 'statement') return 'SELECT $1';
  if (form.kind === 'text') return 'text';
  const found = SAMPLES.find((text) => form.pattern.test(text));
  return found ?? assert.fail(`no sample for ${form.pattern.source}`);
}

type Path = readonly (string | number)[];

/** Every place of a sample: where a record is (to plant a field in) and where a field is (to break its limit). */
function* places(shape: AnyShape, path: Path = []): Generator<{ path: Path; shape: AnyShape }> {
  yield { path, shape };
  if (shape.kind === 'nullable') yield* places(shape.of, path);
  if (shape.kind === 'list') yield* places(shape.of, [...path, 0]);
  if (shape.kind === 'map') yield* places(shape.values, [...path, String(sample(shape.keys))]);
  if (shape.kind === 'record') {
    for (const [key, inner] of Object.entries(shape.fields)) yield* places(inner, [...path, key]);
  }
}

function planted(value: unknown, path: Path, change: (at: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = planted(copy[key], rest, change);
  return copy;
}

function beyond(field: Field): readonly unknown[] {
  const form = field.form;
  const never = [undefined, null, {}, [], Number.NaN];
  if (form.kind === 'one-of') return [...never, 'no such word', 7];
  if (form.kind === 'integer') {
    return [...never, form.min - 1, form.max + 1, 0.5, -0, '1', Infinity];
  }
  if (form.kind === 'rounded') {
    return [...never, -0, '1', Infinity, true, 1.234567, 918_273_645, -0.1234567];
  }
  if (form.kind === 'document') {
    let deep: object = {};
    for (let i = 0; i <= form.depthMax; i++) deep = { deep };
    return [undefined, null, [], 'text', deep, { text: 'x'.repeat(form.bytesMax) }];
  }
  const long = 'é'.repeat(Math.floor(form.bytesMax / 2) + 1);
  const lies = [...never, 7, true, long, '\u0000', 'a\u001b[2J', '\ud800'];
  if (form.kind === 'pattern')
    return [...lies, '', '123-45-6789 ', `${String(sampleField(field))}\n`];
  return form.kind === 'text' && form.lines === 'one' ? [...lies, 'a\nb', 'a\u2028b'] : lies;
}

/** Bundles are too large to fill to the brim in a test: texts longer than this are not planted. */
const PLANTED_BYTES_MAX = 300_000;

describe('messages', () => {
  const all: [string, AnyShape][] = Object.entries(MESSAGES).flatMap(([message, shape]) =>
    shape.kind === 'union'
      ? Object.entries(shape.cases).map(([kind, inner]): [string, AnyShape] => [
          `${message} ${kind}`,
          { kind: 'union', cases: { [kind]: inner } },
        ])
      : [[message, shape]],
  );
  for (const [message, shape] of all) {
    const value = sample(shape);
    const body: AnyShape =
      shape.kind === 'union' ? (Object.values(shape.cases)[0] ?? shape) : shape;

    test(`check accepts the sample of ${message}`, () => {
      assert.equal(check(shape, value, 'it'), value);
    });
    test(`check refuses an unknown field anywhere in ${message}`, () => {
      for (const place of places(body)) {
        if (place.shape.kind !== 'record') continue;
        for (const name of ['value', '__proto__', 'constructor', 'toString']) {
          const broken = planted(value, place.path, (at) =>
            Object.defineProperty({ ...(at as object) }, name, { value: 1, enumerable: true }),
          );
          assert.throws(
            () => check(shape, broken, 'it'),
            { code: 'invalid' },
            place.path.join('.'),
          );
        }
      }
    });
    test(`check refuses a value beyond the limits of each field of ${message}`, () => {
      for (const place of places(body)) {
        if (place.shape.kind !== 'field') continue;
        const form = place.shape.form;
        if ('bytesMax' in form && form.bytesMax > PLANTED_BYTES_MAX) continue;
        for (const bad of beyond(place.shape)) {
          const broken = planted(value, place.path, () => bad);
          if (bad === null && isNullable(body, place.path)) continue;
          assert.throws(
            () => check(shape, broken, 'it'),
            (thrown: unknown) =>
              thrown instanceof Problem &&
              thrown.code === 'invalid' &&
              !(typeof bad === 'string' && bad.length > 8 && thrown.message.includes(bad)),
            `${place.path.join('.')} let ${String(bad).slice(0, 40)} through`,
          );
        }
      }
    });
    test(`fieldTable classes every field of ${message}`, () => {
      const rows = fieldTable(shape);
      assert.ok(rows.length > 0);
      for (const row of rows) assert.ok(FIELD_CLASSES.includes(row.field.class), row.path);
    });
  }

  test('check refuses a list and a map beyond their counts', () => {
    const bundle = bundleOf();
    const groups = Array.from({ length: 1_001 }, () => 'g');
    const subject = { ...subjectOf(), groups };
    assert.throws(() => checkBundle({ ...bundle, subjects: [subject] }), {
      message: '`bundle.subjects[0].groups` expected at most 1000 items, got 1001',
    });
    const attributes = JSON.parse('{"__proto__":["x"]}') as object;
    assert.throws(
      () => checkBundle({ ...bundle, subjects: [{ ...subjectOf(), attributes }] }),
      /expected no key of that name/u,
    );
  });

  test('docs/formats/bundle.md lists every field with its class and limit', () => {
    const file = new URL('../../docs/formats/bundle.md', import.meta.url);
    const text = readFileSync(file, 'utf8');
    const rows = Object.entries(MESSAGES).flatMap(([message, shape]) =>
      fieldTable(shape).map(
        ({ path, field }) => `| ${message} | \`${path}\` | ${field.class} | ${limitOf(field)} |`,
      ),
    );
    const table = ['| message | field | class | limit |', '| --- | --- | --- | --- |', ...rows];
    const written = text.slice(text.indexOf(table[0] ?? ''));
    if (process.env['UPDATE_GOLDEN'] === '1') {
      writeFileSync(file, `${text.slice(0, text.length - written.length)}${table.join('\n')}\n`);
    } else {
      assert.equal(written.trimEnd(), table.join('\n'), 'run again with UPDATE_GOLDEN=1');
    }
  });
});

function limitOf(field: Field): string {
  const form = field.form;
  if (form.kind === 'pattern') {
    return `\`${form.pattern.source.replaceAll('|', '\\|')}\`, ≤ ${form.bytesMax} bytes`;
  }
  if (form.kind === 'text') {
    return `${form.lines === 'one' ? 'one line' : 'lines'}, ≤ ${form.bytesMax} bytes`;
  }
  if (form.kind === 'statement') return `statement without literals, ≤ ${form.bytesMax} bytes`;
  if (form.kind === 'one-of') return form.values.map((value) => `\`${value}\``).join(' ');
  if (form.kind === 'integer') {
    return `${form.min} … ${form.max === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : form.max}`;
  }
  if (form.kind === 'rounded') return `number, ≤ ${form.digitsMax} significant digits`;
  return `JSON object, ≤ ${form.bytesMax} bytes, ≤ ${form.depthMax} levels`;
}

function isNullable(shape: AnyShape, path: Path): boolean {
  let at: AnyShape = shape;
  let nullable = false;
  for (const key of path) {
    if (at.kind === 'nullable') at = at.of;
    nullable = false;
    if (at.kind === 'record') at = at.fields[key] ?? assert.fail();
    else if (at.kind === 'list') at = at.of;
    else if (at.kind === 'map') at = at.values;
    if (at.kind === 'nullable') nullable = true;
  }
  return nullable;
}

const KEYS = generateKeyPairSync('ed25519');
const key = {
  kid: 'k1',
  sign: (message: Uint8Array) =>
    Promise.resolve(new Uint8Array(sign(null, message, KEYS.privateKey))),
};
const verifier = (kid: string, message: Uint8Array, signature: Uint8Array) =>
  kid === 'k1' && verify(null, message, KEYS.publicKey, signature);

function subjectOf() {
  return {
    id: `sub_${ID}` as const,
    name: 'ada',
    kind: 'person' as const,
    state: 'active' as const,
    groups: [],
    attributes: { region: ['north'] },
    permissions: [],
    scram: null,
    tokens: [],
  };
}

function bundleOf(): Bundle {
  return {
    format: 'privet-bundle/v1',
    plane: 'plane-1',
    serial: 1,
    issuedAtMs: 1_000,
    expiresAtMs: 2_000,
    subjects: [subjectOf()],
    policies: [],
    projects: [],
    purposes: [],
    sources: [],
    roles: [],
    accounts: [],
    identityKeys: [],
    acts: [],
  };
}

describe('signed bundle', () => {
  test('openBundle gives back what signBundle signed', async () => {
    const signed = await signBundle(bundleOf(), key);
    assert.deepEqual(openBundle(signed, verifier), bundleOf());
  });
  test('openBundle refuses any flipped byte of payload or signature', async () => {
    const signed = await signBundle(bundleOf(), key);
    for (const member of ['payload', 'signature'] as const) {
      const text = signed[member];
      for (let at = 0; at < text.length; at++) {
        const other = text[at] === 'A' ? 'B' : 'A';
        const broken = { ...signed, [member]: text.slice(0, at) + other + text.slice(at + 1) };
        assert.throws(() => openBundle(broken, verifier), Problem, `${member} at ${at}`);
      }
    }
    assert.throws(() => openBundle({ ...signed, kid: 'k2' }, verifier), {
      code: 'unauthenticated',
    });
  });
  test('openBundle refuses a signed payload that is not canonical', async () => {
    const payload = `{"acts":[],${canonicalJson(bundleOf()).slice(1)}`;
    const signature = await key.sign(utf8(`privet-bundle/v1\n${payload}`));
    const signed = { payload, kid: 'k1', signature: Buffer.from(signature).toString('base64') };
    assert.throws(() => openBundle(signed, verifier), { code: 'corrupt' });
  });
  test('openBundle refuses a signature made for bytes without the format name', async () => {
    const payload = canonicalJson(bundleOf());
    const signature = Buffer.from(await key.sign(utf8(payload))).toString('base64');
    assert.throws(() => openBundle({ payload, kid: 'k1', signature }, verifier), {
      code: 'unauthenticated',
    });
  });
});

describe('identity token', () => {
  const claims: IdentityClaims = {
    iss: 'privet-control',
    aud: 'plane-1',
    sub: `sub_${ID}`,
    name: 'ada',
    permissions: ['operator'],
    iat: 1_000,
    exp: 1_900,
    jti: 'x'.repeat(22),
  };
  const at = (nowSeconds: number, audience = 'plane-1') => ({
    verify: verifier,
    audience,
    nowMs: nowSeconds * 1000,
  });

  test('verifyIdentityToken gives the claims and jose agrees', async () => {
    const token = await signIdentityToken(claims, key);
    assert.deepEqual(verifyIdentityToken(token, at(1_500)), claims);
    const { payload } = await jwtVerify(token, KEYS.publicKey, {
      algorithms: ['EdDSA'],
      audience: 'plane-1',
      currentDate: new Date(1_500_000),
    });
    assert.deepEqual(payload, claims);
  });
  test('verifyIdentityToken refuses another plane, the future, the past and a long life', async () => {
    const token = await signIdentityToken(claims, key);
    assert.throws(() => verifyIdentityToken(token, at(1_500, 'plane-2')), {
      code: 'unauthenticated',
    });
    assert.throws(() => verifyIdentityToken(token, at(900)), { code: 'unauthenticated' });
    assert.throws(() => verifyIdentityToken(token, at(1_931)), { code: 'expired' });
    await assert.rejects(signIdentityToken({ ...claims, exp: 1_901 }, key), { code: 'invalid' });
  });
  test('verifyIdentityToken refuses other algorithms, other spellings and hostile texts', async () => {
    const token = await signIdentityToken(claims, key);
    const [, body = '', tail = ''] = token.split('.');
    const header = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const hostile = [
      '',
      '..',
      'a.b.c',
      `${header({ alg: 'none' })}.${body}.`,
      `${header({ alg: 'HS256', kid: 'k1', typ: 'privet-identity+jwt' })}.${body}.${tail}`,
      `${header({ alg: 'EdDSA', kid: 'k1', typ: 'JWT' })}.${body}.${tail}`,
      `${token}=`,
      `${token}.x`,
      token.replace('.', '. '),
      `${token.slice(0, -2)}zz`,
      'x'.repeat(1_000_000),
    ];
    for (const text of hostile) {
      assert.throws(
        () => verifyIdentityToken(text, at(1_500)),
        { code: 'unauthenticated' },
        text.slice(0, 80),
      );
    }
  });
});

test('literalIn finds what is left of literals and lets placeholders and names through', () => {
  const clean = [
    'SELECT a, b2 FROM t1 WHERE c = $1',
    'SELECT "Col 1", t.x$1 FROM "s 1"."t" LIMIT $2',
    'SELECT count(*) FROM étage3',
  ];
  const dirty = [
    "SELECT 'x'",
    'SELECT 1',
    'SELECT $$x$$',
    'SELECT $a$x$a$',
    'SELECT .5',
    'SELECT a -- 123-45-6789',
    'SELECT /* x */ a',
    'SELECT "unclosed',
    `SELECT U&"d" UESCAPE '!'`,
    'SELECT $1a',
    'SELECT x0, 0x1F',
  ];
  for (const text of clean) assert.equal(literalIn(text), false, text);
  for (const text of dirty) assert.equal(literalIn(text), true, text);
});

test('canonicalJson of a sample is stable under a round trip', () => {
  for (const shape of Object.values(MESSAGES)) {
    const text = canonicalJson(sample(shape) as Json);
    assert.equal(canonicalJson(JSON.parse(text) as Json), text);
  }
});
