import type { Dispatcher } from 'undici';
import type { Secret } from '#base/secret';
import { Problem } from '#base/problem';
import { check, checkFactsReceipt, signedBundleShape } from '#boundary';
import type { FactsReceipt, SignedBundle } from '#boundary';
import { openHttpClient } from '#platform/http';
import { POLL_MS } from './limits.ts';

/** The two calls a plane makes to control; it is never called by control. */
export type ControlLine = {
  /** The newest signed bundle after a serial, or null when none came within the long poll. */
  fetchBundle(after: number, signal: AbortSignal): Promise<SignedBundle | null>;
  /** Sends the body of a facts request, as it is. */
  sendFacts(body: unknown, signal: AbortSignal): Promise<FactsReceipt>;
  close(): Promise<void>;
};

export type ControlSettings = {
  readonly plane: string;
  /** Scheme, host and port of control, https only. */
  readonly origin: string;
  /** Makes the connections, and knows whom to believe (plane/egress). */
  readonly dispatcher: Dispatcher;
  readonly token: Secret;
};

/** Opens the line; nothing is sent before the first call. Throws `invalid` for an address that is not https. */
export function openControlLine(settings: ControlSettings): ControlLine {
  const { origin, dispatcher, token } = settings;
  const client = openHttpClient({ origin, dispatcher });
  const base = `/api/v1/planes/${encodeURIComponent(settings.plane)}`;
  return {
    async fetchBundle(after, signal) {
      const path = `${base}/bundle?after=${after}`;
      const call = { method: 'GET', path, bearer: token, timeoutMs: POLL_MS, signal } as const;
      const answer = await client.send(call);
      if (answer.status === 204) return null;
      return check(signedBundleShape, answer.body, 'signed bundle');
    },
    async sendFacts(body, signal) {
      const path = `${base}/facts`;
      const answer = await client.send({ method: 'POST', path, bearer: token, body, signal });
      if (answer.status !== 200) {
        throw new Problem('unavailable', `control answered facts with status ${answer.status}`);
      }
      return checkFactsReceipt(answer.body);
    },
    close: () => client.close(),
  };
}
