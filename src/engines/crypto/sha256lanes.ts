import { get, i32, instantiate, memory, OP, set, tee, V128 } from './wasm.ts';
import type { Code } from './wasm.ts';

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

/** Two scratch locals behind the eight working variables. */
const SCRATCH = [8, 9] as const;
const LOCAL_COUNT = 10;

/** A new instance with buffers of its own. */
export function createShaLanes(): ShaLanes {
  const locals = Array.from({ length: LOCAL_COUNT }, () => V128);
  const compress = { name: 'compress', params: 0, locals, code: compressCode() };
  const { buffer, call } = instantiate([compress], 1);
  const { initial, rounds } = constants();
  const state = new Int32Array(buffer, STATE_AT, STATE_WORDS * LANES);
  new Int32Array(buffer, CONSTANTS_AT, ROUNDS).set(rounds);
  const first = Int32Array.from(state, (_, i) => initial[Math.floor(i / LANES)] ?? 0);
  return {
    words: new Int32Array(buffer, 0, 16 * LANES),
    state,
    reset: () => state.set(first),
    compress: call('compress'),
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
    code.push(...store(at, [...load(at), ...get(i), ...OP.i32x4Add]));
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
      ...OP.i32x4Add,
      ...sigma(x, [7, 18], 3),
      ...OP.i32x4Add,
      ...word(16),
      ...OP.i32x4Add,
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
    ...OP.i32x4Add,
    ...loadSplat(CONSTANTS_AT + t * 4),
    ...OP.i32x4Add,
    ...rotations(e, [6, 11, 25]),
    ...OP.i32x4Add,
    ...get(f),
    ...get(g),
    ...get(e),
    ...OP.v128Select,
    ...OP.i32x4Add,
    ...tee(h),
    ...get(d),
    ...OP.i32x4Add,
    ...set(d),
    // majority: where b and c agree it is theirs, elsewhere a decides
    ...get(a),
    ...get(b),
    ...get(b),
    ...get(c),
    ...OP.v128Xor,
    ...OP.v128Select,
    ...rotations(a, [2, 13, 22]),
    ...OP.i32x4Add,
    ...get(h),
    ...OP.i32x4Add,
    ...set(h),
  ];
}

function rotate(local: number, by: number): Code {
  return [...shift(local, 'i32x4ShrU', by), ...shift(local, 'i32x4Shl', 32 - by), ...OP.v128Or];
}

function rotations(local: number, [p, q, r]: readonly [number, number, number]): Code {
  return [
    ...rotate(local, p),
    ...rotate(local, q),
    ...OP.v128Xor,
    ...rotate(local, r),
    ...OP.v128Xor,
  ];
}

function sigma(local: number, [p, q]: readonly [number, number], by: number): Code {
  return [
    ...rotate(local, p),
    ...rotate(local, q),
    ...OP.v128Xor,
    ...shift(local, 'i32x4ShrU', by),
    ...OP.v128Xor,
  ];
}

function shift(local: number, way: 'i32x4Shl' | 'i32x4ShrU', by: number): Code {
  return [...get(local), ...i32(by), ...OP[way]];
}

function load(at: number): Code {
  return [...i32(0), ...memory('v128Load', at)];
}

function loadSplat(at: number): Code {
  return [...i32(0), ...memory('v128Load32Splat', at)];
}

function store(at: number, value: Code): Code {
  return [...i32(0), ...value, ...memory('v128Store', at)];
}
