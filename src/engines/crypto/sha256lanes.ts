import { assert } from '#base/assert';

/**
 * The compression function of SHA-256 (FIPS 180-4 §6.2.2) for four messages at once, as WebAssembly made here: its
 * 128-bit vectors hold one 32-bit word of each message. OpenSSL's call costs more than the digest of a short value,
 * and scalar JavaScript took 0.42 µs a block where this takes 0.1 (docs/design/column-cryptography.md).
 */
export type ShaLanes = {
  /** Word `t` of lane `l` of the next block is `words[t * LANES + l]`, for t below 16. */
  readonly words: Int32Array;
  /** Word `i` of the chaining value of lane `l` is `state[i * LANES + l]`. */
  readonly state: Int32Array;
  /** Sets the chaining values of all lanes to the initial one. */
  reset(): void;
  /** One block of every lane. */
  compress(): void;
};

export const LANES = 4;

const ROUNDS = 64;
const STATE_WORDS = 8;
const VECTOR_BYTES = 16;
const STATE_AT = ROUNDS * VECTOR_BYTES;
const CONSTANTS_AT = STATE_AT + STATE_WORDS * VECTOR_BYTES;

/** Opcodes used (WebAssembly 2.0, binary format §5.4; vector instructions follow the prefix 0xfd). */
const OP = {
  end: 0x0b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Const: 0x41,
  vector: 0xfd,
} as const;
const VECTOR = {
  load: [0x00],
  loadSplat32: [0x09],
  store: [0x0b],
  and: [0x4e],
  or: [0x50],
  xor: [0x51],
  select: [0x52],
  shiftLeft: [0xab, 0x01],
  shiftRight: [0xad, 0x01],
  add: [0xae, 0x01],
} as const;
const V128 = 0x7b;
/** `\0asm` and version 1 (binary format §5.5.16). */
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0] as const;
/** Two scratch locals behind the eight working variables. */
const SCRATCH = [8, 9] as const;
const LOCAL_COUNT = 10;

type Code = readonly number[];

/** What is used of the runtime's WebAssembly: TypeScript declares it with the browser's types only, which Node has not. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => {
    readonly exports: Readonly<Record<string, unknown>>;
  };
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

/** A new instance with buffers of its own. */
export function createShaLanes(): ShaLanes {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { memory, compress } = instance.exports;
  assert(
    memory instanceof WebAssembly.Memory && typeof compress === 'function',
    'sha lanes expected its exports',
  );
  const { buffer } = memory;
  const { initial, rounds } = constants();
  const state = new Int32Array(buffer, STATE_AT, STATE_WORDS * LANES);
  new Int32Array(buffer, CONSTANTS_AT, ROUNDS).set(rounds);
  const first = Int32Array.from(state, (_, i) => initial[Math.floor(i / LANES)] ?? 0);
  return {
    words: new Int32Array(buffer, 0, 16 * LANES),
    state,
    reset: () => state.set(first),
    compress: compress as () => void,
  };
}

/** First 32 bits of the fractions of square and cube roots of the first primes (FIPS 180-4 §5.3.3, §4.2.2). */
function constants(): { readonly initial: readonly number[]; readonly rounds: readonly number[] } {
  const primes: number[] = [];
  for (let n = 2; primes.length < ROUNDS; n++)
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (x: number) => Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;
  return {
    initial: primes.slice(0, STATE_WORDS).map((prime) => fraction(Math.sqrt(prime))),
    rounds: primes.map((prime) => fraction(Math.cbrt(prime))),
  };
}

function compressCode(): Code {
  const code: number[] = [];
  for (let t = 16; t < ROUNDS; t++) code.push(...scheduleStep(t));
  for (let i = 0; i < STATE_WORDS; i++) code.push(...load(STATE_AT + i * VECTOR_BYTES), ...set(i));
  for (let t = 0; t < ROUNDS; t++) code.push(...roundStep(t));
  for (let i = 0; i < STATE_WORDS; i++) {
    const at = STATE_AT + i * VECTOR_BYTES;
    code.push(...store(at, [...load(at), ...get(i), ...vector('add')]));
  }
  return code;
}

