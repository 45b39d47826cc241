/**
 * The SQL gateway beside a direct connection and PgBouncer (session mode), all over TCP on loopback without TLS, in
 * turns on one machine. `node bench/gateway.ts` prints tables; `--profile` adds where the gateway's time goes, `--quick`
 * takes few samples, `--only=memory`, `streams` or `transactions` does a part. The gateway runs in a process of its own (bench/gateway/stage.ts) before a throwaway cluster, with
 * the real planner, policy engine, masks and ledger. Targets and recorded runs are in docs/benchmarks.md.
 */
import { fork } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Door } from '../test/stand/wire.ts';
import { startBouncer } from './gateway/bouncer.ts';
import { pgbench, pgbenchMissing } from './gateway/pgbench.ts';
import type { Workload } from './gateway/pgbench.ts';
import { ACCOUNTS, ROWS } from './gateway/size.ts';
import type { StageAnswer, StageDoors, StageRequest } from './gateway/stage.ts';
import { openCounter } from './gateway/streaming.ts';
import type { Counter } from './gateway/streaming.ts';

const QUICK = process.argv.includes('--quick');
const ONLY = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7);
const PROFILED = process.argv.includes('--profile');
const STREAM_SAMPLES = QUICK ? 3 : 7;
/** Many short turns: what else happens on the machine then meets all paths. */
const TPS_SAMPLES = QUICK ? 1 : 5;
const TPS_SECONDS = 1;
/** What is left when the ledger's time is taken away. */
const PROFILED_PATH = 'gateway, without a ledger';
const SESSIONS = 90;
/** Time for V8 to give back what it took to compile the parser. */
const SETTLE_MS = 15_000;

type Path = { readonly what: string; readonly door: Door; readonly sql?: string };
type Stage = {
  readonly doors: StageDoors;
  ask(request: StageRequest): Promise<StageAnswer>;
};

const KEY = `\\set aid random(1, ${ACCOUNTS})\n`;
const OPEN = 'SELECT abalance FROM accounts WHERE aid = :aid;';
const GUARDED = 'SELECT abalance, filler FROM guarded WHERE aid = :aid;';
const DISTINCT = `${KEY}\\set other random(1, 1000000000)\n`;

/** What is measured: prepared, always the same text, and never the same text twice. */
const WORK: readonly {
  readonly what: string;
  readonly script: string;
  readonly mode: Workload['mode'];
}[] = [
  { what: 'prepared, open table', script: KEY + OPEN, mode: 'prepared' },
  { what: 'prepared, guarded table', script: KEY + GUARDED, mode: 'prepared' },
  { what: 'simple, one text, open', script: OPEN.replace(':aid', '42'), mode: 'simple' },
  { what: 'simple, one text, guarded', script: GUARDED.replace(':aid', '42'), mode: 'simple' },
  { what: 'simple, all texts distinct, open', script: DISTINCT + distinct(OPEN), mode: 'simple' },
  {
    what: 'simple, all texts distinct, guarded',
    script: DISTINCT + distinct(GUARDED),
    mode: 'simple',
  },
];

if (ONLY === undefined || ONLY === 'memory') await memory(await startStage(['alone']));
if (ONLY === 'memory') process.exit(0);
const stage = await startStage([]);
const bouncer = await startBouncer(stage.doors.direct);
if (bouncer.kind === 'absent') console.log(`PgBouncer skipped: ${bouncer.reason}`);
try {
  if (ONLY !== 'transactions') await streams();
  if (ONLY === 'streams') console.log('transactions left out');
  else if (pgbenchMissing === null) await transactions();
  else console.log(`transactions skipped: ${pgbenchMissing}`);
  const proxy = bouncer.kind === 'running' ? bouncer.version : 'no PgBouncer';
  console.log(`\n${cpus()[0]?.model} × ${cpus().length}, Node ${process.version}, ${proxy}`);
} finally {
  if (bouncer.kind === 'running') await bouncer.stop();
  await stage.ask('stop');
}

async function startStage(flags: readonly string[]): Promise<Stage> {
  const child = fork(join(import.meta.dirname, 'gateway', 'stage.ts'), flags);
  const next = () =>
    new Promise<StageAnswer>((resolve, reject) => {
      const ended = () => reject(new Error('the gateway process ended'));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        resolve(message as StageAnswer);
      });
    });
  const ready = await next();
  if (ready.kind !== 'ready') throw new Error('the gateway process did not start');
  const ask = (request: StageRequest) => {
    const answer = request === 'stop' ? exitOf(child) : next();
    child.send(request);
    return answer;
  };
  return { doors: ready.doors, ask };
}

