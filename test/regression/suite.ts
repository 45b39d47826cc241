import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { selectsOf } from './script.ts';

const run = promisify(execFile);

/** Where the Debian source package is unpacked; kept between runs. */
const CACHE = join(tmpdir(), 'privet-regression');

/** Tests that need several servers, tablespaces, or wait for nothing. */
const LEFT_OUT = new Set([
  'tablespace',
  'prepared_xacts',
  'async',
  'largeobject',
  'dbsize',
  'publication',
  'subscription',
  'event_trigger',
  'maintain_every',
  'vacuum_parallel',
]);

/** The folder of PostgreSQL's regression suite, or why it cannot be had here. */
export async function regressionFolder(): Promise<
  | { readonly kind: 'found'; readonly folder: string }
  | { readonly kind: 'absent'; readonly reason: string }
> {
  const found = () =>
    existsSync(CACHE)
      ? readdirSync(CACHE)
          .map((name) => join(CACHE, name, 'src/test/regress'))
          .find((folder) => existsSync(join(folder, 'parallel_schedule')))
      : undefined;
  const before = found();
  if (before !== undefined) return { kind: 'found', folder: before };
  try {
    mkdirSync(CACHE, { recursive: true });
    await run('apt-get', ['source', '--download-only', 'postgresql-15'], { cwd: CACHE });
    const archive =
      readdirSync(CACHE).find((name) => /^postgresql-15_.*\.orig\.tar\.bz2$/u.test(name)) ?? '';
    await run('tar', ['xjf', archive, '--wildcards', '*/src/test/regress/*'], { cwd: CACHE });
  } catch {
    return { kind: 'absent', reason: 'the Debian source package postgresql-15 cannot be fetched' };
  }
  const after = found();
  return after === undefined
    ? { kind: 'absent', reason: 'the source package holds no regression suite' }
    : { kind: 'found', folder: after };
}

/** Runs the suite with psql, so that its tables, views and functions are there afterwards. Its own failures do not matter. */
export async function loadRegression(folder: string, url: string): Promise<void> {
  const environment = {
    ...process.env,
    PG_ABS_SRCDIR: folder,
    PG_ABS_BUILDDIR: tmpdir(),
    PG_LIBDIR: tmpdir(),
    PG_DLSUFFIX: '.so',
    PGTZ: 'PST8PDT',
    PGDATESTYLE: 'Postgres, MDY',
    PGOPTIONS: '-c intervalstyle=postgres_verbose',
  };
  for (const name of schedule(folder)) {
    const file = join(folder, 'sql', `${name}.sql`);
    await run('psql', ['-X', '-q', '-d', url, '-f', file], {
      env: environment,
      timeout: 60_000,
      maxBuffer: 256 * 1024 * 1024,
    }).catch(() => undefined);
  }
}

export type RegressionSelect = { readonly script: string; readonly sql: string };

/** Every SELECT of the suite, script by script. */
export function regressionSelects(folder: string): readonly RegressionSelect[] {
  return schedule(folder).flatMap((script) =>
    selectsOf(readFileSync(join(folder, 'sql', `${script}.sql`), 'utf8')).map((sql) => ({
      script,
      sql,
    })),
  );
}

function schedule(folder: string): readonly string[] {
  return readFileSync(join(folder, 'parallel_schedule'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('test:'))
    .flatMap((line) => line.slice('test:'.length).trim().split(/\s+/u))
    .filter((name) => !LEFT_OUT.has(name));
}
