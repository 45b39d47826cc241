import { base64, concat, equalConstantTime, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { SCRAM_ITERATIONS_MAX } from './limits.ts';
import {
  attributesOf,
  badExchange,
  type ChannelBinding,
  clientKeyLabel,
  SCRAM,
  SCRAM_PLUS,
  type ScramHashes,
  scramText,
  serverKeyLabel,
  strictBase64,
  xor,
} from './scram.ts';
import { int32 } from './writer.ts';

/** The two hashes and the slow one that stretches a password (RFC 8018 PBKDF2 over HMAC-SHA-256, 32 bytes). */
export type ScramClientHashes = ScramHashes & {
  readonly stretch: (password: Uint8Array, salt: Uint8Array, iterations: number) => Uint8Array;
};

/** An exchange as the client that begins it sees it. */
export type ScramClient = {
  readonly mechanism: string;
  readonly header: string;
  readonly bound: Uint8Array;
  readonly bare: string;
  readonly nonce: string;
};

/** A client's choice among the server's mechanisms and its first message, as the body of a PasswordMessage. */
export function startScram(
  mechanisms: readonly string[],
  client: { readonly binding: ChannelBinding; readonly nonce: string },
): { client: ScramClient; body: Uint8Array } {
  const { binding, nonce } = client;
  const plus = binding.kind !== 'none' && mechanisms.includes(SCRAM_PLUS);
  if (!plus && !mechanisms.includes(SCRAM)) {
    throw new Problem('unsupported', 'server offers no SCRAM-SHA-256 authentication');
  }
  const mechanism = plus ? SCRAM_PLUS : SCRAM;
  const header = plus ? 'p=tls-server-end-point,,' : binding.kind === 'none' ? 'n,,' : 'y,,';
  const data = plus ? binding.data : new Uint8Array();
  const bare = `n=,r=${nonce}`;
  const first = utf8(header + bare);
  const body = concat(utf8(mechanism), new Uint8Array(1), int32(first.length), first);
  return { client: { mechanism, header, bound: concat(utf8(header), data), bare, nonce }, body };
}

/** The proof that answers the server's first message, and what its signature must be. */
export function proveScram(
  serverFirst: Uint8Array,
  client: ScramClient,
  secret: { readonly password: string; readonly hashes: ScramClientHashes },
): { body: Uint8Array; signature: Uint8Array } {
  const reply = scramText(serverFirst);
  const attributes = attributesOf(reply);
  const nonce = attributes.get('r') ?? '';
  const iterations = Number(attributes.get('i'));
  if (!nonce.startsWith(client.nonce) || nonce.length === client.nonce.length) throw badExchange();
  if (!Number.isSafeInteger(iterations) || iterations < 1) throw badExchange();
  if (iterations > SCRAM_ITERATIONS_MAX) {
    throw new Problem(
      'limit',
      `server asks for ${iterations} SCRAM rounds, limit ${SCRAM_ITERATIONS_MAX}`,
    );
  }
  const { hashes } = secret;
  const salt = strictBase64(attributes.get('s') ?? '');
  const salted = hashes.stretch(utf8(preparePassword(secret.password)), salt, iterations);
  const clientKey = hashes.hmac(salted, clientKeyLabel);
  const final = `c=${base64(client.bound)},r=${nonce}`;
  const message = utf8(`${client.bare},${reply},${final}`);
  const proof = xor(clientKey, hashes.hmac(hashes.sha256(clientKey), message));
  const signature = hashes.hmac(hashes.hmac(salted, serverKeyLabel), message);
  return { body: utf8(`${final},p=${base64(proof)}`), signature };
}

/** Checks that the server knows the password too; throws `unauthenticated` when it does not. */
export function checkServer(serverFinal: Uint8Array, signature: Uint8Array): void {
  const given = attributesOf(scramText(serverFinal)).get('v') ?? '';
  if (!equalConstantTime(strictBase64(given), signature)) {
    throw new Problem('unauthenticated', 'server proved a wrong SCRAM signature');
  }
}

/**
 * SASLprep (RFC 4013) as far as passwords need it: other spaces become spaces, soft marks vanish, then NFKC.
 * Text it would forbid is used as it is, as PostgreSQL does.
 */
export function preparePassword(password: string): string {
  if (/^[\x20-\x7e]*$/u.test(password)) return password;
  const mapped = password
    .replaceAll(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, ' ')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC');
  return /\p{Cc}/u.test(mapped) || mapped === '' ? password : mapped;
}
