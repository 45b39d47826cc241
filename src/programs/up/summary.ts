import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Running } from './bringup.ts';
import type { Home } from './home.ts';

/** What a person needs to go on, once everything runs: where each door is, whom to believe, and how to stop. */
export function summarize(home: Home, running: Running, elapsedMs: number): string {
  const { certificates, administrator, server } = running;
  const [host, port] = splitAddress(running.gatewayAddress);
  const masterKey = join(home.plane, 'master.key');
  const rows: readonly (readonly [string, string])[] = [
    [
      'SQL gateway',
      `psql "host=${host} port=${port} sslmode=verify-full sslrootcert=${certificates.authorityFile}"`,
    ],
    ['control API', running.controlAddress],
    ['plane API', running.planeAddress],
    ['administrator', `${administrator.name}, password in ${administrator.passwordFile}`],
    ['authority', certificates.authorityFile],
    ...(existsSync(masterKey)
      ? [
          [
            'master key',
            `${masterKey}: for trying out only; whoever loses it loses what it protects`,
          ] as const,
        ]
      : []),
    ['logs', home.log],
    [
      'database',
      `PostgreSQL ${server.first.version} (${server.first.kind}) in ${server.first.places.dataDirectory}`,
    ],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(14)} ${value}`).join('\n');
  return `\nPrivet is up after ${(elapsedMs / 1000).toFixed(1)} s. Stop it with Ctrl-C.\n\n${table}\n\n`;
}

function splitAddress(address: string): readonly [string, string] {
  const at = address.lastIndexOf(':');
  return [address.slice(0, at), address.slice(at + 1)];
}
