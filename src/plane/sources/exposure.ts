import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { SourceClient } from './connect.ts';
import type { Finding } from './finding.ts';
import { quoteName, quoteQualified } from './quote.ts';

const RELATIONS = statement(import.meta.url, 'sql/exposed-relations.sql');
const SCHEMAS = statement(import.meta.url, 'sql/exposed-schemas.sql');
const FUNCTIONS = statement(import.meta.url, 'sql/exposed-functions.sql');
const ROLE = statement(import.meta.url, 'sql/gate-role.sql');

/** Findings kept and shown; a database with more has one problem, not thousands. */
const FINDINGS_MAX = 500;

/**
 * What the gate role (of that name) can do that it should not, asked of the server as that role itself, so that rights of PUBLIC and
 * of memberships count. Empty of `blocking` findings means: PostgreSQL refuses it every base table by itself.
 */
export async function exposure(gate: SourceClient, name: string): Promise<readonly Finding[]> {
  const role = await ownFindings(gate, name);
  const relations = (await gate.query<ExposedRelation>(RELATIONS)).rows.flatMap((row) =>
    relationFindings(row, name),
  );
  const schemas = (await gate.query<{ schema: string }>(SCHEMAS)).rows.map(schemaFinding);
  const functions = functionFindings((await gate.query<ExposedFunction>(FUNCTIONS)).rows);
  const all = [...role, ...relations, ...schemas, ...functions];
  // Blocking ones first, or the limit could hide them.
  return all.sort((left, right) => rank(left) - rank(right)).slice(0, FINDINGS_MAX);
}

/** Whether the findings allow to call the system hardened. */
export function isTight(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.severity !== 'blocking');
}

function rank(finding: Finding): number {
  return finding.severity === 'blocking' ? 0 : 1;
}

type ExposedRelation = {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly publicRights: readonly string[];
  readonly publicColumns: readonly { readonly column: string; readonly right: string }[];
};

function relationFindings(row: ExposedRelation, role: string): readonly Finding[] {
  const full = quoteQualified(row.schema, row.name);
  const what = row.kind === 'S' ? 'SEQUENCE' : 'TABLE';
  const statements = [
    ...(row.publicRights.length > 0 ? [`REVOKE ALL ON ${what} ${full} FROM PUBLIC;`] : []),
    ...[...Map.groupBy(row.publicColumns, (grant) => grant.right)].map(([right, grants]) => {
      const columns = grants.map((grant) => quoteName(grant.column)).join(', ');
      return `REVOKE ${right} (${columns}) ON TABLE ${full} FROM PUBLIC;`;
    }),
  ];
  const message = `the gate role has rights on \`${row.schema}.${row.name}\``;
  if (statements.length > 0) {
    return statements.map((statement) => ({
      severity: 'blocking',
      kind: 'readable',
      message,
      statement,
    }));
  }
  // No grant to PUBLIC explains it: a grant to the role itself or to one it belongs to.
  const statement = `REVOKE ALL ON ${what} ${full} FROM ${quoteName(role)};`;
  return [{ severity: 'blocking', kind: 'readable', message, statement }];
}

function schemaFinding({ schema }: { readonly schema: string }): Finding {
  return {
    severity: 'blocking',
    kind: 'creates',
    message: `the gate role may create objects in schema \`${schema}\``,
    statement: `REVOKE CREATE ON SCHEMA ${quoteName(schema)} FROM PUBLIC;`,
  };
}

type ExposedFunction = {
  readonly schema: string;
  readonly name: string;
  readonly arguments: string;
  readonly kind: string;
  readonly definer: boolean;
  readonly system: boolean;
  /** The extension it came with, or null. */
  readonly extension: string | null;
};

/** Those of an extension are one finding without a statement: revoked from PUBLIC, its types would stop working for everybody. */
function functionFindings(rows: readonly ExposedFunction[]): readonly Finding[] {
  const harmless = (row: ExposedFunction) => !row.system && !row.definer && row.extension !== null;
  const extensions = Map.groupBy(rows.filter(harmless), (row) => row.extension ?? '');
  return [
    ...rows.filter((row) => !harmless(row)).map(functionFinding),
    ...[...extensions].map(([extension, { length }]): Finding => {
      const what = length === 1 ? 'a function' : `${length} functions`;
      const message = `the gate role may call ${what} of extension \`${extension}\`: the gateway refuses them, the server would not`;
      return { severity: 'warning', kind: 'function', message, statement: '' };
    }),
  ];
}

function functionFinding(row: ExposedFunction): Finding {
  const full = `${quoteQualified(row.schema, row.name)}(${row.arguments})`;
  const routine = row.kind === 'p' ? 'PROCEDURE' : 'FUNCTION';
  const statement = `REVOKE EXECUTE ON ${routine} ${full} FROM PUBLIC;`;
  const shown = `\`${row.schema}.${row.name}\``;
  if (row.system) {
    const message = `the gate role may call ${shown}, which reaches past SQL's rights`;
    return { severity: 'blocking', kind: 'system-function', message, statement };
  }
  if (row.definer) {
    const message = `the gate role may call ${shown}, which runs with its owner's rights: the gateway refuses it, the server would not`;
    return { severity: 'warning', kind: 'definer-function', message, statement };
  }
  const message = `the gate role may call ${shown}: the gateway refuses it, the server would not`;
  return { severity: 'warning', kind: 'function', message, statement };
}

type GateRole = {
  readonly superuser: boolean;
  readonly createRole: boolean;
  readonly createDatabase: boolean;
  readonly bypassRls: boolean;
  readonly replication: boolean;
  readonly createSchema: boolean;
  readonly temporary: boolean;
  readonly database: string;
  readonly readOnly: string;
  readonly memberships: readonly string[];
};

async function ownFindings(gate: SourceClient, name: string): Promise<readonly Finding[]> {
  const { rows } = await gate.query<GateRole>(ROLE);
  const role = rows[0];
  if (role === undefined) throw new Problem('corrupt', 'source expected to know the gate role');
  const attributes = (
    ['superuser', 'createRole', 'createDatabase', 'bypassRls', 'replication'] as const
  ).filter((attribute) => role[attribute]);
  const database = quoteName(role.database);
  return [
    ...attributes.map((attribute) => ({
      severity: 'blocking' as const,
      kind: 'attribute' as const,
      message: `the gate role has the attribute ${attribute}`,
      statement: `ALTER ROLE ${quoteName(name)} NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS NOREPLICATION;`,
    })),
    ...role.memberships.map((group) => ({
      severity: 'blocking' as const,
      kind: 'member' as const,
      message: `the gate role is a member of \`${group}\``,
      statement: `REVOKE ${quoteName(group)} FROM ${quoteName(name)};`,
    })),
    ...(role.createSchema
      ? [
          {
            severity: 'blocking' as const,
            kind: 'creates' as const,
            message: 'the gate role may create schemas in the database',
            statement: `REVOKE CREATE ON DATABASE ${database} FROM PUBLIC;`,
          },
        ]
      : []),
    ...(role.temporary
      ? [
          {
            severity: 'warning' as const,
            kind: 'temporary' as const,
            message:
              'the gate role may make temporary tables, as everybody may by default: the gateway refuses it, the server would not',
            statement: `REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC;`,
          },
        ]
      : []),
  ];
}
