/**
 * Masks per second on one core, beside what else could do them: @noble/ciphers, node:crypto cell by cell, FF1 in Go and
 * in Rust (built here from bench/ff1-go and bench/ff1-rust, skipped where their compilers are missing). Everything runs
 * in turns on the same core, and each row has the median and the best of its turns: others use the machine too. Ratios are
 * between medians. `node bench/masks.ts` prints a table; targets and recorded runs are in docs/benchmarks.md.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  createCipheriv,
  createHash,
  createSecretKey,
  hash,
  randomBytes,
  randomFillSync,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cbc } from '@noble/ciphers/aes.js';
import { FF1 } from '@noble/ciphers/ff1.js';
import { columnOf, maskColumn, maskKeyFrom } from '#engines/crypto';
import type { ColumnMask } from '#engines/crypto';

const CELLS = 65_536;
/** About what one 64 KiB read of a gateway's socket holds. */
const CHUNK_CELLS = 380;
const WARM_UP_MS = 300;
const RUN_MS = 400;
const RUNS = 5;
const PINNED = 'PRIVET_BENCH_PINNED';

/** One way to do a mask; `run` gives values per second, or is missing with the reason in `note`. */
type Contender = {
  readonly what: string;
  readonly note: string;
  readonly run: (() => number) | null;
};
type Section = {
  readonly title: string;
  readonly target: string;
  readonly contenders: readonly Contender[];
};

const KEY = maskKeyFrom(new Uint8Array(randomBytes(32)), 1);
const CARDS = Array.from({ length: CELLS }, (_, i) => String(4_000_000_000_000_000 + i * 7_919));
const IDS = Array.from({ length: CELLS }, (_, i) => {
  const digits = String(100_000_000 + ((i * 7_919) % 900_000_000));
  return `${digits.slice(0, 3)}-${digits.slice(3, 5)}-${digits.slice(5)}`;
});
const NAMES = Array.from({ length: CELLS }, (_, i) => `person-${i}@example.org`);
const DATES = Array.from(
  { length: CELLS },
  (_, i) => `19${10 + (i % 90)}-0${1 + (i % 9)}-1${i % 10}`,
);

if (process.env[PINNED] === undefined && spawnSync('taskset', ['--version']).status === 0) {
  const again = ['-c', '0', process.execPath, ...process.execArgv, import.meta.filename];
  const env = { ...process.env, [PINNED]: '1' };
  process.exit(spawnSync('taskset', again, { env, stdio: 'inherit' }).status ?? 1);
}
const directory = mkdtempSync(join(tmpdir(), 'privet-bench-'));
try {
  compete(ff1Section(directory));
  for (const section of [reversibleSection(), hashSection(), plainSection()]) compete(section);
  console.log(`\n${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Calls per second times `cells`. */
function rate(cells: number, work: () => unknown): number {
  const start = performance.now();
  let calls = 0;
  for (; performance.now() - start < RUN_MS; calls++) work();
  return (calls * cells * 1_000) / (performance.now() - start);
}

/** A contender that masks value by value. */
function single(
  what: string,
  values: readonly string[],
  mask: (value: string) => unknown,
): Contender {
  const few = values.slice(0, 64);
  const work = () => {
    for (const value of few) mask(value);
  };
  return { what, note: 'value by value', run: () => rate(few.length, work) };
}

function columns(name: string, values: readonly string[], spec: ColumnMask): Contender[] {
  return [values.length, CHUNK_CELLS].map((cells) => {
    const column = columnOf(values.slice(0, cells));
    const run = () => rate(cells, () => maskColumn(column, spec, KEY));
    return { what: `Privet, ${name}`, note: `columns of ${cells}`, run };
  });
}

function ff1Section(directory: string): Section {
  const spec = { kind: 'format-preserving', alphabet: 'digits', separators: '' } as const;
  const noble = FF1(10, randomBytes(32), new Uint8Array(8));
  return {
    title: 'FF1, 16 digits, AES-256',
    target: '3 M values/s; 150 × @noble/ciphers; at least Go and Rust',
    contenders: [
      ...columns('16 digits', CARDS, spec),
      ...columns('123-45-6789', IDS, { ...spec, separators: '-' }),
      single('@noble/ciphers', CARDS, (value) => noble.encrypt(Array.from(value, Number)).join('')),
      native('Go, github.com/capitalone/fpe 1.2.1', {
        build: ['go', 'build', '-o', join(directory, 'ff1'), '.'],
        folder: 'ff1-go',
        program: join(directory, 'ff1'),
      }),
      native('Rust, fpe 0.6.1', {
        build: ['cargo', 'build', '--release', '--locked', '--quiet', '--target-dir', directory],
        folder: 'ff1-rust',
        program: join(directory, 'release', 'ff1-bench'),
      }),
    ],
  };
}

type NativeProgram = {
  readonly build: readonly string[];
  readonly folder: string;
  readonly program: string;
};

/** Builds a program of another language; a contender that does not run, with the reason, where that is not possible here. */
function native(what: string, { build, folder, program }: NativeProgram): Contender {
  const [compiler = '', ...args] = build;
  if (spawnSync(compiler, [compiler === 'go' ? 'version' : '--version']).status !== 0) {
    return { what, note: `skipped: \`${compiler}\` is not installed`, run: null };
  }
  const cwd = join(import.meta.dirname, folder);
  const built = spawnSync(compiler, args, { cwd, encoding: 'utf8' });
  if (built.status !== 0) {
    const reason = built.stderr.trim().split('\n').at(-1) ?? 'no message';
    return { what, note: `skipped: does not build (${reason})`, run: null };
  }
  const run = () => Number(execFileSync(program, ['bench', String(RUN_MS / 1_000)]));
  return { what, note: 'value by value', run };
}

