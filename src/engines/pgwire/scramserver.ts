import { base64, concat, equalConstantTime, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { createReader } from './reader.ts';
import {
  attributesOf,
  badExchange,
  type ChannelBinding,
  mechanismsFor,
  SCRAM_PLUS,
  type ScramHashes,
  scramText,
  type ScramVerifier,
  strictBase64,
  xor,
} from './scram.ts';

/** Length of a SHA-256 and so of proof, stored key and server key. */
const HASH_BYTES = 32;
const NONCE_CHARACTERS_MAX = 512;

/** An exchange after the client's first message: what must be checked against the client's last. */
export type ScramExchange = {
  readonly verifier: ScramVerifier;
  readonly nonce: string;
  /** What the client's `c=` must say: GS2 header and channel binding data. */
  readonly bound: Uint8Array;
  readonly messages: string;
};

const passed: unique symbol = Symbol('authenticated');

/** Proof that a SCRAM exchange ended well; only `finishScram` makes one. */
export type Authenticated = { readonly [passed]: true };

/**
 * Answers a SASLInitialResponse body (RFC 5802 §5, PostgreSQL protocol 55.3.1); throws `unauthenticated` for a mechanism
 * not offered, a binding that is not the connection's, and a downgrade (`y` where binding was offered).
 */
export function beginScram(
  body: Uint8Array,
  server: {
    readonly verifier: ScramVerifier;
    readonly binding: ChannelBinding;
    readonly nonce: string;
  },
): { exchange: ScramExchange; reply: string } {
  const reader = createReader(body);
  const mechanism = reader.text();
  const size = reader.int32();
  const first = scramText(reader.bytes(size));
  reader.end();
  if (!mechanismsFor(server.binding).includes(mechanism)) throw badExchange();
  const { header, bare } = splitFirst(first);
  checkHeader(header, mechanism, server.binding);
  const clientNonce = nonceOf(bare);
  const nonce = clientNonce + server.nonce;
  const reply = `r=${nonce},s=${base64(server.verifier.salt)},i=${server.verifier.iterations}`;
  const data = mechanism === SCRAM_PLUS ? bindingData(server.binding) : new Uint8Array();
  return {
    exchange: {
      verifier: server.verifier,
      nonce,
      bound: concat(utf8(header), data),
      messages: `${bare},${reply}`,
    },
    reply,
  };
}

/**
 * Checks the client's last message and gives the server's signature; throws `unauthenticated` for a wrong proof.
 * The stored key is compared in constant time after all the work is done.
 */
export function finishScram(
  body: Uint8Array,
  exchange: ScramExchange,
  hashes: ScramHashes,
): { authenticated: Authenticated; reply: string } {
  const text = scramText(body);
  const at = text.lastIndexOf(',p=');
  const attributes = attributesOf(text);
  const proof = strictBase64(attributes.get('p') ?? '');
  const bound = strictBase64(attributes.get('c') ?? '');
  const message = utf8(`${exchange.messages},${text.slice(0, Math.max(0, at))}`);
  if (at < 0 || attributes.size !== 3 || proof.length !== HASH_BYTES) throw badExchange();
  const { verifier } = exchange;
  const clientKey = xor(proof, hashes.hmac(verifier.storedKey, message));
  const right = equalConstantTime(hashes.sha256(clientKey), verifier.storedKey);
  const sameNonce = equalConstantTime(utf8(attributes.get('r') ?? ''), utf8(exchange.nonce));
  const sameBinding = equalConstantTime(bound, exchange.bound);
  if (!right || !sameNonce || !sameBinding) throw wrongPassword();
  const signature = base64(hashes.hmac(verifier.serverKey, message));
  return { authenticated: { [passed]: true }, reply: `v=${signature}` };
}

/** What a wrong name, a wrong password and a wrong token all look like. */
export function wrongPassword(): Problem {
  return new Problem('unauthenticated', 'password authentication failed');
}

/** GS2 header (`n,,`) and the bare first message. */
function splitFirst(first: string): { header: string; bare: string } {
  const flagEnd = first.indexOf(',');
  const headerEnd = first.indexOf(',', flagEnd + 1);
  if (flagEnd < 0 || headerEnd < 0) throw badExchange();
  // An authorisation identity would be a second user name; PostgreSQL has none either.
  if (headerEnd !== flagEnd + 1) throw badExchange();
  return { header: first.slice(0, headerEnd + 1), bare: first.slice(headerEnd + 1) };
}

function checkHeader(header: string, mechanism: string, binding: ChannelBinding): void {
  if (mechanism === SCRAM_PLUS) {
    if (header !== 'p=tls-server-end-point,,') throw badExchange();
    return;
  }
  const downgraded = header === 'y,,' && binding.kind !== 'none';
  if ((header !== 'n,,' && header !== 'y,,') || downgraded) throw badExchange();
}

function nonceOf(bare: string): string {
  const attributes = attributesOf(bare);
  const nonce = attributes.get('r') ?? '';
  // `m=` announces an extension that must be understood; the name in `n=` is not used, start-up gave it.
  if (attributes.has('m') || !attributes.has('n') || !/^[\x21-\x2b\x2d-\x7e]+$/u.test(nonce)) {
    throw badExchange();
  }
  if (nonce.length > NONCE_CHARACTERS_MAX) throw badExchange();
  return nonce;
}

function bindingData(binding: ChannelBinding): Uint8Array {
  return binding.kind === 'none' ? new Uint8Array() : binding.data;
}
