import { rootCertificates } from 'node:tls';
import { Agent, request } from 'undici';
import { Problem } from '#base/problem';
import { channelRequest } from './channelmessage.ts';
import type { ChannelRequest, Telling } from './telling.ts';
import type { ChannelSettings } from './channelsettings.ts';
import { sendEmail } from './emailmessage.ts';
import type { Reach } from './receiveraddress.ts';
import { forbiddenReceiver, isForbiddenReceiver, receiverLookup } from './receiveraddress.ts';

/** Why a message did not arrive, without a word of what the receiver said: it may repeat what it was sent. */
export type DeliveryCode =
  | 'ok'
  | 'unreachable'
  | 'not-believed'
  | 'late'
  | 'busy'
  | 'receiver-failed'
  | 'refused'
  | 'secret-refused'
  | 'gone'
  | 'forbidden-address';

export type Delivery = {
  readonly code: DeliveryCode;
  /** Whether trying again can help. */
  readonly again: boolean;
  /** What the receiver asked to be left alone for. */
  readonly waitMs: number;
};

const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 64 * 1024;

/** Sends one alert to one channel and says how that went; never throws for what happens on the way. */
export async function deliver(
  settings: ChannelSettings,
  telling: Telling,
  reach: Reach,
): Promise<Delivery> {
  try {
    if (settings.kind !== 'email') {
      return await post(settings, channelRequest(settings, telling), reach);
    }
    await sendEmail(settings, telling, reach);
    return ARRIVED;
  } catch (error) {
    return failureOf(error);
  }
}

const ARRIVED: Delivery = { code: 'ok', again: false, waitMs: 0 };

async function post(
  settings: ChannelSettings,
  message: ChannelRequest,
  { loopback }: Reach,
): Promise<Delivery> {
  const url = URL.parse(message.url);
  if (url?.protocol !== 'https:') return { code: 'refused', again: false, waitMs: 0 };
  const agent = new Agent({
    connect: {
      timeout: TIMEOUT_MS,
      lookup: receiverLookup(loopback),
      ...(settings.authorityPem === null
        ? {}
        : { ca: [...rootCertificates, settings.authorityPem] }),
    },
    maxResponseSize: ANSWER_BYTES_MAX,
  });
  try {
    if (isForbiddenReceiver(url.hostname, loopback)) throw forbiddenReceiver();
    const answer = await request(url, {
      dispatcher: agent,
      method: 'POST',
      headers: { ...message.headers, 'user-agent': 'privet' },
      body: message.body,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body.dump();
    return deliveryOf(answer.statusCode, answer.headers['retry-after']);
  } finally {
    await agent.destroy();
  }
}

/** What a status means for us; receivers differ little here. */
function deliveryOf(status: number, retryAfter: string | string[] | undefined): Delivery {
  const waitMs = secondsIn(retryAfter) * 1_000;
  if (status >= 200 && status < 300) return ARRIVED;
  if (status === 429) return { code: 'busy', again: true, waitMs };
  if (status === 408 || status === 425) return { code: 'late', again: true, waitMs };
  if (status >= 500) return { code: 'receiver-failed', again: true, waitMs };
  if (status === 401 || status === 403) return { code: 'secret-refused', again: false, waitMs: 0 };
  if (status === 404 || status === 410) return { code: 'gone', again: false, waitMs: 0 };
  return { code: 'refused', again: false, waitMs: 0 };
}

function secondsIn(header: string | string[] | undefined): number {
  const text = Array.isArray(header) ? (header[0] ?? '') : (header ?? '');
  return /^\d{1,6}$/u.test(text) ? Number(text) : 0;
}

function failureOf(error: unknown): Delivery {
  if (error instanceof Problem) {
    const code = error.code === 'denied' ? 'forbidden-address' : 'refused';
    return { code, again: false, waitMs: 0 };
  }
  const { code, name, responseCode } = faultOf(error);
  if (code === 'PRIVET_FORBIDDEN') return { code: 'forbidden-address', again: false, waitMs: 0 };
  if (name === 'TimeoutError' || /TIMEDOUT|_TIMEOUT/u.test(code)) {
    return { code: 'late', again: true, waitMs: 0 };
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|^ETLS$/u.test(code)) {
    return { code: 'not-believed', again: true, waitMs: 0 };
  }
  if (code === 'EAUTH') return { code: 'secret-refused', again: false, waitMs: 0 };
  // 5yz is for good, 4yz passes (RFC 5321 §4.2.1).
  if (responseCode >= 500) return { code: 'refused', again: false, waitMs: 0 };
  if (responseCode >= 400) return { code: 'busy', again: true, waitMs: 0 };
  return { code: 'unreachable', again: true, waitMs: 0 };
}

function faultOf(error: unknown): { code: string; name: string; responseCode: number } {
  if (typeof error !== 'object' || error === null) return { code: '', name: '', responseCode: 0 };
  const fault = error as {
    code?: unknown;
    name?: unknown;
    responseCode?: unknown;
    cause?: unknown;
  };
  const inner = fault.cause === undefined ? undefined : faultOf(fault.cause);
  const code = typeof fault.code === 'string' ? fault.code : '';
  return {
    // nodemailer and undici wrap what the socket said.
    code: code === '' || code === 'ESOCKET' ? inner?.code || code : code,
    name: typeof fault.name === 'string' ? fault.name : '',
    responseCode: typeof fault.responseCode === 'number' ? fault.responseCode : 0,
  };
}
