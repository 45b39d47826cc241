import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fixtureText, policyText, readAttempts } from '../attempts/attempt.ts';
import { make } from '../attempts/run.ts';
import { openStand, type Stand } from '../stand/stand.ts';

const attempts = readAttempts();

test('attempts are at least the 300 that were promised', () => {
  assert.ok(attempts.length >= 300, `${attempts.length} attempts`);
});

for (const mode of ['splice', 'hardened'] as const) {
  describe(`attempts in ${mode} mode`, () => {
    let stand: Stand;
    before(async () => {
      stand = await openStand({
        mode,
        systems: { shopdb: fixtureText() },
        policy: policyText(),
        people: { mallory: { region: ['EU'] } },
      });
    });
    after(() => stand.stop());

    for (const attempt of attempts) {
      test(`${attempt.family}: ${attempt.title}`, async () => {
        const outcome = await make(stand, attempt);
        assert.deepEqual(outcome.canaries, [], 'a canary came back');
        assert.equal(outcome.answer.trim(), attempt.expected, outcome.error);
      });
    }
  });
}
