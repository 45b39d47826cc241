import { Problem } from '#base/problem';

/** A replacement of bytes `start … end` of a text; `start === end` inserts. */
export type Edit = { readonly start: number; readonly end: number; readonly text: string };

/** Part of a text, in bytes. */
export type Part = { readonly start: number; readonly end: number };

/**
 * A part of the text with every edit inside it applied. An edit inside another is dropped with what it was inside of; edits that only
 * overlap are a broken invariant and throw `internal`. Insertions at one place keep the order they came in.
 */
export function splice(bytes: Uint8Array, edits: readonly Edit[], part: Part): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let out = '';
  let at = part.start;
  for (const edit of outermost(edits)) {
    if (edit.end < part.start) continue;
    if (edit.start < at || edit.end < edit.start || edit.end > part.end) {
      throw new Problem('internal', 'splices expected not to overlap');
    }
    out += buffer.toString('utf8', at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + buffer.toString('utf8', at, part.end);
}

function outermost(edits: readonly Edit[]): Edit[] {
  const sorted = edits
    .map((edit, order) => ({ edit, order }))
    .sort((a, b) => a.edit.start - b.edit.start || widthOrder(a.edit, b.edit) || a.order - b.order);
  const kept: Edit[] = [];
  let covered = -1;
  for (const { edit } of sorted) {
    if (edit.end <= covered && edit.start < covered) continue;
    kept.push(edit);
    covered = Math.max(covered, edit.end > edit.start ? edit.end : covered);
  }
  return kept;
}

/** At one place insertions come before the replacement that starts there. */
function widthOrder(left: Edit, right: Edit): number {
  const insertsLeft = left.end === left.start;
  const insertsRight = right.end === right.start;
  if (insertsLeft !== insertsRight) return insertsLeft ? -1 : 1;
  return right.end - left.end;
}
