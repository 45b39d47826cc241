import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { hex, utf8 } from '#base/bytes';
import { nonceKeys, openUnder, sealUnder } from './xaes.ts';

// C2SP, xaes-256-gcm.md, "Test vectors".
const NONCE = utf8('ABCDEFGHIJKLMNOPQRSTUVWX');
const VECTORS = [
  {
    key: 1,
    associated: '',
    sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271',
  },
  {
    key: 3,
    associated: 'c2sp.org/XAES-256-GCM',
    sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d',
  },
] as const;

for (const vector of VECTORS) {
  test(`xaes-256-gcm seals and opens the specification's vector of key ${vector.key}`, () => {
    const keys = nonceKeys(createSecretKey(new Uint8Array(32).fill(vector.key)));
    const derived = keys(NONCE.subarray(0, 12));
    const message = { half: NONCE.subarray(12), associated: utf8(vector.associated) };
    const plaintext = utf8('XAES-256-GCM');
    const sealed = new Uint8Array(plaintext.length + 16);
    sealUnder(derived, { plaintext, out: sealed, at: 0 }, message);
    assert.equal(hex(sealed), vector.sealed);
    assert.equal(hex(openUnder(derived, sealed, message)), hex(utf8('XAES-256-GCM')));
    assert.throws(() => openUnder(derived, sealed, { ...message, associated: utf8('else') }), {
      code: 'corrupt',
    });
  });
}
