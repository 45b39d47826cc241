import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument } from './leaf.ts';
import type { Cli, Flag, LeafCall } from './leaf.ts';
import type { Line } from './line.ts';

export const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];
export const planeOptions = z.object({ plane: z.string().optional() });

export const REASONS: readonly Flag[] = [
  ['--purpose <purpose>', 'what it is for, where policy asks'],
  ['--ticket <ticket>', 'number of the ticket it is for, where policy asks'],
];
export const reasons = { purpose: z.string().optional(), ticket: z.string().optional() };
export const REDACTION: Flag = [
  '--redaction <level>',
  'PLAIN_TEXT, MASKED, REDACTED or DEFAULT, at most',
];
export const redaction = z.enum(['PLAIN_TEXT', 'MASKED', 'REDACTED', 'DEFAULT']).default('DEFAULT');

/** Headers that say what a reveal is for. */
export function headersOf(options: {
  readonly purpose?: string | undefined;
  readonly ticket?: string | undefined;
}) {
  return {
    ...(options.purpose === undefined ? {} : { 'x-privet-purpose': options.purpose }),
    ...(options.ticket === undefined ? {} : { 'x-privet-ticket': options.ticket }),
  };
}

/** A path of the vault's API, which is Skyflow's and begins at the root; every part is encoded. */
export function vaultPath(...parts: readonly string[]): string {
  return `/v1/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
}

const atControl = z.object({ items: z.array(z.object({ id: z.string(), name: z.string() })) });
const VAULT_ID = /^vlt_[0-9a-z]{26}$/u;

/** The id of the vault a command about accounts and roles names by name or id, as control knows it; throws `not-found`. */
export async function vaultId(cli: Cli, name: string): Promise<string> {
  if (VAULT_ID.test(name)) return name;
  const call = { method: 'GET', path: '/api/v1/vaults' } as const;
  const { items } = await cli.lines().control().ask(call, atControl);
  const [found, ...more] = items.filter((one) => one.name === name);
  if (found !== undefined && more.length === 0) return found.id;
  if (found !== undefined) throw new Problem('conflict', `several planes have a vault \`${name}\``);
  throw new Problem('not-found', `no vault is called \`${name}\``, {
    hint: '`privet vault list` shows them; control hears of a new one within seconds',
  });
}

const atPlane = z.object({ vaults: z.array(z.object({ ID: z.string(), name: z.string() })) });

/** The plane and the vault that a command's first argument names: among those of the plane in which the caller has a right. */
export async function openVaultLine(
  call: LeafCall<{ readonly plane?: string | undefined }>,
): Promise<{ readonly plane: Line; readonly vault: string }> {
  const name = argument(call, 0);
  const plane = await call.cli.lines().plane(call.options.plane);
  if (VAULT_ID.test(name)) return { plane, vault: name };
  const { vaults } = await plane.ask({ method: 'GET', path: vaultPath('vaults') }, atPlane);
  const found = vaults.find((one) => one.name === name);
  if (found !== undefined) return { plane, vault: found.ID };
  throw new Problem('not-found', `no vault is called \`${name}\`, or you have no right in it`, {
    hint: '`privet vault list` shows the vaults you have a role or a right in',
  });
}
