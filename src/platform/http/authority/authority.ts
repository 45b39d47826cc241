// The library looks for this polyfill when it loads, so it must come first.
import 'reflect-metadata';
import { X509Certificate, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';

/** A certificate with its private key, both PEM (RFC 7468); the key is PKCS #8. */
export type KeyedCertificate = { readonly certificatePem: string; readonly keyPem: Secret };

export type IssueOptions = {
  /** Common name, shown to people. */
  readonly name: string;
  readonly nowMs: number;
  /** DNS names and IP addresses it is valid for. */
  readonly hosts?: readonly string[];
};

/** ECDSA on P-256 with SHA-256: every client, Java and old OpenSSL included, takes it. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Clocks of clients may lag. */
const BACKDATE_MS = DAY_MS;
/** A local authority outlives the try-out it was made for. */
const AUTHORITY_DAYS = 3650;
/** Browsers take no server certificate that lives longer (CA/Browser Forum, ballot SC-31). */
const SERVER_DAYS = 398;
/** Servers ask for a new certificate this long before the old one ends. */
const RENEW_BEFORE_MS = 60 * DAY_MS;

/** A new certificate authority that may sign servers and nothing above them. */
export async function createAuthority(options: IssueOptions): Promise<KeyedCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${options.name}`,
    ...validity(options.nowMs, AUTHORITY_DAYS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) };
}

/** A server certificate for `hosts`, signed by the authority. */
export async function issueCertificate(
  authority: KeyedCertificate,
  options: IssueOptions,
): Promise<KeyedCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${options.name}`,
    issuer: issuer.subject,
    ...validity(options.nowMs, SERVER_DAYS),
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.keyPem),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension((options.hosts ?? []).map(alternativeName)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) };
}

/** A certificate of a client that vouches for itself: whoever is shown it first remembers it. */
export async function createClientCertificate(options: IssueOptions): Promise<KeyedCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${options.name}`,
    ...validity(options.nowMs, AUTHORITY_DAYS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ],
  });
  return { certificatePem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) };
}

/** Whether a certificate still serves all `hosts`, is signed by the authority and does not end soon. */
export function servesStill(
  certificatePem: string,
  wanted: {
    readonly authorityPem: string;
    readonly hosts: readonly string[];
    readonly nowMs: number;
  },
): boolean {
  const certificate = new X509Certificate(certificatePem);
  const authority = new X509Certificate(wanted.authorityPem);
  const names = wanted.hosts.every((host) =>
    isAddress(host)
      ? certificate.checkIP(host) !== undefined
      : certificate.checkHost(host) !== undefined,
  );
  return (
    names &&
    certificate.verify(authority.publicKey) &&
    certificate.validToDate.getTime() - wanted.nowMs > RENEW_BEFORE_MS
  );
}

function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - BACKDATE_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

function alternativeName(host: string): x509.JsonGeneralName {
  return { type: isAddress(host) ? 'ip' : 'dns', value: host };
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/u.test(host) || host.includes(':');
}

async function exportKey(key: webcrypto.CryptoKey): Promise<Secret> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key);
  return secret(x509.PemConverter.encode(bytes, 'PRIVATE KEY'));
}

function importKey(keyPem: Secret): Promise<webcrypto.CryptoKey> {
  const bytes = x509.PemConverter.decodeFirst(keyPem.reveal());
  return webcrypto.subtle.importKey('pkcs8', bytes, ALGORITHM, false, ['sign']);
}
