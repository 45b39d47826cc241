import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '#base/problem';
import type { KeyProvider } from './provider.ts';

/** A key service under test and what can be done to it from outside; what it cannot do is left out. */
export type Stage = {
  readonly provider: KeyProvider;
  /** The same, but soon out of patience. */
  readonly hasty?: KeyProvider;
  /** Of an emulator that does not look at all of what it gave: where the bytes begin that it does look at. */
  readonly looksFrom?: number;
  /** Its bytes name a version of the key, so that changed ones may name one that is not there. */
  readonly namesVersion?: boolean;
  readonly disable?: () => Promise<void> | void;
  readonly enable?: () => Promise<void> | void;
  /** Makes a new version of the key there, as its owner would. */
  readonly rotate?: () => Promise<void> | void;
  readonly slow?: () => Promise<void> | void;
  readonly down?: () => Promise<void> | void;
  readonly refusing?: () => Promise<void> | void;
  readonly well?: () => Promise<void> | void;
};

export type Staged = {
  readonly label: string;
  readonly skip?: string;
  readonly open: () => Promise<Stage>;
};

const CONTEXT = { plane: 'pln_example', scope: 'rolling/credentials', version: '1' };
const DATA_KEY = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
/** Time-outs of the hasty are a fraction of this. */
const SILENCE_MS = 5_000;

function isProblem(code: string) {
  return (thrown: unknown) =>
    thrown instanceof Problem && thrown.code === code && !describes(thrown, DATA_KEY);
}

/** Whether a problem shows a key in any text it has. */
function describes(problem: Problem, key: Uint8Array): boolean {
  const told = `${problem.message} ${problem.hint ?? ''} ${String(problem.cause)}`;
  return ['hex', 'base64', 'base64url'].some((encoding) =>
    told.includes(Buffer.from(key).toString(encoding as BufferEncoding)),
  );
}

/** What every provider must do, however it is reached; each answers what the stage cannot do, when that is so. */
const CRITERIA: Readonly<Record<string, (stage: Stage) => Promise<string | void>>> = {
  'unwraps what it wrapped, never the same bytes twice': async ({ provider }) => {
    const wrapped = await Promise.all([1, 2].map(() => provider.wrap(DATA_KEY, CONTEXT)));
    assert.notDeepEqual(wrapped[0], wrapped[1]);
    for (const one of wrapped) {
      assert.ok(one.length <= 8_192, 'fits the key table');
      assert.equal(Buffer.from(one).includes(Buffer.from(DATA_KEY)), false);
      assert.deepEqual(await provider.unwrap(one, CONTEXT), DATA_KEY);
    }
  },
  'refuses another context': async ({ provider }) => {
    const wrapped = await provider.wrap(DATA_KEY, CONTEXT);
    for (const other of [{ ...CONTEXT, scope: 'rolling/other' }, { ...CONTEXT, version: '2' }, {}])
      await assert.rejects(provider.unwrap(wrapped, other), isProblem('corrupt'));
  },
  'refuses bytes that were changed, cut or made up': async (stage) => {
    const { provider, looksFrom = 0, namesVersion = false } = stage;
    const wrapped = await provider.wrap(DATA_KEY, CONTEXT);
    const places = [...new Set([0, 5, 20, 60, wrapped.length - 20, wrapped.length - 2])];
    const checked = places.filter((at) => at >= looksFrom && at < wrapped.length);
    const changed = checked.map((at) => wrapped.map((byte, i) => (i === at ? byte ^ 1 : byte)));
    for (const bad of [...changed, wrapped.subarray(0, -4), wrapped.subarray(0, 3), DATA_KEY])
      await assert.rejects(
        provider.unwrap(bad, CONTEXT),
        (thrown) =>
          isProblem('corrupt')(thrown) || (namesVersion && isProblem('unavailable')(thrown)),
      );
  },
  'serves many at once': async ({ provider }) => {
    const keys = Array.from({ length: 40 }, (_, i) => new Uint8Array(32).fill(i));
    const again = await Promise.all(
      keys.map(async (key, i) => {
        const context = { ...CONTEXT, version: String(i + 1) };
        return provider.unwrap(await provider.wrap(key, context), context);
      }),
    );
    assert.deepEqual(again, keys);
  },
  'stops when its key is disabled, and goes on when it is enabled': async (stage) => {
    const { provider, disable, enable } = stage;
    if (disable === undefined) return 'its key cannot be disabled from here';
    const wrapped = await provider.wrap(DATA_KEY, CONTEXT);
    await disable();
    await assert.rejects(provider.unwrap(wrapped, CONTEXT), isProblem('unavailable'));
    if (enable === undefined) return undefined;
    await enable();
    return assert.deepEqual(await provider.unwrap(wrapped, CONTEXT), DATA_KEY);
  },
  'unwraps what an older version of its key wrapped': async ({ provider, rotate }) => {
    if (rotate === undefined) return 'its keys have no versions';
    const older = await provider.wrap(DATA_KEY, CONTEXT);
    await rotate();
    const newer = await provider.wrap(DATA_KEY, CONTEXT);
    for (const wrapped of [older, newer])
      assert.deepEqual(await provider.unwrap(wrapped, CONTEXT), DATA_KEY);
    return undefined;
  },
  'says so in time when the service is slow, down or refuses, and recovers': async (stage) => {
    const { provider, hasty = provider, slow, down, refusing, well } = stage;
    const troubles = [
      { begin: slow, asked: hasty, code: 'unavailable' },
      { begin: down, asked: provider, code: 'unavailable' },
      { begin: refusing, asked: provider, code: 'denied' },
    ].filter(({ begin }) => begin !== undefined);
    if (troubles.length === 0) return 'there is no service in between';
    const wrapped = await provider.wrap(DATA_KEY, CONTEXT);
    for (const { begin, asked, code } of troubles) {
      await begin?.();
      const startMs = performance.now();
      await Promise.all([
        assert.rejects(asked.unwrap(wrapped, CONTEXT), isProblem(code)),
        assert.rejects(asked.wrap(DATA_KEY, CONTEXT), isProblem(code)),
      ]);
      assert.ok(performance.now() - startMs < SILENCE_MS, 'answers in time');
      await well?.();
      assert.deepEqual(await provider.unwrap(wrapped, CONTEXT), DATA_KEY);
    }
    return undefined;
  },
};

/** Makes the tests of one provider; they are the same for all of them. */
export function testConformance({ label, skip, open }: Staged): void {
  for (const [criteria, check] of Object.entries(CRITERIA)) {
    void test(`${label} ${criteria}`, { skip: skip ?? false }, async (t) => {
      const cannot = await check(await open());
      if (cannot !== undefined) t.skip(cannot);
    });
  }
}
