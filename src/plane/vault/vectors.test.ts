import assert from 'node:assert/strict';
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { ecb, gcm } from '@noble/ciphers/aes.js';
import { concat, fromHex, hex, utf8 } from '#base/bytes';
import { cellKeys, hmacOf, maskKeyFrom } from '#engines/crypto';
import { readColumnProposal } from './schema/proposal.ts';
import { sealBatch } from './records/recordbatch.ts';
import { RecordBody } from './records/recordbody.ts';
import { layRecords, parsedRecord, RECORD_CODE, recordOpener } from './records/sealedrecord.ts';
import type { ColumnSchema, TableSchema, VaultSchema } from './schema/schema.ts';
import { bindToken, tokenNames } from './tokens/tokenname.ts';
import { encodeValue } from './schema/value.ts';

const FILE = new URL('../../../test/vectors/vault.json', import.meta.url);
const SECRETS = { cells: '01'.repeat(32), index: '02'.repeat(32), subject: '03'.repeat(32) };
const RECORD = '01926d6a-0000-7000-8000-000000000001';
const VAULT = 'vlt_00000000000000000000000001';
const TABLE = 'tbl_00000000000000000000000002';

const column = (number: number, name: string): ColumnSchema => ({
  ...readColumnProposal({ name, type: 'string', exactIndex: true }),
  id: `col_0000000000000000000000000${number}`,
  number,
  tokens: [],
  pending: null,
});
const [email, city] = [column(3, 'email'), column(4, 'city')];
const table: TableSchema = {
  id: TABLE,
  number: 1,
  name: 'people',
  description: '',
  columns: [email, city],
  subject: email.id,
  purposeRequired: false,
};
const vault: VaultSchema = {
  id: VAULT,
  number: 1,
  name: 'crm',
  description: '',
  version: 1,
  tables: [table],
};
const keys = {
  cells: maskKeyFrom(fromHex(SECRETS.cells), 7),
  index: maskKeyFrom(fromHex(SECRETS.index), 1),
};
/** Where the cells of a body are, in their order. */
function partsOf(bytes: Uint8Array) {
  const parts = new RecordBody(bytes);
  const cells: { column: number; from: number; to: number }[] = [];
  parts.eachCell((from, to, number) => cells.push({ column: number, from, to }));
  return { cells, tokens: parts.tokens };
}

/** Bytes that count, so that a vector is the same each time. */
function counting(): (sizeBytes: number) => Uint8Array {
  let next = 0;
  return (sizeBytes) => Uint8Array.from({ length: sizeBytes }, () => next++ & 255);
}

function sealed(subject: bigint | null) {
  const values = [
    { column: email, plain: encodeValue(email, 'ada@example.com') },
    { column: city, plain: encodeValue(city, 'Example City') },
  ];
  const record = {
    id: RECORD,
    state: { version: 5, subject, canary: false },
    values,
    lookups: [{ space: 3, digest: new Uint8Array(16).fill(9), unique: false }],
    tokens: [{ column: 3, space: 6, token: 'tok-1' }],
  };
  const subjectKey = subject === null ? null : fromHex(SECRETS.subject);
  const batch = layRecords({ vault, table }, [{ record, subjectKey }], counting());
  sealBatch(batch, { cells: cellKeys(keys.cells), code: hmacOf(keys.index, RECORD_CODE) });
  return batch.bodies;
}

const stand = {
  space: 6,
  owner: { table: 1, column: 3, record: RECORD },
  valueDigest: null,
  expiresAtMs: null,
};
const names = tokenNames(keys.index, 'tok-1');
const made = {
  about: 'docs/formats/vault-record.md; data keys of 32 equal bytes, nonces that count from 0',
  keys: { ...SECRETS, cellKeyVersion: 7 },
  vault: VAULT,
  table: TABLE,
  record: RECORD,
  version: 5,
  columns: { email: 3, city: 4 },
  values: { email: 'ada@example.com', city: 'Example City' },
  tokens: [[3, 6, 'tok-1']],
  body: hex(sealed(null)),
  bodyOfSubject: { subject: 11, body: hex(sealed(11n)) },
  token: { text: 'tok-1', digest: hex(names.digest), binding: hex(bindToken(names.secret, stand)) },
};

test('records and tokens have the bytes of the vectors', () => {
  if (process.env['UPDATE_GOLDEN'] === '1')
    writeFileSync(FILE, `${JSON.stringify(made, null, 2)}\n`);
  assert.deepEqual(made, JSON.parse(readFileSync(FILE, 'utf8')));
  for (const [body, subject, key] of [
    [made.body, null, null],
    [made.bodyOfSubject.body, 11n, fromHex(SECRETS.subject)],
  ] as const) {
    const open = recordOpener(vault, table, { index: keys.index, version: () => keys.cells });
    const stored = { id: RECORD, version: 5, subject, body: fromHex(body) };
    const record = open(parsedRecord(stored), key);
    assert.equal(
      Buffer.from(record.cell(3) ?? [])
        .subarray(1)
        .toString(),
      'ada@example.com',
    );
    assert.deepEqual(record.tokens(), [{ column: 3, space: 6, token: 'tok-1' }]);
  }
});

// A second implementation, from the document alone.