function exitOf(child: ReturnType<typeof fork>): Promise<StageAnswer> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve({ kind: 'profile', entries: [] }));
  });
}

function gatewayDoor(user: string, kind: Exclude<keyof StageDoors, 'direct'> = 'governed'): Door {
  return { ...stage.doors[kind], user };
}

async function memory(alone: Stage): Promise<void> {
  const before = await alone.ask('rest');
  const counters: Counter[] = [];
  for (let i = 0; i < SESSIONS; i++) {
    const counter = await openCounter({
      ...alone.doors.governed,
      user: i % 2 === 0 ? 'plain' : 'masked',
    });
    counters.push(counter);
    await counter.run(`SELECT * FROM rows WHERE id < ${100 + i}`);
  }
  await sleep(QUICK ? 1_000 : SETTLE_MS);
  const after = await alone.ask('rest');
  for (const counter of counters) counter.close();
  await alone.ask('stop');
  const mib = (answer: StageAnswer) =>
    answer.kind === 'rest' ? (answer.residentBytes / 2 ** 20).toFixed(0) : '?';
  table('Resident memory of the gateway process', [
    ['when', 'MiB'],
    ['before the first connection', mib(before)],
    [`${SESSIONS} connections that each ran a query`, mib(after)],
  ]);
}

async function streams(): Promise<void> {
  const proxied = bouncer.kind === 'running' ? [{ what: 'PgBouncer', door: bouncer.door }] : [];
  const paths: Path[] = [
    { what: 'direct', door: stage.doors.direct },
    ...proxied,
    { what: 'gateway, plain', door: gatewayDoor('plain') },
    { what: 'direct, the SQL of 3 masks', door: stage.doors.direct, sql: await maskedSql() },
    { what: 'gateway, 3 columns masked in SQL', door: gatewayDoor('masked') },
    { what: 'gateway, 1 format-preserving column', door: gatewayDoor('shaped') },
    { what: 'gateway, 1 hash column', door: gatewayDoor('hashed') },
  ];
  const sqlOf = (at: number) => paths[at]?.sql ?? 'SELECT * FROM rows';
  const counters = await Promise.all(paths.map(({ door }) => openCounter(door)));
  const samples = paths.map((): number[] => []);
  const cpu = paths.map((): number[] => []);
  const bytes = paths.map(() => 0);
  for (const [at, counter] of counters.entries()) await counter.run(sqlOf(at));
  for (let turn = 0; turn < STREAM_SAMPLES; turn++) {
    for (const at of rotated(paths.length, turn)) {
      const spent = await cpuMicros();
      const streamed = await (counters[at] as Counter).run(sqlOf(at));
      cpu[at]?.push((await cpuMicros()) - spent);
      samples[at]?.push(ROWS / streamed.ms / 1_000);
      bytes[at] = streamed.bytes;
    }
  }
  const rates = samples.map(median);
  const proxyRate = proxied.length > 0 ? rates[1] : undefined;
  table(`${ROWS} rows × 10 columns, median of ${STREAM_SAMPLES}`, [
    ['path', 'M rows/s', 'MB/s', 'of direct', 'of PgBouncer', 'gateway CPU, s'],
    ...paths.map(({ what }, at) => {
      const rate = rates[at] ?? 0;
      const megabytes = ((rate * (bytes[at] ?? 0)) / ROWS).toFixed(0);
      const busy = what.startsWith('gateway') ? (median(cpu[at] ?? []) / 1e6).toFixed(2) : '';
      return [
        what,
        rate.toFixed(2),
        megabytes,
        ratio(rate, rates[0]),
        ratio(rate, proxyRate),
        busy,
      ];
    }),
  ]);
  for (const [at, { what }] of paths.entries()) {
    if (!PROFILED || !what.startsWith('gateway')) continue;
    await profiled(what, async () => {
      for (let i = 0; i < 3; i++) await counters[at]?.run(sqlOf(at));
    });
  }
  for (const counter of counters) counter.close();
}

