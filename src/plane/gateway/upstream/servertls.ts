import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { Problem } from '#base/problem';
import type { ChannelBinding } from '#engines/pgwire';
import { endPointOf } from './endpoint.ts';

/** The gateway's certificate, ready for handshakes, and the channel binding it stands for. */
export type ServerTls = { readonly context: SecureContext; readonly binding: ChannelBinding };

/** Reads a certificate chain and its key (PEM); throws `invalid` when they do not fit. */
export function serverTls(pem: { readonly certificate: string; readonly key: string }): ServerTls {
  try {
    const context = createSecureContext({
      cert: pem.certificate,
      key: pem.key,
      minVersion: 'TLSv1.2',
    });
    const { raw } = new X509Certificate(pem.certificate);
    return { context, binding: endPointOf(raw) ?? { kind: 'none' } };
  } catch (cause) {
    throw new Problem('invalid', 'gateway certificate and key do not fit', { cause });
  }
}

/**
 * Upgrades an accepted socket. Bytes that came before the handshake are thrown away with the plain stream, never
 * read as messages (CVE-2021-3935). `direct`: the client began with TLS and must then name the protocol (libpq 17).
 */
export function upgrade(
  plain: Socket,
  tls: ServerTls,
  how: { readonly direct: boolean; readonly millisecondsMax: number },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = new TLSSocket(plain, {
      isServer: true,
      secureContext: tls.context,
      ALPNProtocols: ['postgresql'],
    });
    const fail = (cause?: unknown): void => {
      clearTimeout(timer);
      secure.destroy();
      reject(new Problem('unauthenticated', 'TLS handshake failed', { cause }));
    };
    const timer = setTimeout(fail, how.millisecondsMax);
    secure.once('error', fail);
    secure.once('close', fail);
    secure.once('secure', () => {
      clearTimeout(timer);
      secure.off('error', fail);
      secure.off('close', fail);
      secure.on('error', () => undefined);
      if (how.direct && secure.alpnProtocol !== 'postgresql') {
        fail();
        return;
      }
      resolve(secure);
    });
  });
}
