import { hash } from 'node:crypto';
import type { Clock } from '#base/clock';
import { textOf, utf8 } from '#base/bytes';
import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { databaseProblem, openPool, roleIn, transaction } from '#platform/db';
import type { Pool, RoleReport } from '#platform/db';
import type { Ledger } from '#plane/ledger';
import type { Sealer } from '#plane/sources';
import { appendLeaf } from './grantleaf.ts';
import type { Party } from './grantleaf.ts';
import type { Grants } from './grants.ts';
import { OUTPUT_BYTES_MAX, OUTPUT_ROWS_MAX, VIEW_MS_MAX } from './limits.ts';
import { installViews, opsRoleReport, refuseOpsRole } from './opsrole.ts';
import { ageOutputs, findOutput, insertOutput, listOutputs } from './outputtable.ts';
import type { Output, OutputPage } from './outputtable.ts';
import { VIEWS } from './view.ts';

/** Key of what operators were shown; it rolls by schedule. */
const SCOPE = 'rolling/operator/output';
const DAY_MS = 24 * 60 * 60 * 1_000;
/** People who look, not programs that watch. */
const CONNECTIONS_MAX = 2;

export type OpsSettings = {
  readonly pool: Pool;
  readonly plane: string;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly grants: Pick<Grants, 'may' | 'use'>;
  /** Of the role that reads the views and nothing else; without one no view is read. */
  readonly databaseUrl: Secret | null;
  readonly keepDays: number;
};

export type OpsWish = {
  readonly view: string;
  readonly limit: number;
  /** Null for whichever grant of the caller allows it. */
  readonly grant: string | null;
};

export type ShownOutput = Output & { readonly text: string };

/** The views about the plane itself, and what was shown of them. */
export type Ops = {
  /**
   * Reads a view under a grant to observe. What is shown is sealed and kept, its digest a leaf that a checkpoint covers,
   * before anybody sees it. Throws what `Grants.use` throws, and `unavailable` without a role of operators.
   */
  query(wish: OpsWish, by: Party): Promise<ShownOutput>;
  /** What was shown, the newest first. */
  outputs(page: OutputPage): Promise<readonly Output[]>;
  /** One of them, word for word as it was shown; throws `not-found`, or `corrupt` when it is not what its leaf tells of. */
  output(id: string): Promise<ShownOutput>;
  /** What the role of operators can do beyond what it needs; null without one. */
  role(): Promise<RoleReport | null>;
  tend(): Promise<void>;
  close(): Promise<void>;
};

/** Puts the views in place; throws `invalid` when the role of operators can do more than read them. */
export async function openOps(settings: OpsSettings): Promise<Ops> {
  const { pool, clock, keepDays, databaseUrl } = settings;
  await installViews(pool, databaseUrl === null ? null : roleIn(databaseUrl.reveal()));
  const reader = databaseUrl === null ? null : await openReader(pool, databaseUrl);
  return {
    async query(wish, by) {
      if (!VIEWS.some(({ name }) => name === wish.view))
        throw new Problem('not-found', `there is no view \`${wish.view}\``, {
          hint: '`privet ops views` lists them',
        });
      if (reader === null) throw noRole();
      return query({ ...settings, reader }, wish, by);
    },
    outputs: (page) => listOutputs(pool, page),
    output: (id) => shownOutput(settings, id),
    role: async () => (reader === null ? null : opsRoleReport(reader)),
    tend: () => ageOutputs(pool, clock() - keepDays * DAY_MS),
    close: async () => {
      await reader?.end();
    },
  };
}

async function openReader(owner: Pool, url: Secret): Promise<Pool> {
  const reader = openPool({
    url: url.reveal(),
    name: 'privet-operator',
    connectionsMax: CONNECTIONS_MAX,
    statementTimeoutMs: VIEW_MS_MAX,
  });
  try {
    await refuseOpsRole(owner, reader);
    return reader;
  } catch (thrown) {
    await reader.end();
    throw thrown;
  }
}

async function query(
  settings: OpsSettings & { readonly reader: Pool },
  { view, limit, grant }: OpsWish,
  by: Party,
): Promise<ShownOutput> {
  const { grants, plane, ledger, sealer, random } = settings;
  const use = { capability: 'observe', things: [view], grant, operation: 'queryOps' } as const;
  // Whoever has no grant makes the database do nothing.
  await grants.may({ ...use, rows: 1 }, by);
  const rows = await readView(settings.reader, view, limit).catch((thrown: unknown) => {
    throw databaseProblem(thrown);
  });
  const text = outputText(rows);
  const id = newId('out', { nowMs: settings.clock(), random });
  const digest = hash('sha256', text);
  // Before the transaction: the key service may be slow, and every step of every grant waits for one that runs.
  const sealed = await sealer.seal(SCOPE, utf8(text), contextOf(plane, id));
  return grants.use({ ...use, rows: rows.length }, by, async (tx, under) => {
    const { atMs, grant: of } = under;
    const told = { view, output: id, rows: rows.length, digest };
    const leaf = await appendLeaf(ledger, tx, { kind: 'ops-queried', ...under, ...told });
    const output = { id, grant: of, view, rows: rows.length, atMs, digest, leaf };
    await insertOutput(tx, { ...output, sealed });
    return { leaf, value: { ...output, operator: by.id, text } };
  });
}

/** Rows as the JSON that PostgreSQL makes of them. */
async function readView(reader: Pool, view: string, limit: number): Promise<readonly string[]> {
  return transaction(reader, async (tx) => {
    await tx.query('set transaction read only');
    const { rows } = await tx.query<{ row: string }>(
      `select to_json(v)::text as row from ops.${view} v limit $1`,
      [Math.min(limit, OUTPUT_ROWS_MAX)],
    );
    return rows.map(({ row }) => row);
  });
}

function outputText(rows: readonly string[]): string {
  const text = `[${rows.join(',\n')}]`;
  if (text.length <= OUTPUT_BYTES_MAX) return text;
  throw new Problem('limit', `output expected at most ${OUTPUT_BYTES_MAX} bytes`, {
    hint: 'ask for fewer rows',
  });
}

async function shownOutput({ pool, plane, sealer }: OpsSettings, id: string): Promise<ShownOutput> {
  const found = await findOutput(pool, id);
  if (found === undefined) throw new Problem('not-found', 'there is no such output');
  const { sealed, ...output } = found;
  const text = textOf(await sealer.open(sealed, contextOf(plane, id)));
  if (hash('sha256', text) !== output.digest)
    throw new Problem('corrupt', `output \`${id}\` is not what its leaf tells of`);
  return { ...output, text };
}

function contextOf(plane: string, output: string): Readonly<Record<string, string>> {
  return { purpose: 'operator-output', plane, output };
}

function noRole(): Problem {
  return new Problem('unavailable', 'this plane has no database role for operators', {
    hint: 'make one with deploy/sql/roles.sql and set PRIVET_OPERATOR_DATABASE_URL',
  });
}
