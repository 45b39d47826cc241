import { z } from 'zod';
import { NAME_BYTES_MAX } from '#base/limits';
import { secret } from '#base/secret';
import { TLS_MODES } from '#plane/sources';

/** A short text of a request: one line; what it may be exactly, its part says. */
export const word = z.string().min(1).max(400);
export const nameParams = z.object({ name: word });

/** A secret in a request: wrapped at once, so that nothing prints it. */
export const secretField = z
  .string()
  .min(1)
  .max(1_024)
  .transform((text) => secret(text));

export const accessFields = {
  connection: z
    .string()
    .max(2_000)
    .describe('`postgresql://user@host:port/database?sslmode=verify-full`, without a password'),
  password: secretField.nullish().describe('sealed under the keyring; shown to nobody'),
  authorities: z
    .string()
    .max(64 * 1024)
    .nullish()
    .describe('PEM certificates of the authorities to believe; those of the system without it'),
};

export const schemasField = z
  .array(z.string().min(1).max(NAME_BYTES_MAX))
  .min(1)
  .max(1_000)
  .nullish()
  .describe('schemas to govern; all without it');

export const findingShape = z.object({
  severity: z.enum(['blocking', 'warning']),
  kind: z.string(),
  message: z.string(),
  statement: z
    .string()
    .describe('what settles it, for the owner of the database to run; may be empty'),
});

export const systemShape = z.object({
  id: z.string(),
  name: z.string(),
  host: z.string(),
  port: z.number(),
  database: z.string(),
  user: z.string(),
  tls: z.enum(TLS_MODES),
  schemas: z.array(z.string()).nullable(),
  mode: z.enum(['splice', 'hardened']),
  gateRole: z.string().nullable(),
  registeredBy: z.string(),
  registeredAt: z.iso.datetime(),
  refreshedAt: z.iso.datetime(),
  serverVersion: z.number().describe('`server_version_num`, such as 150018'),
  version: z.number().describe('rises with every change of the dictionary'),
  digest: z.string(),
  health: z.string(),
  findings: z.array(findingShape),
});

/** A moment as the API writes it. */
export function momentOf(ms: number): string {
  return new Date(ms).toISOString();
}
