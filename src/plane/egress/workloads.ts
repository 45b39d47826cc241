import { hash } from 'node:crypto';
import { base64url, equalConstantTime } from '#base/bytes';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { databaseProblem, statement, transaction } from '#platform/db';
import { WORKLOADS_MAX } from './limits.ts';
import type { RuleBookSettings } from './rulebook.ts';
import { SOURCES } from './rulebook.ts';

const LIST = statement(import.meta.url, 'sql/list-workloads.sql');
const INSERT = statement(import.meta.url, 'sql/insert-workload.sql');
const DELETE = statement(import.meta.url, 'sql/delete-workload.sql');
const TOKEN = statement(import.meta.url, 'sql/workload-token.sql');

const NAME = /^[a-z][a-z0-9-]{0,39}$/u;
/** Names of the plane's own parts, whose rules are not for anybody else. */
const OWN = new Set<string>([
  'border',
  'collector',
  'export',
  'gateway',
  'keys',
  'ledger',
  'operator',
  'storage',
  'vault',
  SOURCES.workload,
]);
/** 256 bits: no guess will ever hit, so its plain SHA-256 may be stored. */
const TOKEN_BYTES = 32;
const TOKEN_CHARACTERS_MAX = 128;

export type Workload = {
  readonly name: string;
  readonly addedBy: string;
  readonly addedAtMs: number;
};

/** Who may use the forward proxy, each with a token of its own. */
export type Workloads = {
  list(): Promise<readonly Workload[]>;
  /** Its token, shown once; throws `invalid`, `conflict` or `limit`. */
  add(name: string, by: { kind: 'subject'; id: Id<'sub'> }): Promise<string>;
  /** Its token stops working at once; what it has open stays until its rules go. Throws `not-found`. */
  remove(name: string, by: { kind: 'subject'; id: Id<'sub'> }): Promise<void>;
  /** Whether that is the token of that workload. */
  knows(name: string, token: string): Promise<boolean>;
};

export function openWorkloads(settings: RuleBookSettings): Workloads {
  const { pool, ledger, clock, random } = settings;
  return {
    async list() {
      type Row = { name: string; added_by: string; added_at_ms: string };
      const { rows } = await pool.query<Row>(LIST).catch(asProblem);
      return rows.map(({ name, added_by: addedBy, added_at_ms: addedAtMs }) => {
        return { name, addedBy, addedAtMs: Number(addedAtMs) };
      });
    },
    async add(name, by) {
      checkName(name);
      const token = `privet_wld_${base64url(random(TOKEN_BYTES))}`;
      await transaction(pool, async (tx) => {
        const row = [name, hash('sha256', token, 'buffer'), by.id, clock(), WORKLOADS_MAX];
        const { rowCount } = await tx.query(INSERT, row);
        if (rowCount === 0) throw taken(name);
        await ledger.append(tx, { kind: 'egress-workload-added', actor: by, workload: name });
      });
      return token;
    },
    async remove(name, by) {
      await transaction(pool, async (tx) => {
        const { rowCount } = await tx.query(DELETE, [name]);
        if (rowCount === 0) throw new Problem('not-found', 'no workload has this name');
        await ledger.append(tx, { kind: 'egress-workload-removed', actor: by, workload: name });
      });
    },
    async knows(name, token) {
      if (!NAME.test(name) || token.length > TOKEN_CHARACTERS_MAX) return false;
      const { rows } = await pool.query<{ token_sha256: Uint8Array }>(TOKEN, [name]);
      const kept = rows[0]?.token_sha256;
      const given = hash('sha256', token, 'buffer');
      return kept !== undefined && equalConstantTime(kept, given);
    },
  };
}

function checkName(name: string): void {
  if (!NAME.test(name)) throw new Problem('invalid', 'workload expected 1 to 40 of `a-z 0-9 -`');
  if (OWN.has(name)) {
    throw new Problem('conflict', `\`${name}\` is a part of the plane itself`, {
      hint: 'choose another name: rules of that one are for the plane alone',
    });
  }
}

function taken(name: string): Problem {
  return new Problem(
    'conflict',
    `workload \`${name}\` is there already, or there are ${WORKLOADS_MAX}`,
    {
      hint: 'for a new token remove it first: `privet egress workload remove`',
    },
  );
}

function asProblem(thrown: unknown): never {
  throw databaseProblem(thrown);
}
