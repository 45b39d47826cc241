import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import type { Clock } from '#base/clock';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { webhookSignature } from '#platform/http';
import type { ExportFormat } from './format.ts';
import { BATCH_LEAVES_MAX } from './limits.ts';
import type { Batch, Sink } from './sink.ts';

export type WebhookWish = {
  readonly url: string;
  readonly format: ExportFormat;
  /** Whether each leaf has a request of its own, for receivers that take no batches. */
  readonly single: boolean;
  readonly key: Secret;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
};

const TOO_LARGE = 413;
const SINGLE_TYPE: Readonly<Record<ExportFormat, string>> = {
  leaf: 'application/json',
  ocsf: 'application/json',
  cloudevents: 'application/cloudevents+json; charset=utf-8',
};
const BATCH_TYPE = {
  ...SINGLE_TYPE,
  cloudevents: 'application/cloudevents-batch+json; charset=utf-8',
};

/** Posts leaves, signed as Standard Webhooks says; `webhook-id` names the first and last leaf of the request. */
export function webhookSink(wish: WebhookWish): Sink {
  const { origin, pathname, search } = new URL(wish.url);
  return {
    place: `webhook ${placeOf(wish.url)}`,
    leavesMax: wish.single ? 1 : BATCH_LEAVES_MAX,
    patienceMs: 0,
    async send(batch, signal) {
      const texts = batch.items.map(({ text }) => text);
      const body = wish.single ? (texts[0] ?? '') : `[${texts.join(',')}]`;
      const answer = await wish.dispatcher
        .request({
          origin,
          path: `${pathname}${search}`,
          method: 'POST',
          headers: {
            'content-type': (wish.single ? SINGLE_TYPE : BATCH_TYPE)[wish.format],
            ...webhookSignature(wish.key, { id: idOf(batch), nowMs: wish.clock(), body }),
          },
          body,
          signal,
        })
        .catch(unreached);
      await answer.body.dump();
      if (answer.statusCode < 200 || answer.statusCode > 299) throw refused(answer.statusCode);
    },
    close: () => wish.dispatcher.close(),
  };
}

/** Only where it goes: a path can be a credential, so that what follows the host is told apart by its digest alone. */
function placeOf(url: string): string {
  const { origin, pathname, search } = new URL(url);
  if (pathname === '/' && search === '') return origin;
  const digest = createHash('sha256').update(`${pathname}${search}`).digest('hex');
  return `${origin}/… (${digest.slice(0, 8)})`;
}

function idOf({ plane, items }: Batch): string {
  return `${plane}-${items[0]?.leaf.index ?? 0}-${items.at(-1)?.leaf.index ?? 0}`;
}

function unreached(cause: unknown): never {
  if (cause instanceof Problem) throw cause;
  throw new Problem('unavailable', 'the webhook of an export does not answer', { cause });
}

/** Without a word of what the receiver said: it may repeat what it was sent. */
function refused(status: number): Problem {
  if (status === TOO_LARGE) {
    return new Problem(
      'limit',
      `a webhook answered with status ${status}: it takes no so large a body`,
      {
        hint: 'let it take bodies of 3 MiB, or at least of one leaf; leaves wait in the ledger and are sent again',
      },
    );
  }
  const denied = status === 401 || status === 403;
  return new Problem(
    denied ? 'denied' : 'unavailable',
    `a webhook answered with status ${status}`,
    {
      hint: denied
        ? 'does it know the signing key?'
        : 'leaves wait in the ledger and are sent again',
    },
  );
}
