import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { utf8 } from '#base/bytes';
import { maskColumn, maskKeyFrom, type KeyedMask } from '#engines/crypto';
import { reply } from '#engines/pgwire';
import { createCopyMasker } from './copymask.ts';
import { cellsOf } from './datarow.ts';
import { maskRows, type RowMasks } from './rowmask.ts';

const key = maskKeyFrom(new Uint8Array(32).fill(5), 1);
const hash: KeyedMask = { kind: 'hash' };
const digits: KeyedMask = { kind: 'format-preserving', alphabet: 'digits', separators: '-' };

/** What one cell must become, one cell at a time. */
function maskedText(value: string | null, spec: KeyedMask): string | null {
  const bytes = utf8(value ?? '');
  const column = maskColumn(
    {
      bytes,
      offsets: Uint32Array.of(0, bytes.length),
      nulls: Uint8Array.of(value === null ? 1 : 0),
    },
    spec,
    key,
  );
  return column.nulls[0] === 1 ? null : new TextDecoder().decode(column.bytes);
}

function rowsOf(table: readonly (readonly (string | null)[])[]) {
  const messages = table.map((row) =>
    reply.encodeDataRow(row.map((v) => (v === null ? null : utf8(v)))),
  );
  const starts = [0];
  for (const message of messages) starts.push((starts[starts.length - 1] ?? 0) + message.length);
  return { bytes: Buffer.concat(messages), starts };
}

function readRows(bytes: Buffer): (readonly (string | null)[])[] {
  const rows: (readonly (string | null)[])[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readInt32BE(at + 1);
    rows.push(cellsOf(bytes.subarray(at + 5, at + 1 + size)));
    at += 1 + size;
  }
  return rows;
}

const cell = fc.option(fc.string({ unit: 'grapheme', maxLength: 12 }));
const number = fc.option(fc.stringMatching(/^\d{3}-\d{2}-\d{4}$/u));

test('maskRows masks the planned columns cell for cell and leaves the others alone', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, number, cell), { maxLength: 20 }),
      fc.boolean(),
      (table, both) => {
        const masks: RowMasks = [both ? { spec: hash, key } : null, { spec: digits, key }, null];
        const got = table.length === 0 ? [] : readRows(maskRows(rowsOf(table), masks));
        const want = table.map(([a, b, c]) => [
          both ? maskedText(a, hash) : a,
          maskedText(b, digits),
          c,
        ]);
        assert.deepEqual(got, want);
      },
    ),
  );
});

test('maskRows refuses rows with other columns than planned', () => {
  const rows = rowsOf([['a', 'b', 'c']]);
  assert.throws(() => maskRows(rows, [null, { spec: hash, key }]), { code: 'denied' });
});

const text = {
  format: 'text',
  delimiter: '\t',
  null: '\\N',
  header: false,
  quote: '"',
  escape: '"',
  forceQuote: [],
} as const;
const csv = { ...text, format: 'csv', delimiter: ',', null: '' } as const;

test('createCopyMasker masks text lines with escapes', () => {
  const mask = createCopyMasker(text, [null, { spec: hash, key }]);
  const out = mask([Buffer.from('a\\tb\tx\\ny\n'), Buffer.from('c\t\\N\n')]).map(String);
  assert.deepEqual(out, [`a\\tb\t${maskedText('x\ny', hash)}\n`, 'c\t\\N\n']);
});

test('createCopyMasker escapes what a mask keeps, as COPY reads it', () => {
  const separators = '-\t\\"\v';
  const spec = { kind: 'format-preserving', alphabet: 'digits', separators } as const;
  const raw = '1234\t56\\78"90\v12';
  const masked = maskedText(raw, spec) ?? '';
  assert.match(masked, /^\d{4}\t\d\d\\\d\d"\d\d\v\d\d$/u);
  const lines = [
    [createCopyMasker(text, [{ spec, key }]), '1234\\t56\\\\78"90\\v12\n'],
    [createCopyMasker(csv, [{ spec, key }]), '"1234\t56\\78""90\v12"\n'],
  ] as const;
  const [asText, asCsv] = lines.map(([mask, line]) => String(mask([Buffer.from(line)])[0]));
  const escaped = masked.replace('\\', '\\\\').replace('\t', '\\t').replace('\v', '\\v');
  assert.equal(asText, `${escaped}\n`);
  assert.equal(asCsv, `"${masked.replace('"', '""')}"\n`);
});

test('createCopyMasker masks csv lines with quotes, delimiters and line feeds inside', () => {
  const mask = createCopyMasker(csv, [null, { spec: hash, key }, null]);
  const out = mask([
    Buffer.from('1,"a ""b"", c\nd","z,z"\n'),
    Buffer.from('2,,3\n'),
    Buffer.from('2,"",3\n'),
  ]).map(String);
  assert.deepEqual(out, [
    `1,"${maskedText('a "b", c\nd', hash)}","z,z"\n`,
    '2,,3\n',
    `2,"${maskedText('', hash)}",3\n`,
  ]);
});

test('createCopyMasker refuses lines that are not strictly of the format', () => {
  for (const line of ['1,"a"b,c\n', '1,"a\n', '1,2\n', '1,2,3,4\n', '1,2,3', '1,a"b,3\n']) {
    const mask = createCopyMasker(csv, [null, { spec: hash, key }, null]);
    assert.throws(() => mask([Buffer.from(line)]), { code: 'denied' }, line);
  }
});
