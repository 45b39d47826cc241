/**
 * A certificate authority for one machine or one test: makes its own certificate and signs servers. Apart from the rest
 * of `#platform/http` because its library is slow to load and only `privet up` and tests need it.
 */
export { createAuthority, createClientCertificate, issueCertificate } from './authority.ts';
export { servesStill } from './authority.ts';
export type { KeyedCertificate } from './authority.ts';
