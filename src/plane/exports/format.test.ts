import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { AnyShape } from '#boundary';
import { LEAF_KINDS, leafShape } from '#plane/ledger';
import { exportedLeaf } from './exportedleaf.ts';
import { EXPORT_FORMATS, formatted } from './format.ts';
import { readingOf } from './ocsfclass.ts';
import { OCSF_VERSION } from './ocsfevent.ts';
import { syslogFrame, syslogMessage } from './syslogmessage.ts';
import { readFrames } from './testsyslog.ts';

type Written = { readonly [name: string]: unknown };

/** One leaf a kind and a variant: `pick` chooses among words, so that every word of every kind is tried. */
function sample(shape: AnyShape, pick: number): unknown {
  if (shape.kind === 'nullable') return pick % 3 === 2 ? null : sample(shape.of, pick);
  if (shape.kind === 'list') return [sample(shape.of, pick), sample(shape.of, pick + 1)];
  if (shape.kind === 'map') return {};
  if (shape.kind === 'record') return sampleFields(shape.fields, pick);
  if (shape.kind === 'union') {
    const cases = Object.entries(shape.cases);
    const [kind, inner] = cases[pick % cases.length] ?? assert.fail('union without cases');
    return { kind, ...sampleFields(inner.fields, pick) };
  }
  const { form } = shape;
  if (form.kind === 'one-of') return form.values[pick % form.values.length];
  if (form.kind === 'integer') return form.min + pick;
  if (form.kind === 'pattern') return '10.1.2.3';
  return form.kind === 'rounded' ? 1.5 : 'Grüße 🙂';
}

function sampleFields(fields: { readonly [name: string]: AnyShape }, pick: number): object {
  return Object.fromEntries(Object.entries(fields).map(([key, of]) => [key, sample(of, pick)]));
}

function leafOf(kind: string, pick: number) {
  const shape =
    (leafShape.cases as { readonly [kind: string]: AnyShape })[kind] ?? assert.fail(kind);
  const leaf = {
    ...(sample(shape, pick) as object),
    kind,
    plane: 'plane-1',
    time: 1_700_000_000_123,
  };
  const entry = JSON.stringify(leaf);
  const stored = {
    index: 4_711,
    leafHash: 'a'.repeat(64),
    chain: 'b'.repeat(64),
    entry,
    details: null,
  };
  return exportedLeaf({ ...stored, leaf } as unknown as Parameters<typeof exportedLeaf>[0], true);
}

const file = new URL('../../../test/vectors/ocsf-1.8.0.json', import.meta.url);
const { $defs, classes } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly $defs: object;
  readonly classes: {
    readonly [name: string]: Written & { properties: { class_uid: { const: number } } };
  };
};
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const validators = new Map<number, ValidateFunction>(
  Object.values(classes).map((schema) => [
    schema.properties.class_uid.const,
    ajv.compile({ ...schema, $defs }),
  ]),
);

