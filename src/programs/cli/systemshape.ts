import { z } from 'zod';
import { printable } from './style.ts';
import type { Style } from './style.ts';

export const findingShape = z.object({
  severity: z.enum(['blocking', 'warning']),
  kind: z.string(),
  message: z.string(),
  statement: z.string(),
});
export type Finding = z.infer<typeof findingShape>;

/** A registered database as its plane shows it. */
export const systemShape = z.object({
  name: z.string(),
  host: z.string(),
  port: z.number(),
  database: z.string(),
  user: z.string(),
  tls: z.string(),
  schemas: z.array(z.string()).nullable(),
  mode: z.enum(['splice', 'hardened']),
  gateRole: z.string().nullable(),
  registeredAt: z.string(),
  refreshedAt: z.string(),
  serverVersion: z.number(),
  version: z.number(),
  health: z.string(),
  findings: z.array(findingShape),
});
export type System = z.infer<typeof systemShape>;

export const trialShape = z.object({
  serverVersion: z.number(),
  relations: z.number(),
  columns: z.number(),
  findings: z.array(findingShape),
});

export const hardenShape = z.object({
  outcome: z.enum(['hardened', 'refused']),
  role: z.string(),
  findings: z.array(findingShape),
});

/** `server_version_num` (PostgreSQL 55.7) as people say it: 180004 is 18.4. */
export function serverText(version: number): string {
  return `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}`;
}

/** Findings, those that block first, each with the statement that settles it. */
export function findingsText(findings: readonly Finding[], style: Style): string {
  return findings
    .map(({ severity, message, statement }) => {
      const sign = severity === 'blocking' ? style.red('✗') : style.yellow('!');
      const cure = statement === '' ? '' : `    ${printable(statement)}\n`;
      return `${sign} ${printable(message)}\n${cure}`;
    })
    .join('');
}

/** What protects people from a mistake of ours, as the mode has it. */
export function modeText(system: Pick<System, 'mode' | 'gateRole'>): string {
  return system.mode === 'hardened'
    ? `hardened: PostgreSQL itself refuses \`${system.gateRole ?? ''}\` every base table`
    : 'splice: protected by rewriting alone; `privet system harden` adds PostgreSQL’s own refusal';
}
