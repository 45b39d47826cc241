import { assert } from '#base/assert';

/**
 * Just enough of an assembler to write the one inner loop that JavaScript has no instructions for: 64-bit integers
 * (ff1kernel.ts). Numbers are those of the WebAssembly 2.0 binary format, §5.4.
 */
export type Code = readonly number[];

/** What is used of the runtime's WebAssembly: TypeScript declares it with the browser's types only, which Node has not. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => {
    readonly exports: Readonly<Record<string, unknown>>;
  };
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

/** `\0asm` and version 1 (§5.5.16). */
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0] as const;
const FUNCTION_TYPE = 0x60;
const EMPTY_BLOCK = 0x40;
/** Prefix of vector instructions. */
const VECTOR = 0xfd;
export const I32 = 0x7f;
export const I64 = 0x7e;

export const OP = {
  select: [0x1b],
  i32Add: [0x6a],
  i32And: [0x71],
  i32Or: [0x72],
  i32Xor: [0x73],
  i32Shl: [0x74],
  i32Rotl: [0x77],
  i32LtU: [0x49],
  i32WrapI64: [0xa7],
  i64Add: [0x7c],
  i64Sub: [0x7d],
  i64RemU: [0x82],
  i64GeU: [0x5a],
  i64ExtendI32U: [0xad],
} as const;

/** Loads and stores, with the alignment they may assume (as a power of two). */
const MEMORY = {
  i32Load: [[0x28], 2],
  i32Store: [[0x36], 2],
  i64Load32U: [[0x35], 2],
  v128Load64Zero: [[VECTOR, 0x5d], 3],
} as const;

export const get = (local: number): Code => [0x20, local];
export const set = (local: number): Code => [0x21, local];
export const tee = (local: number): Code => [0x22, local];
export const i32 = (value: number): Code => [0x41, ...signed(value)];

/** A load or store at the address on the stack plus `offset`. */
export function memory(access: keyof typeof MEMORY, offset = 0): Code {
  const [op, align] = MEMORY[access];
  return [...op, align, ...leb(offset)];
}

/** The first eight bytes of a vector, in reverse, as a 64-bit integer: big-endian bytes read as a number. */
export const REVERSED_I64: Code = sequence(
  [VECTOR, 0x0c, ...Array.from({ length: 16 }, () => 0)],
  [VECTOR, 0x0d, 7, 6, 5, 4, 3, 2, 1, 0, 8, 8, 8, 8, 8, 8, 8, 8],
  [VECTOR, 0x1d, 0],
);

/** One piece of code after the other. */
export function sequence(...parts: readonly Code[]): Code {
  return parts.flat();
}

/** Runs `body`, which leaves a condition, until that is 0. */
export function repeat(body: Code): Code {
  return [0x03, EMPTY_BLOCK, ...body, 0x0d, 0, 0x0b];
}

export type WasmFunction = {
  readonly name: string;
  /** How many 32-bit parameters it takes; they are the first locals. */
  readonly params: number;
  /** Types of the locals after the parameters. */
  readonly locals: readonly number[];
  readonly code: Code;
};

export type WasmInstance = {
  readonly buffer: ArrayBuffer;
  /** The function of that name; it gives nothing back. */
  readonly call: (name: string) => (...args: readonly number[]) => void;
};

/** A new instance of these functions over a memory of so many pages of 64 KiB. */
export function instantiate(functions: readonly WasmFunction[], pages: number): WasmInstance {
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(moduleBytes(functions, pages)),
  );
  const held = exports['memory'];
  assert(held instanceof WebAssembly.Memory, 'wasm module expected its memory');
  return {
    buffer: held.buffer,
    call(name) {
      const found = exports[name];
      assert(typeof found === 'function', 'wasm module expected its functions');
      return found as (...args: readonly number[]) => void;
    },
  };
}

function moduleBytes(functions: readonly WasmFunction[], pages: number): Uint8Array {
  const types = functions.map(({ params }) => [
    FUNCTION_TYPE,
    params,
    ...Array.from({ length: params }, () => I32),
    0,
  ]);
  const exports = functions.map(({ name }, index) => [...text(name), 0, index]);
  const bodies = functions.map(({ locals, code }) => {
    const body = [locals.length, ...locals.flatMap((type) => [1, type]), ...code, 0x0b];
    return [...leb(body.length), ...body];
  });
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, types),
    ...section(
      3,
      functions.map((_, index) => [index]),
    ),
    ...section(5, [[0, pages]]),
    ...section(7, [[...text('memory'), 2, 0], ...exports]),
    ...section(10, bodies),
  ]);
}

function section(id: number, items: readonly Code[]): Code {
  const content = [...leb(items.length), ...items.flat()];
  return [id, ...leb(content.length), ...content];
}

function text(name: string): Code {
  return [name.length, ...new TextEncoder().encode(name)];
}

/** Unsigned LEB128 (§5.2.2). */
function leb(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

/** Signed LEB128 (§5.2.2). */
function signed(value: number): Code {
  if (value >= -0x40 && value < 0x40) return [value & 0x7f];
  return [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