describe('ocsf', () => {
  test(`every kind of leaf is a valid event of OCSF ${OCSF_VERSION}`, () => {
    for (const kind of LEAF_KINDS) {
      for (let pick = 0; pick < 12; pick++) {
        const event = JSON.parse(formatted(leafOf(kind, pick), 'ocsf')) as Written;
        const validate = validators.get(event['class_uid'] as number) ?? assert.fail(kind);
        assert.ok(validate(event), `${kind}: ${ajv.errorsText(validate.errors)}`);
      }
    }
  });

  test('the schema notices what is wrong', () => {
    const event = JSON.parse(formatted(leafOf('login', 0), 'ocsf')) as Written;
    const validate = validators.get(3002) ?? assert.fail('no schema');
    assert.ok(validate(event));
    for (const broken of [
      { ...event, user: undefined },
      { ...event, type_uid: 300_207_00 },
      { ...event, class_uid: 3001 },
      { ...event, surprise: true },
      { ...event, time: 'yesterday' },
    ]) {
      assert.ok(!validate(JSON.parse(JSON.stringify(broken))));
    }
  });

  test('an event says who did what how, and holds the bytes that were hashed', () => {
    const leaf = leafOf('egress-refused', 0);
    const event = JSON.parse(formatted(leaf, 'ocsf')) as Written;
    assert.equal(event['type_uid'], 400_105);
    assert.equal(event['status_id'], 2);
    assert.equal(event['status_code'], 'no-rule');
    assert.equal(event['raw_data'], leaf.entry);
    assert.deepEqual((event['metadata'] as Written)['uid'], 'plane-1/4711');
  });

  const readings: readonly (readonly [object, string, number, string, string])[] = [
    [{ kind: 'query', effect: 'allow' }, 'datastoreActivity', 4, 'success', 'informational'],
    [{ kind: 'query', effect: 'deny' }, 'datastoreActivity', 4, 'failure', 'medium'],
    [{ kind: 'login-refused' }, 'authentication', 1, 'failure', 'medium'],
    [
      { kind: 'vault-written', operation: 'delete' },
      'datastoreActivity',
      7,
      'success',
      'informational',
    ],
    [{ kind: 'vault-alarm' }, 'datastoreActivity', 1, 'failure', 'critical'],
    [{ kind: 'key-destroyed' }, 'apiActivity', 4, 'success', 'informational'],
    [{ kind: 'policy-change' }, 'apiActivity', 3, 'success', 'informational'],
    [{ kind: 'nobody-thought-of-it' }, 'apiActivity', 99, 'success', 'informational'],
  ];
  for (const [fields, className, activity, outcome, severity] of readings) {
    test(`readingOf says ${className} ${activity}, ${outcome}, of ${JSON.stringify(fields)}`, () => {
      const leaf = { plane: 'plane-1', time: 1, ...fields } as Parameters<typeof readingOf>[0];
      assert.deepEqual(readingOf(leaf), { class: className, activity, outcome, severity });
    });
  }
});

describe('formatted', () => {
  test('is ASCII on one line, and says the same', () => {
    for (const kind of LEAF_KINDS) {
      const leaf = leafOf(kind, 1);
      for (const format of EXPORT_FORMATS) assert.match(formatted(leaf, format), /^[\x20-\x7e]+$/u);
      const { entry } = JSON.parse(formatted(leaf, 'leaf')) as { entry: string };
      assert.equal(entry, leaf.entry);
    }
  });

  test('cloudEvent has the attributes of CloudEvents 1.0', () => {
    const event = JSON.parse(formatted(leafOf('query', 0), 'cloudevents')) as Written;
    assert.equal(event['specversion'], '1.0');
    assert.equal(event['id'], '4711');
    assert.equal(event['source'], '/privet/planes/plane-1/ledger');
    assert.equal(event['type'], 'privet.ledger.query');
    assert.equal(event['time'], '2023-11-14T22:13:20.123Z');
    // Names of attributes: lower-case letters and digits (CloudEvents 1.0 §3.1).
    for (const name of Object.keys(event)) assert.match(name, /^[a-z0-9]{1,20}$/u);
  });

  test('exportedLeaf leaves details out unless they go along', () => {
    const text = '{"reason":"case 17"}';
    const details = { salt: '00', text };
    const entry = `{"details":"${createHash('sha256').update(text).digest('hex')}","kind":"unmask"}`;
    const leaf = { kind: 'unmask', reason: 'case 17' };
    const stored = { index: 1, leafHash: '', chain: '', entry, details, leaf };
    const given = stored as unknown as Parameters<typeof exportedLeaf>[0];
    for (const format of EXPORT_FORMATS) {
      const written = (along: boolean) => {
        const { fields, ...rest } = exportedLeaf(given, along);
        return formatted({ ...rest, fields: { ...fields, plane: 'p', time: 1 } }, format);
      };
      assert.doesNotMatch(written(false), /case 17/u);
      assert.match(written(true), /case 17/u);
    }
  });
});

describe('syslog', () => {
  test('syslogMessage of every kind is what RFC 5424 says, framed as RFC 5425 says', () => {
    const leaves = LEAF_KINDS.map((kind) => leafOf(kind, 0));
    const frames = leaves.map((leaf) => syslogFrame(syslogMessage(leaf, formatted(leaf, 'ocsf'))));
    const read = readFrames(Buffer.from(frames.join('')));
    assert.deepEqual(
      read.map(({ msgid }) => msgid),
      LEAF_KINDS.map((kind) => kind.slice(0, 32)),
    );
    for (const { facility, severity, hostname, message, structured } of read) {
      assert.equal(facility, 13);
      assert.ok([2, 3, 4, 6].includes(severity));
      assert.equal(hostname, 'plane-1');
      assert.equal(structured, '[meta sequenceId="4712"]');
      JSON.parse(message);
    }
  });
});
