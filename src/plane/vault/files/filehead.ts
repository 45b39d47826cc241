import { fromBase64, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';

/** What a file column holds: where the file lies, and the key it is sealed with. The file itself is a blob. */
export type FileHead = {
  readonly blob: string;
  readonly name: string;
  /** MIME type, from the first bytes of the file. */
  readonly type: string;
  readonly sizeBytes: number;
  readonly key: Uint8Array;
};

/** The plaintext of a file column's cell. */
export function encodeFileHead({ key, ...head }: FileHead): Uint8Array {
  return utf8(JSON.stringify({ ...head, key: Buffer.from(key).toString('base64') }));
}

/** The head in a cell's plaintext; throws `corrupt` when it is none. */
export function fileHead(plain: Uint8Array): FileHead {
  try {
    const head = JSON.parse(textOf(plain)) as Omit<FileHead, 'key'> & { readonly key: string };
    return { ...head, key: fromBase64(head.key) };
  } catch (cause) {
    throw new Problem('corrupt', 'file column expected the head of a file', { cause });
  }
}