/** What the gateway has the source run for the masked columns: PostgreSQL's share of the work. */
async function maskedSql(): Promise<string> {
  const warm = await openCounter(gatewayDoor('masked'));
  await warm.run('SELECT * FROM rows WHERE id < 10');
  warm.close();
  const client = new Client({ ...stage.doors.direct, ssl: false });
  await client.connect();
  const { rows } = await client.query<{ view: string }>(
    `SELECT format('%I.%I', schemaname, viewname) AS view FROM pg_views
     WHERE schemaname = 'privet_policy' AND definition ~ 'Town'`,
  );
  await client.end();
  return `SELECT * FROM ${rows[0]?.view ?? 'missing'}`;
}

function distinct(sql: string): string {
  return sql.replace(';', ' AND :other > 0;');
}

async function transactions(): Promise<void> {
  const proxied = bouncer.kind === 'running' ? [{ what: 'PgBouncer', door: bouncer.door }] : [];
  const paths: Path[] = [
    { what: 'direct', door: stage.doors.direct },
    ...proxied,
    { what: 'gateway', door: gatewayDoor('plain') },
    { what: 'gateway, ledger never waited for', door: gatewayDoor('plain', 'never') },
    { what: 'gateway, without a ledger', door: gatewayDoor('plain', 'unrecorded') },
  ];
  const rows: string[][] = [];
  for (const { what, script, mode } of WORK) {
    for (const clients of [1, 8]) {
      const work = { script, mode, clients, seconds: TPS_SECONDS };
      rows.push(...(await rivals(`${what}, ${clients} clients`, paths, work)));
    }
  }
  table(`pgbench, one row by key, median of ${TPS_SAMPLES} × ${TPS_SECONDS} s`, [
    [
      'work',
      'path',
      'tps',
      'latency, ms',
      'added, ms',
      'of direct',
      'of PgBouncer',
      'gateway CPU, µs each',
    ],
    ...rows,
  ]);
}

async function rivals(what: string, paths: readonly Path[], work: Workload): Promise<string[][]> {
  const tps = paths.map((): number[] => []);
  const cpu = paths.map((): number[] => []);
  for (let turn = 0; turn < TPS_SAMPLES; turn++) {
    for (const at of rotated(paths.length, turn)) {
      const before = await cpuMicros();
      const measured = await pgbench((paths[at] as Path).door, work);
      tps[at]?.push(measured.tps);
      cpu[at]?.push(((await cpuMicros()) - before) / (measured.tps * work.seconds));
    }
  }
  const gateway = paths.find((path) => path.what === PROFILED_PATH);
  if (PROFILED && gateway !== undefined)
    await profiled(what, async () => void (await pgbench(gateway.door, work)));
  const rates = tps.map(median);
  const proxyAt = paths.findIndex((path) => path.what === 'PgBouncer');
  const latencies = rates.map((rate) => (work.clients * 1_000) / rate);
  return paths.map((path, at) => [
    what,
    path.what,
    (rates[at] ?? 0).toFixed(0),
    (latencies[at] ?? 0).toFixed(3),
    ((latencies[at] ?? 0) - (latencies[0] ?? 0)).toFixed(3),
    ratio(rates[at] ?? 0, rates[0]),
    ratio(rates[at] ?? 0, rates[proxyAt]),
    path.what.startsWith('gateway') ? median(cpu[at] ?? []).toFixed(0) : '',
  ]);
}

async function profiled(what: string, work: () => Promise<void>): Promise<void> {
  await stage.ask('profile');
  await work();
  const answer = await stage.ask('profiled');
  if (answer.kind !== 'profile') return;
  const entries = answer.entries.map(({ where, share }) => [
    where,
    `${(share * 100).toFixed(1)} %`,
  ]);
  table(`Where the gateway's main thread spends its time: ${what}`, [
    ['function', 'own'],
    ...entries,
  ]);
}

async function cpuMicros(): Promise<number> {
  const answer = await stage.ask('rest');
  return answer.kind === 'rest' ? answer.cpuMicros : 0;
}

/** 0 … count - 1, beginning elsewhere every turn. */
function rotated(count: number, turn: number): number[] {
  return Array.from({ length: count }, (_, i) => (i + turn) % count);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function ratio(value: number, to: number | undefined): string {
  return to === undefined ? '' : (value / to).toFixed(2);
}

/** Prints a Markdown table; the first row is its head. */
function table(title: string, rows: readonly (readonly string[])[]): void {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  console.log(`\n${title}\n`);
  console.log([line(head), line(head.map(() => '---')), ...body.map(line)].join('\n'));
}
