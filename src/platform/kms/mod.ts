/**
 * Key services behind one port: `wrap` and `unwrap` a data key under a key that Privet does not hand out. Here is the
 * port and the local provider, a key in a file: good for trying Privet out, and it says so. Keys are kept and rolled by
 * plane/keys; the bytes a wrapped key is are in docs/formats/envelope.md.
 */
export { openFileProvider } from './fileprovider.ts';
export type { KeyContext, KeyProvider } from './provider.ts';
