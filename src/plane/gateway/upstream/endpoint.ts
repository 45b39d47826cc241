import { createHash, X509Certificate } from 'node:crypto';
import type { ChannelBinding } from '#engines/pgwire';

/**
 * The tls-server-end-point binding of a DER certificate (RFC 5929 §4.1): its hash under its own signature's hash
 * algorithm, SHA-256 in place of MD5 and SHA-1. Null for signatures that name none (Ed25519, RSASSA-PSS).
 */
export function endPointOf(certificate: Uint8Array): ChannelBinding | null {
  const { signatureAlgorithm = '' } = new X509Certificate(certificate) as {
    signatureAlgorithm?: string;
  };
  const found = /md5|sha-?(1|224|256|384|512)/iu.exec(signatureAlgorithm);
  if (found === null) return null;
  const algorithm = found[1] === undefined || found[1] === '1' ? 'sha256' : `sha${found[1]}`;
  return {
    kind: 'tls-server-end-point',
    data: createHash(algorithm).update(certificate).digest(),
  };
}
