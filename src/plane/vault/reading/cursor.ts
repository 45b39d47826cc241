import { base64url, fromBase64, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { CELL_OVERHEAD_BYTES } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import { openUnderIndex, sealUnderIndex } from '../keys/indexseal.ts';
import { isUuid, uuidBytes, uuidText } from '../schema/place.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';

/**
 * Where a page goes on. Sealed, for it may be behind a record the caller must not hear of
 * (docs/formats/vault-api.md).
 */
export type Cursor = {
  /** The record it goes on behind. */
  readonly after: string;
  /** Records that are still to be left out. */
  readonly skip: number;
};

/** What a cursor is good for. */
type Walk = {
  readonly vault: VaultSchema;
  readonly table: TableSchema;
  readonly descending: boolean;
};

const CURSOR_BYTES = 16 + 4;

export function sealCursor(
  index: MaskKey,
  walk: Walk,
  { cursor, random }: { readonly cursor: Cursor; readonly random: (size: number) => Uint8Array },
): string {
  const plaintext = Buffer.allocUnsafe(CURSOR_BYTES);
  plaintext.set(uuidBytes(cursor.after));
  plaintext.writeUInt32BE(cursor.skip, 16);
  return base64url(sealUnderIndex(index, { plaintext, associated: associatedOf(walk), random }));
}

/** The place a text means: a cursor of this walk, or the id of any record; throws `invalid` for other texts. */
export function openCursor(index: MaskKey, walk: Walk, text: string): Cursor | { after: string } {
  if (isUuid(text)) return { after: text };
  const sealed = fromBase64(text);
  if (sealed.length !== CURSOR_BYTES + CELL_OVERHEAD_BYTES) throw noCursor();
  try {
    const plain = Buffer.from(openUnderIndex(index, sealed, associatedOf(walk)));
    return { after: uuidText(plain), skip: plain.readUInt32BE(16) };
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'corrupt') throw noCursor();
    throw thrown;
  }
}

function associatedOf({ vault, table, descending }: Walk): Uint8Array {
  const direction = descending ? 'descending' : 'ascending';
  return utf8(`privet/vault/cursor/v1\n${vault.id}\n${table.id}\n${direction}`);
}

function noCursor(): Problem {
  return new Problem('invalid', 'page expected a cursor of this table, or the id of a record', {
    hint: 'go on with what the page before gave, in the same order',
  });
}
