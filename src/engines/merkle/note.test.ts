import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { base64, fromHex, hex, utf8 } from '#base/bytes';
import {
  believes,
  checkpointBody,
  consistencyRanges,
  cosignatureLine,
  cosignatureOf,
  cosignedMessage,
  distinct,
  emptyRoot,
  formatNote,
  formatProofFile,
  formatSubmission,
  formatVkey,
  judgeSubmission,
  leafHash,
  meetsQuorum,
  nodeHash,
  noteKey,
  parseCheckpoint,
  parseNote,
  parseProofFile,
  parseSignatureLines,
  parseSubmission,
  parseTrustPolicy,
  parseVkey,
  signatureLine,
  signerOf,
  signedBy,
  witnessesOf,
} from './mod.ts';
import type { NoteKey } from './mod.ts';

type Vectors = {
  readonly note: {
    readonly seed: string;
    readonly publicKey: string;
    readonly name: string;
    readonly vkey: string;
    readonly text: string;
    readonly signed: string;
    readonly witnessName: string;
    readonly witnessKeyHash: string;
    readonly cosigned: string;
    readonly timeSeconds: number;
  };
};

const file = new URL('../../../test/vectors/tlog.json', import.meta.url);
const { note: vector } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const logKey = noteKey('ed25519', vector.name, fromHex(vector.publicKey));
const witnessKey = noteKey('cosignature', vector.witnessName, fromHex(vector.publicKey));

function signedCheckpoint(key: NoteKey, seed: Uint8Array, body: string): string {
  const signature = signerOf('ed25519', key.name, seed).sign(utf8(body));
  return formatNote({ text: body, signatures: [{ name: key.name, keyId: key.id, signature }] });
}

const seed = fromHex(vector.seed);

describe('notes agree with golang.org/x/mod/sumdb/note', () => {
  test('on keys', () => {
    assert.equal(formatVkey(logKey), vector.vkey);
    assert.deepEqual(parseVkey(vector.vkey), logKey);
    assert.equal(hex(witnessKey.id), vector.witnessKeyHash);
    assert.deepEqual(parseVkey(formatVkey(witnessKey)), witnessKey);
  });

  test('on a signed checkpoint, byte for byte', () => {
    const signed = parseCheckpoint(vector.signed);
    assert.ok(signedBy(logKey, signed));
    assert.equal(checkpointBody(signed.checkpoint), vector.text);
    assert.equal(signedCheckpoint(logKey, seed, vector.text), vector.signed);
    assert.equal(formatNote(signed.note), vector.signed);
  });

  test('on a cosignature, byte for byte', () => {
    const signed = parseCheckpoint(vector.cosigned);
    assert.deepEqual(cosignatureOf(witnessKey, signed.note), { timeSeconds: vector.timeSeconds });
    const message = cosignedMessage(vector.text, vector.timeSeconds);
    const line = cosignatureLine(witnessKey, {
      timeSeconds: vector.timeSeconds,
      signature: signerOf('cosignature', vector.witnessName, seed).sign(message),
    });
    assert.ok(vector.cosigned.includes(signatureLine(line)));
  });
});

