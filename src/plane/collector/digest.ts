/**
 * Keyed digests, 64 hex digits each, in the order of the texts: equal texts give equal digests, and without the key,
 * which stays in the plane, nothing can be learned from them by trying texts.
 */
export type Digester = (texts: readonly string[]) => Promise<readonly string[]>;

/** The digest of one text. */
export async function digestOf(digest: Digester, text: string): Promise<string> {
  const [found = ''] = await digest([text]);
  return found;
}
