import { Problem } from '#base/problem';
import { CANCEL_KEY_BYTES_MAX, STARTUP_PARAMETERS_MAX } from './limits.ts';
import { createReader, type Reader } from './reader.ts';
import { int32, packet } from './writer.ts';

/** What a connection may begin with (PostgreSQL protocol 55.2.1). */
export type StartupPacket =
  | { readonly kind: 'ssl-request' }
  | { readonly kind: 'gssenc-request' }
  | { readonly kind: 'cancel-request'; readonly processId: number; readonly key: Uint8Array }
  | {
      readonly kind: 'startup';
      readonly minor: number;
      readonly parameters: ReadonlyMap<string, string>;
      /** Protocol options (`_pq_.…`) asked for; none is known. */
      readonly unknownOptions: readonly string[];
    };

const SSL_CODE = (1234 << 16) | 5679;
const GSSENC_CODE = (1234 << 16) | 5680;
const CANCEL_CODE = (1234 << 16) | 5678;
const PROTOCOL_MAJOR = 3;

/** Newest minor version spoken (PostgreSQL 18); 3.1 was never released but is answered like 3.0. */
export const PROTOCOL_MINOR_MAX = 2;

/** Reads the body of an untyped packet; throws `invalid` for anything malformed and `unsupported` for other versions. */
export function decodeStartup(body: Uint8Array): StartupPacket {
  const reader = createReader(body);
  const code = reader.int32();
  if (code === SSL_CODE) return ended(reader, { kind: 'ssl-request' });
  if (code === GSSENC_CODE) return ended(reader, { kind: 'gssenc-request' });
  if (code === CANCEL_CODE) return decodeCancel(reader);
  if (code >> 16 !== PROTOCOL_MAJOR) {
    throw new Problem(
      'unsupported',
      `protocol expected version 3, got ${code >> 16}.${code & 0xffff}`,
    );
  }
  return decodeParameters(reader, code & 0xffff);
}

function ended(reader: Reader, found: StartupPacket): StartupPacket {
  reader.end();
  return found;
}

function decodeCancel(reader: Reader): StartupPacket {
  const processId = reader.int32();
  const key = reader.rest();
  if (key.length < 4 || key.length > CANCEL_KEY_BYTES_MAX) {
    throw new Problem('invalid', `cancel key expected 4 to 256 bytes, got ${key.length}`);
  }
  return { kind: 'cancel-request', processId, key };
}

function decodeParameters(reader: Reader, minor: number): StartupPacket {
  const parameters = new Map<string, string>();
  const unknownOptions: string[] = [];
  for (let name = reader.text(); name !== ''; name = reader.text()) {
    const value = reader.text();
    if (parameters.has(name)) throw new Problem('invalid', 'start-up parameter given twice');
    if (parameters.size + unknownOptions.length >= STARTUP_PARAMETERS_MAX) {
      throw new Problem('limit', `start-up parameters above ${STARTUP_PARAMETERS_MAX}`);
    }
    if (name.startsWith('_pq_.')) unknownOptions.push(name);
    else parameters.set(name, value);
  }
  reader.end();
  return { kind: 'startup', minor, parameters, unknownOptions };
}

/** A StartupMessage of protocol 3.0, as the gateway sends it upstream. */
export function encodeStartup(parameters: ReadonlyMap<string, string>): Uint8Array {
  const pieces = [...parameters].flat();
  return packet(int32(PROTOCOL_MAJOR << 16), ...pieces, new Uint8Array(1));
}

/** Asks a server for TLS; it answers one byte, `S` or `N`. */
export function encodeSslRequest(): Uint8Array {
  return packet(int32(SSL_CODE));
}

/** Asks a server to cancel what the session of that key is running. */
export function encodeCancelRequest(processId: number, key: Uint8Array): Uint8Array {
  return packet(int32(CANCEL_CODE), int32(processId), key);
}