describe('a note', () => {
  test('that was changed anywhere is not signed', () => {
    const text = vector.signed;
    for (let at = 0; at < text.length; at += 1) {
      const changed = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
      let signed = false;
      try {
        signed = signedBy(logKey, parseCheckpoint(changed));
      } catch (error) {
        assert.equal((error as { code: string }).code, 'invalid');
      }
      assert.equal(signed, false, `character ${at}`);
    }
  });

  test('of another form is refused', () => {
    const bad = [
      '',
      'a\n',
      'a\n\n',
      'a\n\n— b',
      'a\n\n— b c\n',
      'a\n\n- b AAAAAAAAAA==\n',
      'a\r\n\n— b AAAAAAAA\n',
      'a\n\n— b+c AAAAAAAA\n',
      'a\n\n— b AAAAAA==\n',
      `a\n\n${'— b AAAAAAAA\n'.repeat(65)}`,
      '\ud800\n\n— b AAAAAAAA\n',
    ];
    for (const text of bad) assert.throws(() => parseNote(text), { code: 'invalid' }, text);
  });

  test('whose known key made a bad signature beside a good one is not signed', () => {
    const signed = parseCheckpoint(vector.signed);
    const [line] = signed.note.signatures;
    assert.ok(line);
    const forged = { ...line, signature: new Uint8Array(64) };
    const note = { ...signed.note, signatures: [line, forged] };
    assert.equal(signedBy(logKey, { ...signed, note }), false);
    assert.deepEqual(distinct(note.signatures), [line]);
    assert.deepEqual(parseSignatureLines(signatureLine(line)), [line]);
  });

  test('with extension lines, a leading zero or a short root is no checkpoint', () => {
    const root = base64(emptyRoot());
    for (const body of [
      `o\n1\n${root}\nmore\n`,
      `o\n01\n${root}\n`,
      `o\n1\nAAAA\n`,
      `\n1\n${root}\n`,
    ]) {
      const note = signedCheckpoint(logKey, seed, body);
      assert.throws(() => parseCheckpoint(note), { code: 'invalid' }, body);
    }
  });

  test('keys of another form are refused', () => {
    const bad = [
      '',
      'a+b',
      `${vector.vkey}x`,
      vector.vkey.replace('+', '+0'),
      vector.vkey.replace('privet', 'other'),
    ];
    for (const vkey of bad) assert.throws(() => parseVkey(vkey), { code: 'invalid' }, vkey);
    assert.throws(() => noteKey('ed25519', 'a b', new Uint8Array(32)), { code: 'invalid' });
    assert.throws(() => noteKey('ed25519', 'a', new Uint8Array(31)), { code: 'invalid' });
  });
});

test('a proof file comes back as it was written', () => {
  const hashes = [leafHash('a'), leafHash('b')].map((hash) => new Uint8Array(hash));
  for (const list of [hashes, []]) {
    const proof = { index: 7, hashes: list, checkpoint: vector.signed };
    assert.deepEqual(parseProofFile(formatProofFile(proof)), proof);
  }
  const text = formatProofFile({ index: 7, hashes, checkpoint: vector.signed });
  const extra = text.replace('\nindex', '\nextra AAAA\nindex');
  assert.deepEqual(parseProofFile(extra), parseProofFile(text));
  for (const bad of [
    '',
    text.replace('v1', 'v2'),
    text.replace('7', '07'),
    text.replace('=', ''),
  ]) {
    assert.throws(() => parseProofFile(bad), { code: 'invalid' });
  }
});

describe('judgeSubmission', () => {
  const leaves = ['a', 'b', 'c', 'd'].map(leafHash);
  const [a, b, c, d] = leaves as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const two = { size: 2, root: nodeHash(a, b) };
  const four = { size: 4, root: nodeHash(two.root, nodeHash(c, d)) };
  const proof = [nodeHash(c, d)];
  const submission = (oldSize: number, hashes: readonly Uint8Array[], head = four) =>
    parseSubmission(
      formatSubmission({
        oldSize,
        proof: hashes,
        checkpoint: signedCheckpoint(
          logKey,
          seed,
          checkpointBody({ origin: logKey.name, ...head }),
        ),
      }),
    );

  test('follows C2SP tlog-witness', () => {
    assert.equal(consistencyRanges(2, 4).length, proof.length);
    const judge = (one: ReturnType<typeof submission>, known: typeof two | null) =>
      judgeSubmission(one, [logKey], known);
    assert.deepEqual(judge(submission(0, []), null), { kind: 'cosign' });
    assert.deepEqual(judge(submission(2, proof), two), { kind: 'cosign' });
    assert.deepEqual(judge(submission(4, []), four), { kind: 'cosign' });
    assert.deepEqual(judge(submission(0, []), two), { kind: 'other-size', size: 2 });
    assert.deepEqual(judge(submission(2, proof), null), { kind: 'other-size', size: 0 });
    assert.deepEqual(judge(submission(5, []), four), { kind: 'bad-request' });
    assert.deepEqual(judge(submission(2, [a]), two), { kind: 'bad-proof' });
    assert.deepEqual(judge(submission(2, []), two), { kind: 'bad-proof' });
    assert.deepEqual(judge(submission(0, proof), null), { kind: 'bad-proof' });
    const forked = { size: 4, root: nodeHash(two.root, nodeHash(d, c)) };
    assert.deepEqual(judge(submission(4, [], forked), four), { kind: 'fork', size: 4 });
    assert.deepEqual(judge(submission(2, proof, forked), two), { kind: 'bad-proof' });
    const other = noteKey('ed25519', 'elsewhere', logKey.publicKey);
    assert.equal(judgeSubmission(submission(0, []), [other], null).kind, 'unknown-log');
    const stranger = noteKey(
      'ed25519',
      logKey.name,
      signerOf('ed25519', 'x', new Uint8Array(32)).key.publicKey,
    );
    assert.equal(judgeSubmission(submission(0, []), [stranger], null).kind, 'bad-signature');
  });

  test('parseSubmission refuses other forms', () => {
    const good = formatSubmission({ oldSize: 0, proof: [], checkpoint: vector.signed });
    const bad = [
      '',
      good.slice(1),
      good.replace('old 0', 'old 00'),
      good.replace('old 0\n', 'old 0\nxx\n'),
      `old 0\n${`${base64(a)}\n`.repeat(64)}\n${vector.signed}`,
    ];
    for (const body of bad) assert.throws(() => parseSubmission(body), { code: 'invalid' }, body);
  });
});

