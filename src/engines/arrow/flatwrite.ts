import { unreachable } from '#base/assert';
import { utf8 } from '#base/bytes';

/** What a header is made of, written as FlatBuffers (https://flatbuffers.dev/internals). */
export type Flat =
  /** Slots in the order of the schema; null for one that keeps its default. */
  | { readonly kind: 'table'; readonly slots: readonly (Slot | null)[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tables'; readonly items: readonly Flat[] }
  /** Structs of two whole numbers of 64 bits. */
  | { readonly kind: 'pairs'; readonly items: readonly (readonly [number, number])[] };

type Slot =
  | { readonly kind: 'int'; readonly bytes: 1 | 2 | 4 | 8; readonly value: number }
  | { readonly kind: 'flat'; readonly flat: Flat };

export const table = (...slots: readonly (Slot | null)[]): Flat => ({ kind: 'table', slots });
export const int = (bytes: 1 | 2 | 4 | 8, value: number): Slot => ({ kind: 'int', bytes, value });
export const flag = (value: boolean): Slot => int(1, value ? 1 : 0);
export const flat = (of: Flat): Slot => ({ kind: 'flat', flat: of });
export const text = (of: string): Slot => flat({ kind: 'text', text: of });

/** The bytes of a header, a multiple of eight. */
export function flatBytes(root: Flat): Uint8Array {
  const out = new Bytes();
  out.reserve(4, 4);
  out.point(0, write(out, root));
  out.align(8, 0);
  return out.taken();
}

/** Writes a part behind what is there, and gives where it lies: what it points to lies behind it. */
function write(out: Bytes, part: Flat): number {
  switch (part.kind) {
    case 'text': {
      const bytes = utf8(part.text);
      const at = out.reserve(4 + bytes.length + 1, 4);
      out.set(at, 4, bytes.length);
      out.put(at + 4, bytes);
      return at;
    }
    case 'tables': {
      const at = out.reserve(4 + 4 * part.items.length, 4);
      out.set(at, 4, part.items.length);
      for (const [i, item] of part.items.entries()) out.point(at + 4 + 4 * i, write(out, item));
      return at;
    }
    case 'pairs': {
      // The structs are aligned to eight, and the count lies right before them.
      out.align(8, 4);
      const at = out.reserve(4 + 16 * part.items.length, 4);
      out.set(at, 4, part.items.length);
      for (const [i, [first, second]] of part.items.entries()) {
        out.set(at + 4 + 16 * i, 8, first);
        out.set(at + 12 + 16 * i, 8, second);
      }
      return at;
    }
    case 'table':
      return writeTable(out, part.slots);
    default:
      return unreachable(part);
  }
}

function writeTable(out: Bytes, slots: readonly (Slot | null)[]): number {
  const sizes = slots.map((slot) => (slot === null ? 0 : slot.kind === 'int' ? slot.bytes : 4));
  let sizeBytes = 4;
  const offsets = sizes.map((bytes) => {
    if (bytes === 0) return 0;
    const offset = Math.ceil(sizeBytes / bytes) * bytes;
    sizeBytes = offset + bytes;
    return offset;
  });
  const entries = out.reserve(4 + 2 * slots.length, 2);
  const at = out.reserve(sizeBytes, 8);
  out.set(entries, 2, 4 + 2 * slots.length);
  out.set(entries + 2, 2, sizeBytes);
  for (const [i, offset] of offsets.entries()) out.set(entries + 4 + 2 * i, 2, offset);
  out.set(at, 4, at - entries);
  for (const [i, slot] of slots.entries()) {
    const place = at + (offsets[i] ?? 0);
    if (slot?.kind === 'int') out.set(place, slot.bytes, slot.value);
    if (slot?.kind === 'flat') out.point(place, write(out, slot.flat));
  }
  return at;
}

/** Bytes that grow. */
class Bytes {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  /** Fills up to where `more` bytes further on a multiple of `to` is. */
  align(to: number, more: number): void {
    while ((this.#size + more) % to !== 0) this.#size += 1;
    this.#grow();
  }

  /** Room of zeroes; gives where it lies. */
  reserve(sizeBytes: number, alignment: number): number {
    this.align(alignment, 0);
    const at = this.#size;
    this.#size += sizeBytes;
    this.#grow();
    return at;
  }

  set(at: number, bytes: 1 | 2 | 4 | 8, value: number): void {
    if (bytes === 1) this.#view.setUint8(at, value);
    else if (bytes === 2) this.#view.setUint16(at, value, true);
    else if (bytes === 4) this.#view.setUint32(at, value, true);
    else this.#view.setBigInt64(at, BigInt(value), true);
  }

  put(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
  }

  /** Makes the four bytes there point to what lies at `target`. */
  point(at: number, target: number): void {
    this.set(at, 4, target - at);
  }

  taken(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  #grow(): void {
    if (this.#size <= this.#bytes.length) return;
    const larger = new Uint8Array(2 ** Math.ceil(Math.log2(this.#size)));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
