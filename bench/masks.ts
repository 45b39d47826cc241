/**
 * Masks per second on one core, beside what else could do them: @noble/ciphers, node:crypto cell by cell, FF1 in Go and
 * in Rust (built here from bench/ff1-go and bench/ff1-rust, skipped where their compilers are missing). Everything runs
 * in turn on the same core; each figure is the median of three runs. `node bench/masks.ts` prints a table; targets and
 * recorded runs are in docs/benchmarks.md.
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
const WARM_UP_MS = 500;
const RUN_MS = 700;
const RUNS = 3;
const PINNED = 'PRIVET_BENCH_PINNED';

type Row = { readonly what: string; readonly perSecond: number | null; readonly note: string };
type Section = { readonly title: string; readonly target: string; readonly rows: readonly Row[] };

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
for (const section of [ff1Section(), reversibleSection(), hashSection(), plainSection()])
  print(section);

/** Calls per second times `cells`, the median of several runs. */
function rate(cells: number, work: () => unknown): number {
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end;) work();
  const runs = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    let calls = 0;
    for (; performance.now() - start < RUN_MS; calls++) work();
    return (calls * cells * 1_000) / (performance.now() - start);
  });
  return runs.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}

/** The rate of `mask` over single values. */
function cellRate(values: readonly string[], mask: (value: string) => unknown): number {
  const few = values.slice(0, 64);
  return rate(few.length, () => {
    for (const value of few) mask(value);
  });
}

function columnRows(name: string, values: readonly string[], spec: ColumnMask): Row[] {
  const whole = columnOf(values);
  const chunk = columnOf(values.slice(0, CHUNK_CELLS));
  const inWhole = rate(values.length, () => maskColumn(whole, spec, KEY));
  const chunked = rate(CHUNK_CELLS, () => maskColumn(chunk, spec, KEY));
  return [
    { what: `Privet, ${name}`, perSecond: inWhole, note: `columns of ${CELLS}` },
    { what: `Privet, ${name}`, perSecond: chunked, note: `columns of ${CHUNK_CELLS}` },
  ];
}

function ff1Section(): Section {
  const spec = { kind: 'format-preserving', alphabet: 'digits', separators: '' } as const;
  const noble = FF1(10, randomBytes(32), new Uint8Array(8));
  const nobleRate = cellRate(CARDS, (value) => noble.encrypt(Array.from(value, Number)).join(''));
  return {
    title: 'FF1, 16 digits, AES-256',
    target: '3 M values/s; 150 × @noble/ciphers; at least Go and Rust',
    rows: [
      ...columnRows('16 digits', CARDS, spec),
      ...columnRows('123-45-6789', IDS, { ...spec, separators: '-' }),
      { what: '@noble/ciphers', perSecond: nobleRate, note: 'value by value' },
      ...nativeRows(),
    ],
  };
}

function nativeRows(): Row[] {
  const directory = mkdtempSync(join(tmpdir(), 'privet-bench-'));
  const go = join(directory, 'ff1');
  const target = join(directory, 'rust');
  try {
    return [
      native('Go, github.com/capitalone/fpe 1.2.1', {
        build: ['go', 'build', '-o', go, '.'],
        folder: 'ff1-go',
        program: go,
      }),
      native('Rust, fpe 0.6.1', {
        build: ['cargo', 'build', '--release', '--locked', '--quiet', '--target-dir', target],
        folder: 'ff1-rust',
        program: join(target, 'release', 'ff1-bench'),
      }),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

type NativeProgram = {
  readonly build: readonly string[];
  readonly folder: string;
  readonly program: string;
};

/** Builds and runs one program of another language; a row with the reason where that is not possible here. */
function native(what: string, { build, folder, program }: NativeProgram): Row {
  const [compiler = '', ...args] = build;
  if (spawnSync(compiler, [compiler === 'go' ? 'version' : '--version']).status !== 0) {
    return { what, perSecond: null, note: `skipped: \`${compiler}\` is not installed` };
  }
  const built = spawnSync(compiler, args, {
    cwd: join(import.meta.dirname, folder),
    encoding: 'utf8',
  });
  if (built.status !== 0) {
    const reason = built.stderr.trim().split('\n').at(-1) ?? 'no message';
    return { what, perSecond: null, note: `skipped: does not build (${reason})` };
  }
  const runs = Array.from({ length: RUNS }, () =>
    Number(execFileSync(program, ['bench', String(RUN_MS / 1_000)])),
  );
  return {
    what,
    perSecond: runs.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0,
    note: 'value by value',
  };
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
    rows: [
      ...columnRows('11 characters', IDS, { kind: 'reversible' }),
      ...columnRows('16 characters (2 blocks)', CARDS, { kind: 'reversible' }),
      {
        what: 'createCipheriv, raw key',
        perSecond: cellRate(IDS, perCell(raw)),
        note: 'cell by cell',
      },
      {
        what: 'createCipheriv, KeyObject',
        perSecond: cellRate(IDS, perCell(key)),
        note: 'cell by cell',
      },
      { what: '@noble/ciphers', perSecond: cellRate(IDS, noble), note: 'cell by cell' },
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
    rows: [
      ...columnRows('16 characters', CARDS, { kind: 'hash' }),
      { what: 'crypto.hash', perSecond: cellRate(CARDS, oneShot), note: 'cell by cell' },
      { what: 'createHash', perSecond: cellRate(CARDS, streamed), note: 'cell by cell' },
    ],
  };
}

function plainSection(): Section {
  const regex = { kind: 'regex', pattern: '^[^@]+', replacement: '*', flags: '' } as const;
  return {
    title: 'Masks without a key',
    target: 'none: the gateway does these in SQL',
    rows: [
      ...columnRows('partial', CARDS, { kind: 'partial', keepFirst: 0, keepLast: 4, fill: '*' }),
      ...columnRows('constant', CARDS, { kind: 'constant', value: 'REDACTED' }),
      ...columnRows('null', CARDS, { kind: 'null' }),
      ...columnRows('regex', NAMES, regex),
      ...columnRows('round, bucket 1000', CARDS, { kind: 'round', bucket: 1_000 }),
      ...columnRows('round, month', DATES, { kind: 'round', unit: 'month' }),
    ],
  };
}

function print({ title, target, rows }: Section): void {
  const first = rows[0]?.perSecond ?? 0;
  console.log(`\n${title}\ntarget: ${target}\n`);
  console.log(`${'what'.padEnd(40)} ${'values/s'.padStart(12)} ${'Privet is'.padStart(10)}  how`);
  for (const { what, perSecond, note } of rows) {
    const ratio = perSecond === null ? '-' : `${(first / perSecond).toFixed(1)} ×`;
    const figure = perSecond === null ? '-' : Math.round(perSecond).toLocaleString('en-US');
    console.log(`${what.padEnd(40)} ${figure.padStart(12)} ${ratio.padStart(10)}  ${note}`);
  }
  if (title.startsWith('Masks'))
    console.log(`\n${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
}
