import { createPrivateKey, X509Certificate } from 'node:crypto';
import { Problem } from '#base/problem';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu;

/** Throws `invalid` unless there are certificates in it. */
export function checkAuthority(pem: string): void {
  certificates(pem, 'authority');
}

/** Throws `invalid` unless the certificate and the key are a pair. */
export function checkClientCertificate(chainPem: string, keyPem: string): void {
  const [own] = certificates(chainPem, 'publicKey');
  let fits: boolean;
  try {
    fits = own?.checkPrivateKey(createPrivateKey(keyPem)) === true;
  } catch {
    fits = false;
  }
  if (!fits) throw new Problem('invalid', '`privateKey` expected the key of `publicKey`, in PEM');
}

function certificates(pem: string, name: string): readonly X509Certificate[] {
  try {
    const read = [...pem.matchAll(CERTIFICATE)].map(([text]) => new X509Certificate(text));
    if (read.length > 0) return read;
  } catch {
    // said below: what the parser says quotes the text
  }
  throw new Problem('invalid', `\`${name}\` expected certificates in PEM`);
}
