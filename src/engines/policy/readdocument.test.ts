import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { documentFrom, parseDocuments } from './readdocument.ts';

const format = readFileSync(new URL('../../../docs/formats/policy.md', import.meta.url), 'utf8');
const blocks = [...format.matchAll(/```yaml\n([\s\S]*?)```/gu)].map(([, block]) => block ?? '');

const head = (kind: string) => `apiVersion: privet/v1\nkind: ${kind}\nname: x\n`;
const maskWith = (mask: string, rest = '') =>
  `${head('DataPolicy')}mask:\n  columns: { names: [a] }\n  with: ${mask}\n${rest}`;
const keepRule = (rule: string) =>
  `${head('DataPolicy')}target: { all: true }\nrows:\n  keep: ${rule}\n`;
const allow = (who: string) =>
  `${head('SubscriptionPolicy')}target: { all: true }\nallow: ${who}\n`;

const messages = (text: string) =>
  parseDocuments(text).problems.map(({ where, message, hint }) => {
    const place = `${where?.line}:${where?.column}`;
    return `${place} ${message}${hint === undefined ? '' : ` | ${hint}`}`;
  });

/** The values of the lines that begin with `key:` in the format's examples. */
const examples = (key: string) =>
  blocks
    .filter((block) => !block.includes('apiVersion'))
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.startsWith(`${key}: `) && !line.includes('…row'))
    .map((line) => line.slice(key.length + 2).replace(/ {2,}#.*$/u, ''));

describe('parseDocuments', () => {
  it('reads every mask, row rule, target and condition of the format', () => {
    assert.ok(examples('with').length >= 12 && examples('keep').length >= 8);
    for (const mask of examples('with')) assert.deepEqual(messages(maskWith(mask)), [], mask);
    for (const rule of examples('keep')) assert.deepEqual(messages(keepRule(rule)), [], rule);
    for (const target of examples('target')) {
      const text = allow('{ anyone: true }').replace('{ all: true }', target);
      assert.deepEqual(messages(text), [], target);
    }
    const whos = (blocks[0] ?? '').split('\n').map((line) => line.replace(/ {2,}#.*$/u, ''));
    for (const who of whos.filter((line) => line !== ''))
      assert.deepEqual(messages(allow(who)), [], who);
  });

  it('gives documents that survive the way through JSON', () => {
    for (const block of blocks.filter((text) => text.includes('apiVersion'))) {
      for (const { document, json } of parseDocuments(block).documents) {
        const way = JSON.parse(canonicalJson(json)) as Json;
        assert.equal(JSON.stringify(documentFrom(way)), JSON.stringify(document));
      }
    }
  });

  it('reports all problems of a text at once, each at its place', () => {
    const text = [
      head('DataPolicy').replace('name', 'nmae').trimEnd(),
      'mask:',
      '  colums: { names: [a] }',
      '  with: { kind: hsh }',
      '---',
      allow('{}'),
    ].join('\n');
    assert.deepEqual(messages(text), [
      '1:1 `DataPolicy` expected the key `name`, got none',
      '3:1 unknown key `nmae` in `DataPolicy` | did you mean `name`?',
      '5:3 unknown key `colums` in `DataPolicy.mask` | did you mean `columns`?',
      '5:3 `DataPolicy.mask` expected the key `columns`, got none',
      '6:17 `DataPolicy.mask.with.kind` does not know `hsh` | did you mean `hash`?',
      '12:8 `SubscriptionPolicy.allow` expected a condition, got an empty mapping | write `{ anyone: true }` for everyone',
    ]);
  });

  it('refuses what would mean less protection than it looks', () => {
    for (const [text, expected] of [
      [allow('{ groups: [] }'), /something in it/u],
      [allow('{ anyone: true, groups: [a] }'), /stand alone/u],
      [allow("{ when: '1' }"), /expected a bool/u],
      [allow("{ when: 'user.nme == user.id' }"), /No such key: nme \| did you mean `name`/u],
      [allow(`{ when: "user.name.matches('(a+)+$')" }`), /matches/u],
      [allow('{ when: "user.groups.all(a, user.groups.all(b, a == b))" }'), /inside another walk/u],
      [allow('{ anyone: true }').replace('{ all: true }', '{}'), /at least one key/u],
      [
        allow('{ anyone: true }').replace('{ all: true }', '{ sources: [demo.x] }'),
        /<system>\.<schema>\.<table>/u,
      ],
      [maskWith('hash', '  where: { sql: "a = 1" }\n'), /no door can apply the keyed mask/u],
      [maskWith('hash', '  for: { groups: [a] }\n'), /the last step expected no `for`/u],
      [maskWith('hash', "  otherwise: [ { with: 'null' } ]\n"), /can never act/u],
      [maskWith("'null'", '  where: { purposes: [A] }\n'), /about the row/u],
      [maskWith("'null'", '  where: none\n'), /about the row/u],
      [
        maskWith('{ kind: format-preserving, alphabet: digits, separators: "-7" }'),
        /none of the characters/u,
      ],
      [maskWith('{ kind: partial, fill: ab }'), /one character/u],
      [keepRule('{ sample: { column: a, percent: 0 } }'), /0\.001 to 100/u],
      [keepRule('{ sql: "a = @value" }'), /@value/u],
      [
        keepRule('{ match: { column: a, columnTag: B, user: true } }'),
        /either `column` or `columnTag`/u,
      ],
      [`${maskWith('hash')}rows: { keep: all }\n`, /either `mask` or `rows`/u],
      ['kind: VaultPolicy\napiVersion: privet/v1\nname: x', /expected the key `vault`/u],
      [head('DataPolicy').replace('v1', 'v2'), /does not know `privet\/v2`/u],
      ['a: &x 1\nb: *x', /anchors are not allowed|aliases are not allowed/u],
      ['a: !!js/function x', /tags are not allowed|not readable/u],
      ['a: 1\na: 2', /unique/u],
      ['1: a\n"1": b', /unique/u],
      ['['.repeat(50_000), /nested too deeply|not readable/u],
      [`a: ${'['.repeat(25)}${']'.repeat(25)}`, /20 levels/u],
      [' '.repeat(1_100_000), /at most 1048576 bytes/u],
    ] as const) {
      assert.match(messages(text).join('\n'), expected, text.slice(0, 200));
    }
  });

  it('reads a map of many keys in time that grows with it, not with its square', () => {
    const text = Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join('\n');
    const before = performance.now();
    assert.match(messages(text).join('\n'), /apiVersion/u);
    // Comparing each key with every other takes half a minute.
    assert.ok(performance.now() - before < 10_000);
  });

  it('throws nothing on any text', () => {
    const words = fc.constantFrom(
      'kind',
      ':',
      ' ',
      '\n',
      '- ',
      '{',
      '}',
      '[',
      ']',
      'DataPolicy',
      'apiVersion: privet/v1',
      '"',
      '#',
      '&a',
      '*a',
      '---\n',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), (some) => {
        for (const problem of parseDocuments(some.join('')).problems)
          assert.ok(problem instanceof Problem);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('documentFrom', () => {
  it('throws a problem for any JSON that is no document', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        assert.throws(() => documentFrom(json as Json), { name: 'Problem', code: 'invalid' });
      }),
      { numRuns: 500 },
    );
  });
});
