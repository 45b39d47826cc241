import { BLOCK_BYTES } from './blocks.ts';
import {
  get,
  I32,
  I64,
  i32,
  instantiate,
  memory,
  OP,
  repeat,
  REVERSED_I64,
  sequence,
  set,
  tee,
} from './wasm.ts';
import type { Code } from './wasm.ts';

/**
 * The arithmetic of FF1's rounds over packed values, in 64-bit integers: in doubles a reduction took two divisions by
 * multiplication with corrections, and twice the time (docs/design/column-cryptography.md). Values are in slots; all
 * memory is the kernel's own.
 */
export type Ff1Kernel = {
  /** The blocks that go into AES, a slot each. */
  readonly blocks: Uint8Array;
  /** Where AES's answer is to be put. */
  readonly output: Uint8Array;
  /** The halves of each value as numbers. */
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  /** Puts a half, xored with `word3`, and `word2` into the last two words of the blocks of a run. */
  writeInputs(run: SlotRun, half: 'left' | 'right', words: InputWords): void;
  /** Half ± the first 8 bytes of the answer, modulo `modulus` (below 2^32), for a run. */
  applyOutput(run: SlotRun, half: 'left' | 'right', by: Reduction): void;
};

/** Slots `first` to `first + count`, at least one. */
export type SlotRun = { readonly first: number; readonly count: number };
/** Words of a block as they are in memory. */
export type InputWords = { readonly word2: number; readonly word3: number };
export type Reduction = { readonly modulus: number; readonly subtract: boolean };

const PAGE_BYTES = 65_536;
const WORD_BYTES = 4;

/** A kernel for up to `slots` values. */
export function createFf1Kernel(slots: number): Ff1Kernel {
  const outputAt = slots * BLOCK_BYTES;
  const halfAt = { left: outputAt * 2, right: outputAt * 2 + slots * WORD_BYTES };
  const pages = Math.ceil((halfAt.right + slots * WORD_BYTES) / PAGE_BYTES);
  const { buffer, call } = instantiate(
    [
      { name: 'write', params: 5, locals: [I32, I32], code: writeCode() },
      { name: 'apply', params: 5, locals: [I32, I64, I64], code: applyCode() },
    ],
    pages,
  );
  const [write, apply] = [call('write'), call('apply')];
  const halfOf = (half: 'left' | 'right', { first }: SlotRun) => halfAt[half] + first * WORD_BYTES;
  return {
    blocks: new Uint8Array(buffer, 0, outputAt),
    output: new Uint8Array(buffer, outputAt, outputAt),
    left: new Uint32Array(buffer, halfAt.left, slots),
    right: new Uint32Array(buffer, halfAt.right, slots),
    writeInputs(run, half, { word2, word3 }) {
      write(run.first * BLOCK_BYTES, halfOf(half, run), run.count, word2, word3);
    },
    applyOutput(run, half, { modulus, subtract }) {
      const from = outputAt + run.first * BLOCK_BYTES;
      apply(from, halfOf(half, run), run.count, modulus, subtract ? 1 : 0);
    },
  };
}

/** Parameters: address of the block, address of the half, count, word 2, word 3. */
function writeCode(): Code {
  const [block, half, count, word2, word3, end, value] = [0, 1, 2, 3, 4, 5, 6];
  const rotated = (by: number, mask: number) =>
    sequence(get(value), i32(by), OP.i32Rotl, i32(mask), OP.i32And);
  // byte order turned: NUM(B) stands in the block with its most significant byte first
  const turned = sequence(rotated(8, 0x00_ff_00_ff), rotated(24, 0xff_00_ff_00 | 0), OP.i32Or);
  const body = sequence(
    sequence(get(block), get(word2), memory('i32Store', 8)),
    sequence(get(half), memory('i32Load'), set(value)),
    sequence(get(block), turned, get(word3), OP.i32Xor, memory('i32Store', 12)),
    nextSlot(block, half, end),
  );
  return sequence(endOf(block, count, end), repeat(body));
}

/** Parameters: address of the answer, address of the half, count, modulus, whether to subtract. */
function applyCode(): Code {
  const [answer, half, count, modulus, subtract, end, wide, value] = [0, 1, 2, 3, 4, 5, 6, 7];
  const difference = sequence(get(wide), get(value), OP.i64Sub);
  const body = sequence(
    sequence(
      get(answer),
      memory('v128Load64Zero'),
      REVERSED_I64,
      get(wide),
      OP.i64RemU,
      set(value),
    ),
    // minus r is plus (modulus - r)
    sequence(difference, get(value), get(subtract), OP.select),
    sequence(get(half), memory('i64Load32U'), OP.i64Add, set(value)),
    sequence(get(half), get(value), get(wide), OP.i64Sub, get(value)),
    sequence(get(value), get(wide), OP.i64GeU, OP.select, OP.i32WrapI64, memory('i32Store')),
    nextSlot(answer, half, end),
  );
  const widen = sequence(get(modulus), OP.i64ExtendI32U, set(wide));
  return sequence(endOf(answer, count, end), widen, repeat(body));
}

function endOf(block: number, count: number, end: number): Code {
  return sequence(get(block), get(count), i32(4), OP.i32Shl, OP.i32Add, set(end));
}

/** Moves both addresses on, and leaves whether there is another slot. */
function nextSlot(block: number, half: number, end: number): Code {
  return sequence(
    sequence(get(half), i32(WORD_BYTES), OP.i32Add, set(half)),
    sequence(get(block), i32(BLOCK_BYTES), OP.i32Add, tee(block)),
    sequence(get(end), OP.i32LtU),
  );
}
