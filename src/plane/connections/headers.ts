import { Problem } from '#base/problem';
import { HEADER_BYTES_MAX } from './limits.ts';

/** Headers of a request that pass without a route naming them: what it asks for, and who asks the target. */
export const REQUEST_HEADERS: readonly string[] = [
  'accept',
  'accept-language',
  'authorization',
  'idempotency-key',
];
/** Headers of an answer that pass without a route naming them. */
export const ANSWER_HEADERS: readonly string[] = ['content-language', 'retry-after'];

/** Never pass: of one connection only (RFC 9110 §7.6.1), written by us, or given to who called and nobody else. */
const OURS = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'error-from-client',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'location',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-request-id',
]);
const OURS_BEGIN = /^(?:proxy-|x-skyflow-|x-privet-|x-forwarded-|sec-|access-control-)/u;
const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/u;

/** Whether a route may name the header (in lower case). */
export function passableHeader(name: string): boolean {
  return NAME.test(name) && !OURS.has(name) && !OURS_BEGIN.test(name);
}

/** Whether a text can be the value of a header. */
export function isHeaderText(text: string): boolean {
  return text.length <= HEADER_BYTES_MAX && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/u.test(text);
}

/** A text as the value of a header; throws `invalid` where it would be more than one, or cannot be written. */
export function headerText(text: string): string {
  if (isHeaderText(text)) return text;
  throw new Problem('invalid', 'a value expected ASCII in one line to be put into a header');
}