describe('a trust policy', () => {
  const keys = ['x1', 'x2', 'y1'].map((name, i) => {
    const key = signerOf('cosignature', `${name}.example`, new Uint8Array(32).fill(i + 1));
    return { name, key, note: key.key };
  });
  const source = [
    '# who is believed',
    `log ${vector.vkey} https://plane.example/`,
    ...keys.map(({ name, note }) => `witness ${name} ${formatVkey(note)}`),
    'group xs any x1 x2',
    'group both all xs y1',
    '\tquorum   both ',
    '',
  ].join('\n');

  const cosigned = (names: readonly string[]) => {
    const { note, checkpoint } = parseCheckpoint(vector.signed);
    const lines = keys
      .filter(({ name }) => names.includes(name))
      .map((one) =>
        cosignatureLine(one.note, {
          timeSeconds: 5,
          signature: one.key.sign(cosignedMessage(note.text, 5)),
        }),
      );
    return { checkpoint, note: { ...note, signatures: [...note.signatures, ...lines] } };
  };

  test('believes a checkpoint that a log signed and a quorum cosigned', () => {
    const policy = parseTrustPolicy(source);
    assert.equal(policy.logs[0]?.url, 'https://plane.example/');
    for (const [names, enough] of [
      [[], false],
      [['x1', 'x2'], false],
      [['y1'], false],
      [['x2', 'y1'], true],
      [['x1', 'x2', 'y1'], true],
    ] as const) {
      const signed = cosigned(names);
      assert.deepEqual(witnessesOf(policy, signed), names);
      assert.equal(meetsQuorum(policy, names), enough);
      assert.equal(believes(policy, signed), enough, names.join());
    }
    const unsigned = cosigned(['x1', 'y1']);
    const stripped = {
      ...unsigned,
      note: { ...unsigned.note, signatures: unsigned.note.signatures.slice(1) },
    };
    assert.equal(believes(policy, stripped), false);
    assert.ok(believes(parseTrustPolicy(`log ${vector.vkey}\nquorum none\n`), cosigned([])));
  });

  test('of another form is refused, naming the line', () => {
    const x1 = `witness x1 ${formatVkey(keys[0]?.note ?? witnessKey)}`;
    const bad: [string, RegExp][] = [
      ['', /one line `quorum/u],
      ['quorum none\nquorum none', /line 2/u],
      ['quorum x1', /line 1: expected a name of a line above/u],
      [`${x1}\n${x1}\nquorum x1`, /line 2: expected a new name/u],
      [`${x1}\n${x1.replace('x1', 'x2')}\nquorum x1`, /line 2: the key of .* twice/u],
      [`${x1}\ngroup g 2 x1\nquorum g`, /line 2/u],
      [`${x1}\ngroup g 0 x1\nquorum g`, /line 2/u],
      [`${x1}\ngroup g any x1\ngroup h any x1\nquorum g`, /line 3: `x1` is a member/u],
      [`${x1}\ngroup none any x1\nquorum none`, /line 2/u],
      [`${x1}\ngroup g any\nquorum none`, /line 2/u],
      [`log ${formatVkey(witnessKey)}\nquorum none`, /line 1: expected a key of type 1/u],
      [`witness a ${vector.vkey}\nquorum none`, /line 1: expected a key of type 4/u],
      ['wires none', /line 1: expected log, witness, group or quorum/u],
    ];
    for (const [text, message] of bad) {
      assert.throws(() => parseTrustPolicy(text), { code: 'invalid', message }, text);
    }
  });
});
