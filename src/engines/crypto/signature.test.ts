import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, hex, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { equalSecrets, hmacSha256, pbkdf2Sha256, sha256 } from './hash.ts';
import {
  newSigningKeyPair,
  privateKeyFrom,
  privateKeyText,
  publicKeyFrom,
  publicKeyText,
  signBytes,
  verifyBytes,
} from './signature.ts';

test('signBytes signs what verifyBytes accepts, through texts of both keys', () => {
  const pair = newSigningKeyPair();
  const publicKey = publicKeyFrom(publicKeyText(pair.publicKey));
  const signature = signBytes(
    privateKeyFrom(privateKeyText(pair.privateKey)),
    utf8('privet-bundle/v1\n{}'),
  );
  assert.equal(verifyBytes(publicKey, utf8('privet-bundle/v1\n{}'), signature), true);
  assert.equal(verifyBytes(publicKey, utf8('privet-bundle/v1\n{ }'), signature), false);
  assert.equal(verifyBytes(publicKey, utf8('privet-bundle/v1\n{}'), signature.subarray(1)), false);
  assert.equal(
    verifyBytes(newSigningKeyPair().publicKey, utf8('privet-bundle/v1\n{}'), signature),
    false,
  );
});

test('verifyBytes accepts RFC 8032 §7.1 test 2', () => {
  const key = publicKeyFrom(
    Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex').toString(
      'base64url',
    ),
  );
  const signature = fromHex(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  );
  assert.equal(verifyBytes(key, fromHex('72'), signature), true);
});

test('publicKeyFrom and privateKeyFrom refuse other things without repeating them', () => {
  const refuses = (thrown: unknown) =>
    thrown instanceof Problem && thrown.code === 'invalid' && !thrown.message.includes('hush');
  assert.throws(() => publicKeyFrom('hush'), refuses);
  assert.throws(
    () => privateKeyFrom('-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----'),
    refuses,
  );
});

test('sha256, hmacSha256 and pbkdf2Sha256 give published answers', () => {
  assert.equal(
    hex(sha256(utf8('abc'))),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  // RFC 4231 test case 2
  assert.equal(
    hex(hmacSha256(utf8('Jefe'), utf8('what do ya want for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
  // RFC 7914 §11
  assert.equal(
    hex(pbkdf2Sha256(utf8('passwd'), utf8('salt'), 1)),
    '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc',
  );
});

test('equalSecrets tells equal from other', () => {
  assert.equal(equalSecrets(utf8('a'), utf8('a')), true);
  assert.equal(equalSecrets(utf8('a'), utf8('b')), false);
  assert.equal(equalSecrets(utf8('a'), utf8('ab')), false);
});
