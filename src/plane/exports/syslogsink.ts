import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { Problem } from '#base/problem';
import { startTls } from '#plane/egress';
import type { Egress, TlsWish } from '#plane/egress';
import { BATCH_LEAVES_MAX } from './limits.ts';
import type { Sink } from './sink.ts';
import { syslogFrame, syslogMessage } from './syslogmessage.ts';

export type SyslogWish = {
  readonly host: string;
  readonly port: number;
  readonly egress: Pick<Egress, 'connect'>;
  readonly target: { readonly workload: string; readonly purpose: string };
  readonly tls: Pick<TlsWish, 'ca' | 'cert' | 'key'>;
};

/**
 * Syslog over TLS (RFC 5425). The protocol has no acknowledgement, so each batch has a connection of its own, ended in
 * order: that the receiver ends it too says that all of it arrived there, in its memory at least (RFC 5425 §4.4).
 */
export function syslogSink(wish: SyslogWish): Sink {
  const { host, port, egress, target } = wish;
  return {
    place: `syslog ${host}:${port}`,
    leavesMax: BATCH_LEAVES_MAX,
    patienceMs: 0,
    async send({ items }, signal) {
      const plain = await egress.connect({ ...target, host, port }, { signal });
      const secure = startTls(plain, host, wish.tls);
      try {
        await once(secure, 'secureConnect', { signal });
        const frames = items.map(({ leaf, text }) => syslogFrame(syslogMessage(leaf, text)));
        await ended(secure, frames.join(''), signal);
      } catch (cause) {
        throw lost(cause);
      } finally {
        secure.on('error', () => undefined);
        secure.destroy();
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Resolves when everything is written and the other side has ended too, without an error. */
async function ended(secure: TLSSocket, text: string, signal: AbortSignal): Promise<void> {
  // What it might say is of no interest, but unread it would keep the end from being seen.
  secure.resume();
  const end = once(secure, 'end', { signal });
  secure.end(text, 'latin1');
  await end;
  if (!secure.writableFinished) throw new Error('the receiver ended before it had all');
}

function lost(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  return new Problem('unavailable', 'the syslog receiver did not take all leaves', {
    hint: 'does it speak TLS, with a certificate for that name? Leaves are sent again',
    cause,
  });
}