function reversibleSection(): Section {
  const raw = randomBytes(32);
  const key = createSecretKey(raw);
  const perCell = (cipherKey: KeyObject | Buffer) => (value: string) => {
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
    return Buffer.concat([iv, cipher.update(value), cipher.final()]).toString('base64url');
  };
  const noble = (value: string) => {
    const iv = randomFillSync(new Uint8Array(16));
    return Buffer.concat([iv, cbc(raw, iv).encrypt(Buffer.from(value))]).toString('base64url');
  };
  return {
    title:
      'Reversible: AES-256-CBC, random IV a cell, base64url (Privet also computes a CMAC, the others no tag)',
    target: '4 M cells/s; 50 × createCipheriv a cell',
    contenders: [
      ...columns('11 characters', IDS, { kind: 'reversible' }),
      ...columns('16 characters (2 blocks)', CARDS, { kind: 'reversible' }),
      single('createCipheriv, raw key', IDS, perCell(raw)),
      single('createCipheriv, KeyObject', IDS, perCell(key)),
      single('@noble/ciphers', IDS, noble),
    ],
  };
}

function hashSection(): Section {
  const salt = randomBytes(32);
  const oneShot = (value: string) =>
    hash('sha256', Buffer.concat([salt, Buffer.from(value)]), 'hex');
  const streamed = (value: string) => createHash('sha256').update(salt).update(value).digest('hex');
  return {
    title: 'Salted SHA-256, hex',
    target: '2.5 M/s',
    contenders: [
      ...columns('16 characters', CARDS, { kind: 'hash' }),
      single('crypto.hash', CARDS, oneShot),
      single('createHash', CARDS, streamed),
    ],
  };
}

function plainSection(): Section {
  const regex = { kind: 'regex', pattern: '^[^@]+', replacement: '*', flags: '' } as const;
  return {
    title: 'Masks without a key',
    target: 'none: the gateway does these in SQL',
    contenders: [
      ...columns('partial', CARDS, { kind: 'partial', keepFirst: 0, keepLast: 4, fill: '*' }),
      ...columns('constant', CARDS, { kind: 'constant', value: 'REDACTED' }),
      ...columns('null', CARDS, { kind: 'null' }),
      ...columns('regex', NAMES, regex),
      ...columns('round, bucket 1000', CARDS, { kind: 'round', bucket: 1_000 }),
      ...columns('round, month', DATES, { kind: 'round', unit: 'month' }),
    ],
  };
}

/** Runs the contenders in turns, so that what else happens on the machine meets all of them, and prints a table. */
function compete({ title, target, contenders }: Section): void {
  const rates = contenders.map((): number[] => []);
  for (const { run } of contenders) {
    for (const end = performance.now() + WARM_UP_MS; performance.now() < end;) run?.();
  }
  for (let turn = 0; turn < RUNS; turn++) {
    for (const [i, { run }] of contenders.entries()) rates[i]?.push(run?.() ?? 0);
  }
  const sorted = rates.map((turns) => turns.toSorted((x, y) => x - y));
  const middle = sorted.map((turns) => turns[(RUNS - 1) / 2] ?? 0);
  const figure = (value: number) => Math.round(value).toLocaleString('en-US').padStart(12);
  console.log(`\n${title}\ntarget: ${target}\n`);
  console.log(
    `${'what'.padEnd(40)} ${'values/s'.padStart(12)} ${'best'.padStart(12)} ${'Privet is'.padStart(10)}  how`,
  );
  for (const [i, { what, note, run }] of contenders.entries()) {
    const ratio =
      what.startsWith('Privet') || run === null
        ? ''
        : `${((middle[0] ?? 0) / (middle[i] ?? 0)).toFixed(1)} ×`;
    const figures =
      run === null
        ? '-'.padStart(25)
        : `${figure(middle[i] ?? 0)} ${figure(sorted[i]?.at(-1) ?? 0)}`;
    console.log(`${what.padEnd(40)} ${figures} ${ratio.padStart(10)}  ${note}`);
  }
}
