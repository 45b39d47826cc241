import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import { saslPrepared, scramVerifier } from './scram.ts';

/** RFC 7677 §3: user `user`, password `pencil`, 4,096 iterations. */
const EXAMPLE = {
  salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
  auth:
    'n=user,r=rOprNGfwEbeRWgbNEkqO,' +
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,' +
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  server: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

test('scramVerifier gives the keys of the RFC 7677 example', async () => {
  const salt = new Uint8Array(Buffer.from(EXAMPLE.salt, 'base64'));
  const verifier = await scramVerifier('pencil', () => salt);
  const stored = Buffer.from(verifier.storedKey, 'base64');
  const clientSignature = createHmac('sha256', stored).update(EXAMPLE.auth).digest();
  const proof = Buffer.from(EXAMPLE.proof, 'base64');
  const clientKey = proof.map((byte, i) => byte ^ (clientSignature[i] ?? 0));
  assert.deepEqual(createHash('sha256').update(clientKey).digest(), stored);
  const server = Buffer.from(verifier.serverKey, 'base64');
  assert.equal(createHmac('sha256', server).update(EXAMPLE.auth).digest('base64'), EXAMPLE.server);
});

test('scramVerifier uses a new salt each time', async () => {
  let next = 0;
  const random = (size: number) => new Uint8Array(size).fill(next++);
  const [first, second] = [
    await scramVerifier('pencil', random),
    await scramVerifier('pencil', random),
  ];
  assert.notEqual(first.salt, second.salt);
  assert.notEqual(first.storedKey, second.storedKey);
});

/** RFC 4013 §3, the examples that are not refusals. */
const PREPARED: readonly (readonly [string, string])[] = [
  ['I\u00adX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00aa', 'a'],
  ['\u2168', 'IX'],
  ['a\u00a0b', 'a b'],
];

for (const [given, wanted] of PREPARED) {
  test(`saslPrepared maps ${JSON.stringify(given)} to ${wanted}`, () => {
    assert.equal(saslPrepared(given), wanted);
  });
}

test('saslPrepared makes spellings of one text one password', async () => {
  const salt = (size: number) => new Uint8Array(size);
  const composed = await scramVerifier('caf\u00e9', salt);
  const decomposed = await scramVerifier('cafe\u0301', salt);
  assert.deepEqual(composed, decomposed);
  const salted = pbkdf2Sync('caf\u00e9', new Uint8Array(16), 4_096, 32, 'sha256');
  const key = createHmac('sha256', salted).update('Server Key').digest('base64');
  assert.equal(composed.serverKey, key);
});
