import { join } from 'node:path';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import type { Door } from './passfile.ts';

/** Where everything is, as `privet up` tells the demo in its environment. */
export type Surroundings = {
  readonly home: string;
  /** Connection string of the owner of the demo's database. */
  readonly databaseUrl: Secret;
  readonly controlUrl: string;
  readonly planeUrl: string;
  readonly gateway: Door;
  readonly authorityFile: string;
  readonly admin: { readonly name: string; readonly passwordFile: string };
  /** libpq's password file with the passwords of the demo's people. */
  readonly passfile: string;
  /** Shell variables that lead psql to the gateway. */
  readonly environmentFile: string;
};

const shape = z.object({
  PRIVET_HOME: z.string().min(1),
  PRIVET_DEMO_DATABASE_URL: z.string().min(1),
  PRIVET_CONTROL_URL: z.url(),
  PRIVET_PLANE_URL: z.url(),
  PRIVET_GATEWAY: z
    .string()
    .regex(/^.+:\d{1,5}$/u)
    .default('127.0.0.1:5439'),
  PRIVET_AUTHORITY_FILE: z.string().min(1),
  PRIVET_ADMIN_NAME: z.string().min(1),
  PRIVET_ADMIN_PASSWORD_FILE: z.string().min(1),
});

/** Reads the environment; throws `invalid` naming the first variable that is missing or wrong, never its value. */
export function surroundingsFrom(env: Readonly<Record<string, string | undefined>>): Surroundings {
  const result = shape.safeParse(env);
  if (!result.success) {
    const name = String(result.error.issues[0]?.path[0] ?? '');
    throw new Problem(
      'invalid',
      `\`${name}\` expected in the environment, as \`privet up\` sets it`,
      {
        hint: '`privet up --demo` starts everything and builds the demo',
      },
    );
  }
  const found = result.data;
  return {
    home: found.PRIVET_HOME,
    databaseUrl: secret(found.PRIVET_DEMO_DATABASE_URL),
    controlUrl: found.PRIVET_CONTROL_URL,
    planeUrl: found.PRIVET_PLANE_URL,
    gateway: doorOf(found.PRIVET_GATEWAY),
    authorityFile: found.PRIVET_AUTHORITY_FILE,
    admin: { name: found.PRIVET_ADMIN_NAME, passwordFile: found.PRIVET_ADMIN_PASSWORD_FILE },
    passfile: join(found.PRIVET_HOME, 'demo.pgpass'),
    environmentFile: join(found.PRIVET_HOME, 'demo.env'),
  };
}

function doorOf(address: string): Door {
  const at = address.lastIndexOf(':');
  return {
    host: address.slice(0, at).replaceAll(/^\[|\]$/gu, ''),
    port: Number(address.slice(at + 1)),
  };
}

/** The text of a file to be read with `.` in a shell: after it, `psql -U ada` and `privet status` find their way. */
export function environmentText(around: Surroundings, system: string): string {
  const lines = {
    PGHOST: around.gateway.host,
    PGPORT: String(around.gateway.port),
    PGDATABASE: system,
    PGPASSFILE: around.passfile,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: around.authorityFile,
    PRIVET_HOME: around.home,
    PRIVET_CONTROL_URL: around.controlUrl,
    PRIVET_GATEWAY: `${around.gateway.host}:${around.gateway.port}`,
  };
  return Object.entries(lines)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}
