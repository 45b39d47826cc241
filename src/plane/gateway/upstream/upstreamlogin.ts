import { randomBytes } from 'node:crypto';
import { Problem } from '#base/problem';
import {
  answer,
  backendTag,
  checkServer,
  type ChannelBinding,
  encodePassword,
  type Frame,
  proveScram,
  startScram,
} from '#engines/pgwire';
import { md5Answer, scramHashes } from '../hashes.ts';
import type { UpstreamAddress } from '../port.ts';
import { startFailure } from './startfailure.ts';

/** Both directions of a connection that is logging in. */
export type LoginWire = {
  readonly next: () => Promise<Frame>;
  readonly write: (bytes: Uint8Array) => void;
  readonly binding: ChannelBinding;
};

/** Bytes of randomness in a SCRAM nonce, as libpq. */
const NONCE_BYTES = 18;

/** Answers whatever the server asks until it says ok; throws `unavailable` when it will not have us. */
export async function authenticate(wire: LoginWire, address: UpstreamAddress): Promise<void> {
  for (;;) {
    const request = await nextRequest(wire);
    switch (request.kind) {
      case 'ok':
        return;
      case 'cleartext':
        if (wire.binding.kind === 'none' && !address.host.startsWith('/')) throw clearRefused();
        wire.write(encodePassword(passwordOf(address)));
        break;
      case 'md5': {
        const password = passwordOf(address);
        wire.write(encodePassword(md5Answer({ user: address.user, password }, request.salt)));
        break;
      }
      case 'sasl':
        await exchange(wire, request.mechanisms, passwordOf(address));
        break;
      case 'sasl-continue':
      case 'sasl-final':
        throw new Problem('unavailable', 'source broke the log-in protocol');
    }
  }
}

async function exchange(
  wire: LoginWire,
  mechanisms: readonly string[],
  password: string,
): Promise<void> {
  const nonce = randomBytes(NONCE_BYTES).toString('base64');
  const { client, body } = startScram(mechanisms, { binding: wire.binding, nonce });
  wire.write(encodePassword(body));
  const first = await nextRequest(wire);
  if (first.kind !== 'sasl-continue')
    throw new Problem('unavailable', 'source broke the log-in protocol');
  const proof = proveScram(first.data, client, { password, hashes: scramHashes });
  wire.write(encodePassword(proof.body));
  const last = await nextRequest(wire);
  if (last.kind !== 'sasl-final')
    throw new Problem('unavailable', 'source broke the log-in protocol');
  checkServer(last.data, proof.signature);
}

async function nextRequest(
  wire: LoginWire,
): Promise<ReturnType<typeof answer.decodeAuthentication>> {
  for (;;) {
    const frame = await wire.next();
    if (frame.tag === backendTag.error) throw startFailure(frame.body);
    if (frame.tag === backendTag.authentication) return answer.decodeAuthentication(frame.body);
  }
}

function passwordOf(address: UpstreamAddress): string {
  if (address.password === null) {
    throw new Problem('unavailable', 'source asks for a password and none is registered');
  }
  return address.password.reveal();
}

function clearRefused(): Problem {
  return new Problem(
    'unavailable',
    'source asks for the password in clear text over a plain connection',
    {
      hint: 'use TLS, or scram-sha-256 in pg_hba.conf',
    },
  );
}
