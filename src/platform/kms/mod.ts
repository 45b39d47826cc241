/**
 * Key services behind one port: `wrap` and `unwrap` a data key under a key that Privet does not hand out. AWS KMS, Google
 * Cloud KMS, Azure Key Vault, the transit engine of Vault and OpenBao, HSMs by PKCS#11, and a key in a file: good for
 * trying Privet out, and it says so. Only plane/keys may unwrap (its broker); the bytes a wrapped key is are in
 * docs/formats/envelope.md.
 */
export { openFileProvider } from './fileprovider.ts';
export { openKeyService } from './keyservice.ts';
export { SERVICE_ANSWER_BYTES_MAX, SERVICE_CONNECTIONS_MAX } from './servicecall.ts';
export { servicePlaces } from './serviceaddress.ts';
export type { KeyContext, KeyProvider } from './provider.ts';
