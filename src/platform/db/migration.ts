import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { Problem } from '#base/problem';
import { databaseProblem } from './failure.ts';
import type { Pool } from './pool.ts';
import { transaction } from './transaction.ts';
import type { Transaction } from './transaction.ts';

/** One append-only SQL file, `NNN-what.sql`; a first line `--! breaking` says older programs cannot use the result. */
export type Migration = {
  readonly number: number;
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the file, hex: an applied file that changed is refused. */
  readonly digest: string;
  readonly breaking: boolean;
};

export type MigrationResult = {
  readonly applied: readonly string[];
  readonly breaking: readonly string[];
};

type AppliedRow = {
  readonly number: number;
  readonly name: string;
  readonly digest: string;
  readonly breaking: boolean;
};

/** Any fixed number serves; this one spells "privet" on a phone keypad. Two starters take turns on it. */
const LOCK_KEY = 774_838;

const CREATE_TABLE = `
create table if not exists privet_migrations (
  number integer primary key,
  name text not null,
  digest text not null,
  breaking boolean not null,
  applied_at timestamptz not null default clock_timestamp()
)`;

/** The migrations in a folder, by number; throws `invalid` for a foreign name or a number used twice. */
export function readMigrations(folder: URL): readonly Migration[] {
  const base = folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`);
  const migrations = readdirSync(base)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => readMigration(base, name))
    .sort((left, right) => left.number - right.number);
  for (const [i, migration] of migrations.entries()) {
    if (migration.number === migrations[i + 1]?.number) {
      throw new Problem('invalid', `migration number ${migration.number} is used twice`);
    }
  }
  return migrations;
}

/**
 * Brings a database to the newest migration, in one transaction under an advisory lock, so that of two programs that
 * start at once one waits and then finds nothing to do. The row is inserted before the file runs: a second runner that
 * somehow got past the lock fails on the key. Throws `conflict` when an applied file changed or was removed with a
 * breaking mark, `unavailable` with the file's name when a statement fails, and what `databaseProblem` makes of anything
 * else; then nothing has changed.
 */
export async function migrate(pool: Pool, folder: URL): Promise<MigrationResult> {
  const known = readMigrations(folder);
  try {
    return await migrateTo(pool, known);
  } catch (thrown) {
    throw databaseProblem(thrown);
  }
}

function migrateTo(pool: Pool, known: readonly Migration[]): Promise<MigrationResult> {
  return transaction(pool, async (tx) => {
    // INVARIANT: the lock is taken before the table is looked for, or two starters would both create it.
    await tx.query('set local statement_timeout = 0');
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await tx.query(CREATE_TABLE);
    const { rows } = await tx.query<AppliedRow>(
      'select number, name, digest, breaking from privet_migrations order by number',
    );
    checkApplied(rows, known);
    const done = new Set(rows.map((row) => row.number));
    const pending = known.filter((migration) => !done.has(migration.number));
    for (const migration of pending) await apply(tx, migration);
    return {
      applied: pending.map((migration) => migration.name),
      breaking: pending
        .filter((migration) => migration.breaking)
        .map((migration) => migration.name),
    };
  });
}

async function apply(tx: Transaction, migration: Migration): Promise<void> {
  await tx.query(
    'insert into privet_migrations (number, name, digest, breaking) values ($1, $2, $3, $4)',
    [migration.number, migration.name, migration.digest, migration.breaking],
  );
  try {
    await tx.query(migration.text);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : 'unknown failure';
    throw new Problem('unavailable', `migration \`${migration.name}\` failed: ${said}`, { cause });
  }
}

function checkApplied(rows: readonly AppliedRow[], known: readonly Migration[]): void {
  for (const row of rows) {
    const file = known.find((migration) => migration.number === row.number);
    if (file === undefined && row.breaking) {
      throw new Problem(
        'conflict',
        `database has migration \`${row.name}\`, which this version does not know`,
        {
          hint: 'the database was used by a newer version that is not compatible: run that version',
        },
      );
    }
    if (file !== undefined && file.digest !== row.digest) {
      throw new Problem('conflict', `migration \`${row.name}\` was changed after it was applied`, {
        hint: 'migrations are append-only: restore the file and put the change into a new one',
      });
    }
  }
}

function readMigration(folder: URL, name: string): Migration {
  const number = /^(\d{3})-[a-z0-9-]+\.sql$/u.exec(name)?.[1];
  if (number === undefined)
    throw new Problem('invalid', `migration expected a name \`NNN-what.sql\`, got \`${name}\``);
  const text = readFileSync(new URL(name, folder), 'utf8');
  return {
    number: Number(number),
    name,
    text,
    digest: createHash('sha256').update(text).digest('hex'),
    breaking: text.startsWith('--! breaking'),
  };
}