const use = (secret: string, name: string) => {
  const root = new Uint8Array(hkdfSync('sha256', fromHex(secret), '', 'privet/mask/v1/vault', 32));
  return new Uint8Array(hkdfSync('sha256', root, '', `privet/vault/v1/${name}`, 32));
};
const mac = (key: Uint8Array, ...parts: Uint8Array[]) =>
  new Uint8Array(
    createHmac('sha256', key)
      .update(concat(...parts))
      .digest(),
  );
const place = (...rest: Uint8Array[]) =>
  concat(utf8(`privet/vault/v1\n${VAULT}\n${TABLE}\n`), ...rest);
const uint = (value: bigint, sizeBytes: number) =>
  fromHex(
    BigInt.asUintN(sizeBytes * 8, value)
      .toString(16)
      .padStart(sizeBytes * 2, '0'),
  );
const recordId = fromHex(RECORD.replaceAll('-', ''));

function xaesOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  { sealed: bytes, aad }: { sealed: Uint8Array; aad: Uint8Array },
): Uint8Array {
  const aes = (block: Uint8Array) => ecb(key, { disablePadding: true }).encrypt(block);
  const first = BigInt(`0x${hex(aes(new Uint8Array(16)))}`) << 1n;
  const subkey = uint(first >> 128n ? (first ^ 0x87n) & ((1n << 128n) - 1n) : first, 16);
  const half = (counter: number) =>
    aes(
      concat(Uint8Array.of(0, counter, 0x58, 0), nonce.subarray(0, 12)).map(
        (byte, i) => byte ^ (subkey[i] ?? 0),
      ),
    );
  return gcm(concat(half(1), half(2)), nonce.subarray(12), aad).decrypt(bytes);
}

for (const { what, body: given, subject } of [
  { what: 'of nobody', body: made.body, subject: -1n },
  { what: 'of a data subject', body: made.bodyOfSubject.body, subject: 11n },
]) {
  test(`a record ${what} opens by what docs/formats/vault-record.md says`, () => {
    const bytes = fromHex(given);
    const covered = place(
      Uint8Array.of(2),
      uint(5n, 4),
      uint(subject, 8),
      Uint8Array.of(0),
      recordId,
    );
    const code = mac(use(SECRETS.index, 'record-code'), covered, bytes.subarray(0, -16));
    assert.equal(hex(code.subarray(0, 16)), hex(bytes.subarray(-16)));
    const key =
      subject < 0n
        ? use(SECRETS.cells, 'cells')
        : mac(use(SECRETS.cells, 'subject-cells'), fromHex(SECRETS.subject));
    const { cells, tokens } = partsOf(bytes);
    const all = [...cells, { column: 0, ...(tokens ?? { from: 0, to: 0 }) }].map(
      ({ column: number, from, to }) => {
        const cell = bytes.subarray(from, to);
        assert.equal(hex(cell.subarray(0, 4)), '00000007');
        const aad = place(Uint8Array.of(1), uint(BigInt(number), 4), recordId);
        return Buffer.from(
          xaesOpen(key, cell.subarray(4, 28), { sealed: cell.subarray(28), aad }),
        ).toString();
      },
    );
    assert.deepEqual(all, ['\u0000ada@example.com', '\u0000Example City', '[[3,6,"tok-1"]]']);
  });
}

test('a cell opens in its own column and record alone, even under a code that fits', () => {
  const bytes = fromHex(made.body);
  const { cells, tokens } = partsOf(bytes);
  const [first, second] = cells.map(({ from, to }) => bytes.slice(from, to));
  const elsewhere = 'ffffffff-0000-7000-8000-000000000001';
  const opened = (id: string, changed: Uint8Array) => {
    const state = place(
      Uint8Array.of(2),
      uint(5n, 4),
      uint(-1n, 8),
      Uint8Array.of(0),
      fromHex(id.replaceAll('-', '')),
    );
    const code = mac(use(SECRETS.index, 'record-code'), state, changed).subarray(0, 16);
    const open = recordOpener(vault, table, { index: keys.index, version: () => keys.cells });
    const body = concat(changed, code);
    return open(parsedRecord({ id, version: 5, subject: null, body }), null);
  };
  const same = bytes.subarray(0, -16);
  assert.equal(Buffer.from(opened(RECORD, same).cell(4) ?? []).toString(), '\u0000Example City');
  const swapped = concat(
    same.subarray(0, 9),
    uint(3n, 4),
    uint(BigInt(second?.length ?? 0), 4),
    second ?? new Uint8Array(),
    uint(4n, 4),
    uint(BigInt(first?.length ?? 0), 4),
    first ?? new Uint8Array(),
    same.subarray(cells[1]?.to),
  );
  for (const record of [opened(RECORD, swapped), opened(elsewhere, same)]) {
    assert.throws(() => record.cell(3), { code: 'corrupt' });
    assert.throws(() => record.cell(4), { code: 'corrupt' });
  }
  assert.throws(() => opened(elsewhere, same).tokens(), { code: 'corrupt' });
  assert.ok(tokens !== null && opened(RECORD, swapped).tokens().length === 1);
});

test("a token's digest and binding are what docs/formats/vault-record.md says", () => {
  const bytes = mac(use(SECRETS.index, 'token'), utf8('tok-1'));
  assert.equal(hex(bytes.subarray(0, 16)), made.token.digest);
  const bound = concat(
    bytes.subarray(16),
    uint(6n, 4),
    uint(1n, 4),
    uint(3n, 4),
    uint(-1n, 8),
    Uint8Array.of(1),
    recordId,
  );
  assert.equal(createHash('sha256').update(bound).digest('hex').slice(0, 32), made.token.binding);
});
