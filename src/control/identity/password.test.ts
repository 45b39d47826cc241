import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBreached } from './breached.ts';
import { checkPassword, hashPassword, verifyPassword } from './password.ts';

const GOOD = 'brook stapler violet 19';

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['short', /expected 12 to 256 characters, got 5/u],
  ['x'.repeat(257), /got 257/u],
  ['aaaaaaaabbbb', /at least 5 different/u],
  ['mira.holt-2024', /other than the user name/u],
  ['brook stapler\u0000violet', /no control characters/u],
  ['Password123456', /breached/u],
  ['P@ssw0rd!!2024', /breached/u],
  ['1qaz2wsx3edc', /breached/u],
  ['dragondragon', /breached/u],
];

for (const [password, message] of REFUSED) {
  test(`checkPassword refuses ${JSON.stringify(password.slice(0, 20))}`, () => {
    assert.throws(() => checkPassword(password, 'mira.holt'), { code: 'invalid', message });
  });
}

test('checkPassword accepts a passphrase, also one beyond ASCII', () => {
  checkPassword(GOOD, 'mira.holt');
  checkPassword('früh am Morgen – 🦔 läuft', 'mira.holt');
});

test('checkPassword never repeats the password', () => {
  for (const [password] of REFUSED) {
    assert.throws(
      () => checkPassword(password, 'mira.holt'),
      (error: Error) => !error.message.includes(password),
    );
  }
});

test('isBreached leaves unrelated words alone', () => {
  assert.equal(isBreached('copper lantern riddle'), false);
});

test('verifyPassword tells right from wrong, and no account from both', async () => {
  const hashed = await hashPassword(GOOD);
  assert.match(hashed, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/u);
  assert.equal(await verifyPassword(hashed, GOOD), true);
  assert.equal(await verifyPassword(hashed, `${GOOD} `), false);
  assert.equal(await verifyPassword(null, GOOD), false);
});

test('verifyPassword works as long for no account as for a wrong password', async () => {
  const hashed = await hashPassword(GOOD);
  const [wrong, nobody] = [[] as number[], [] as number[]];
  for (let i = 0; i < 7; i++) {
    wrong.push(await spent(hashed));
    nobody.push(await spent(null));
  }
  const ratio = median(nobody) / median(wrong);
  assert.ok(ratio > 0.4 && ratio < 2.5, `expected about 1, got ${ratio}`);
});

async function spent(hashed: string | null): Promise<number> {
  const start = performance.now();
  await verifyPassword(hashed, 'not the password at all');
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
