import { concat, utf8 } from '#base/bytes';
import type { PageFile } from './exportpage.ts';
import { openChunks } from '../files/filechunks.ts';
import type { VaultGround } from '../ground.ts';

/** Bytes of files in one part; a larger file goes in pieces. */
const PART_FILE_BYTES = 4 * 1024 * 1024;

/** Stands before the bytes of a file, or of a piece of one, as a line of JSON. */
export type FileLine = {
  readonly file: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** Which of its bytes come: how many, from which on. */
  readonly at: number;
  readonly bytes: number;
  readonly subject: string | null;
};

/** A part with files: its bytes, and how many files end in it. */
export type FilePart = { readonly plain: Uint8Array; readonly files: number };

/** The contents of files, opened, in parts: small files together, a large one in pieces; one part is in memory at a time. */
export async function* fileParts(
  { ports }: VaultGround,
  files: readonly PageFile[],
): AsyncGenerator<FilePart> {
  let held: Uint8Array[] = [];
  let [heldBytes, ended] = [0, 0];
  const part = (): FilePart => {
    const made = { plain: concat(...held), files: ended };
    [held, heldBytes, ended] = [[], 0, 0];
    return made;
  };
  for (const { name: file, head, subject } of files) {
    const { name, sizeBytes, key, blob } = head;
    if (held.length > 0 && heldBytes + sizeBytes > PART_FILE_BYTES) yield part();
    let at = 0;
    for await (const piece of piecesOf(openChunks({ key, blob }, ports.blobs.read(blob)))) {
      const line: FileLine = { file, name, sizeBytes, at, bytes: piece.length, subject };
      held.push(utf8(`${JSON.stringify(line)}\n`), piece);
      heldBytes += piece.length;
      at += piece.length;
      if (at < sizeBytes) yield part();
    }
    ended += 1;
  }
  if (held.length > 0) yield part();
}

/** The content again in pieces as large as a part; one that is empty for no bytes at all. */
async function* piecesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let isFirst = true;
  for await (const piece of content) {
    if (heldBytes + piece.length > PART_FILE_BYTES) {
      yield concat(...held);
      [held, heldBytes, isFirst] = [[], 0, false];
    }
    held.push(piece);
    heldBytes += piece.length;
  }
  if (heldBytes > 0 || isFirst) yield concat(...held);
}
