import { createAuthority, issueCertificate } from '#platform/http/authority';
import type { ServerCertificate } from '#platform/http';

export type TestCertificate = ServerCertificate & { readonly authorityPem: string };

/** A certificate for this machine, of an authority made for one test. */
export async function issueTestCertificate(): Promise<TestCertificate> {
  const nowMs = Date.now();
  const authority = await createAuthority({ name: 'privet test', nowMs });
  const hosts = ['127.0.0.1', 'localhost'];
  const issued = await issueCertificate(authority, { name: 'localhost', nowMs, hosts });
  return {
    chainPem: `${issued.certificatePem}\n${authority.certificatePem}`,
    keyPem: issued.keyPem,
    authorityPem: authority.certificatePem,
  };
}