/** W[t] = σ1(W[t-2]) + W[t-7] + σ0(W[t-15]) + W[t-16]. */
function scheduleStep(t: number): Code {
  const word = (back: number) => load((t - back) * VECTOR_BYTES);
  const [x, y] = SCRATCH;
  return [
    ...word(15),
    ...set(x),
    ...word(2),
    ...set(y),
    ...store(t * VECTOR_BYTES, [
      ...sigma(y, [17, 19], 10),
      ...word(7),
      ...vector('add'),
      ...sigma(x, [7, 18], 3),
      ...vector('add'),
      ...word(16),
      ...vector('add'),
    ]),
  ];
}

/** One round; the working variables turn by renaming, so `local(0)` is `a` of this round and so on. */
function roundStep(t: number): Code {
  const local = (place: number) => (place - t + ROUNDS) % STATE_WORDS;
  const [a, b, c, d, e, f, g, h] = [0, 1, 2, 3, 4, 5, 6, 7].map(local) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return [
    ...get(h),
    ...load(t * VECTOR_BYTES),
    ...vector('add'),
    ...loadSplat(CONSTANTS_AT + t * 4),
    ...vector('add'),
    ...rotations(e, [6, 11, 25]),
    ...vector('add'),
    ...get(f),
    ...get(g),
    ...get(e),
    ...vector('select'),
    ...vector('add'),
    ...tee(h),
    ...get(d),
    ...vector('add'),
    ...set(d),
    // majority: where b and c agree it is theirs, elsewhere a decides
    ...get(a),
    ...get(b),
    ...get(b),
    ...get(c),
    ...vector('xor'),
    ...vector('select'),
    ...rotations(a, [2, 13, 22]),
    ...vector('add'),
    ...get(h),
    ...vector('add'),
    ...set(h),
  ];
}

function rotate(local: number, by: number): Code {
  return [
    ...shift(local, 'shiftRight', by),
    ...shift(local, 'shiftLeft', 32 - by),
    ...vector('or'),
  ];
}

function rotations(local: number, [p, q, r]: readonly [number, number, number]): Code {
  return [
    ...rotate(local, p),
    ...rotate(local, q),
    ...vector('xor'),
    ...rotate(local, r),
    ...vector('xor'),
  ];
}

function sigma(local: number, [p, q]: readonly [number, number], by: number): Code {
  return [
    ...rotate(local, p),
    ...rotate(local, q),
    ...vector('xor'),
    ...shift(local, 'shiftRight', by),
    ...vector('xor'),
  ];
}

function shift(local: number, way: 'shiftLeft' | 'shiftRight', by: number): Code {
  return [...get(local), OP.i32Const, by, ...vector(way)];
}

function vector(name: keyof typeof VECTOR): Code {
  return [OP.vector, ...VECTOR[name]];
}

function get(local: number): Code {
  return [OP.localGet, local];
}

function set(local: number): Code {
  return [OP.localSet, local];
}

function tee(local: number): Code {
  return [OP.localTee, local];
}

function load(at: number): Code {
  return [OP.i32Const, 0, ...vector('load'), 4, ...leb(at)];
}

function loadSplat(at: number): Code {
  return [OP.i32Const, 0, ...vector('loadSplat32'), 2, ...leb(at)];
}

function store(at: number, value: Code): Code {
  return [OP.i32Const, 0, ...value, ...vector('store'), 4, ...leb(at)];
}

/** Unsigned LEB128 (binary format §5.2.2). */
function leb(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const body = [1, LOCAL_COUNT, V128, ...compressCode(), OP.end];
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const section = (id: number, content: Code) => [id, ...leb(content.length), ...content];
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('compress'), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}
