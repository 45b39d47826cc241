import { equalConstantTime } from '#base/bytes';
import { Problem } from '#base/problem';
import { destroyMaskKey, maskKeyFrom, takeMaskKeyUse } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';

/** A data key in memory: usable until its lease runs out, then zeroed under every holder. */
export type Lease = {
  readonly scope: string;
  readonly version: number;
  readonly maskKey: MaskKey;
  /** The key itself; throws `expired` when the lease has run out. */
  secret(): Uint8Array;
  /** Notes a use, so that the lease is renewed. */
  touch(): void;
  /** Ends the lease now. */
  end(): void;
};

export type LeaseTerms = {
  readonly lengthMs: number;
  /** Asks the key service for the same key again; the lease goes on only when that succeeds. */
  readonly renew: () => Promise<Uint8Array>;
  readonly onEnd: () => void;
  /** Told why a renewal failed. */
  readonly onFault: (problem: unknown) => void;
};

/** A lease in use is renewed when this much of it has passed, so that a long statement outlives it. */
const RENEW_AT = 2 / 3;
/** A renewal that fails is tried again in half the time left, but not more often than this. */
const RETRY_MS_MIN = 100;

/**
 * Holds a data key (which it takes over) for `lengthMs` after `startMs` (of `performance.now`, when the key service was
 * asked). It is renewed while it is used and the key service still agrees: disabling the key there stops all use within
 * `lengthMs`.
 */
export function createLease(
  key: { readonly scope: string; readonly version: number; readonly secret: Uint8Array },
  startMs: number,
  terms: LeaseTerms,
): Lease {
  const { scope, version, secret } = key;
  const maskKey = maskKeyFrom(secret, version);
  let endMs = startMs + terms.lengthMs;
  let used = false;
  let ended = false;
  const timers: { end?: NodeJS.Timeout; renew?: NodeJS.Timeout } = {};

  const end = () => {
    if (ended) return;
    ended = true;
    clearTimeout(timers.end);
    clearTimeout(timers.renew);
    destroyMaskKey(maskKey);
    secret.fill(0);
    terms.onEnd();
  };
  const leftMs = () => Math.max(0, endMs - performance.now());
  const schedule = () => {
    clearTimeout(timers.end);
    timers.end = setTimeout(end, leftMs()).unref();
    renewIn(leftMs() - terms.lengthMs * (1 - RENEW_AT));
  };
  const renewIn = (ms: number) => {
    timers.renew = setTimeout(() => void renew(), Math.max(0, ms)).unref();
  };
  const renew = async () => {
    const wanted = takeMaskKeyUse(maskKey) || used;
    used = false;
    if (!wanted) return;
    const askedMs = performance.now();
    try {
      const again = await terms.renew();
      const same = equalConstantTime(again, secret);
      again.fill(0);
      if (ended) return;
      if (!same) return end();
      endMs = askedMs + terms.lengthMs;
      schedule();
    } catch (problem) {
      if (problem instanceof Problem && problem.code === 'gone') return end();
      terms.onFault(problem);
      // a service that was away for a moment does not cost the key
      used = true;
      if (!ended && leftMs() > 2 * RETRY_MS_MIN) renewIn(leftMs() / 2);
    }
  };
  schedule();
  return {
    scope,
    version,
    maskKey,
    secret() {
      if (ended || performance.now() >= endMs) {
        end();
        throw new Problem('expired', 'data key is no longer held', {
          hint: 'ask the keyring for it again',
        });
      }
      return secret;
    },
    touch() {
      used = true;
    },
    end,
  };
}
