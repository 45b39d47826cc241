import { z } from 'zod';
import { group, setting, type SettingValues } from '#platform/settings';
import { CLIENT_STATEMENT_BYTES_MAX } from './statementlimit.ts';

const MIB = 1024 * 1024;
const whole = (most: number) => z.coerce.number().int().min(1).max(most);

/** Everything about the SQL gateway that can be set. */
export const gatewaySettings = group(
  'gateway',
  'The SQL gateway, where PostgreSQL clients connect.',
  {
    listen: setting(z.string(), {
      fallback: '127.0.0.1:5439',
      doc: 'Address and port the gateway listens on; `[::]:5439` for all addresses; no gateway when empty, on a plane that only collects.',
    }),
    tlsCertificateFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the certificate chain of the gateway; `privet up` makes one from its own CA.',
    }),
    tlsKeyFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the private key of the certificate.',
    }),
    plaintext: setting(z.enum(['never', 'loopback']), {
      fallback: 'never',
      doc: 'Whether clients on this machine may connect without TLS (`loopback`); others never may.',
    }),
    connectionsMax: setting(whole(100_000), {
      fallback: 200,
      unit: 'connections',
      doc: 'Client connections at once; each holds one connection to the source.',
    }),
    connectionsPerSubjectMax: setting(whole(100_000), {
      fallback: 50,
      unit: 'connections',
      doc: 'Connections one person or service account may hold at once.',
    }),
    loginSecondsMax: setting(whole(600), {
      fallback: 30,
      unit: 'seconds',
      doc: 'Time from connecting to being logged in; then the connection is closed.',
    }),
    idleSecondsMax: setting(whole(604_800), {
      fallback: 8 * 3_600,
      unit: 'seconds',
      doc: 'Time a logged-in connection may lie idle before it is closed.',
    }),
    statementSecondsMax: setting(whole(604_800), {
      fallback: 3_600,
      unit: 'seconds',
      doc: 'Time one statement may run before it is cancelled upstream.',
    }),
    messageBytesMax: setting(whole(1024 * MIB), {
      fallback: 16 * MIB,
      unit: 'bytes',
      doc: 'Largest protocol message taken from a client, which bounds the parameters of one statement.',
    }),
    statementBytesMax: setting(whole(CLIENT_STATEMENT_BYTES_MAX), {
      fallback: 256 * 1024,
      unit: 'bytes',
      doc: 'Longest SQL text taken from a client.',
    }),
    statementsPerSessionMax: setting(whole(100_000), {
      fallback: 2_000,
      unit: 'statements',
      doc: 'Prepared statements one connection may hold, of the protocol and of SQL together.',
    }),
    portalsPerSessionMax: setting(whole(100_000), {
      fallback: 1_000,
      unit: 'portals',
      doc: 'Named portals and cursors (open result sets) one connection may hold.',
    }),
    planCacheBytesMax: setting(whole(4096 * MIB), {
      fallback: 24 * MIB,
      unit: 'bytes',
      doc: 'Memory for statements that have been planned before.',
    }),
    planMillisecondsMax: setting(whole(60_000), {
      fallback: 3_000,
      unit: 'milliseconds',
      doc: 'Time the planner may take for one statement before it is stopped and replaced.',
    }),
    writes: setting(z.enum(['refuse']), {
      fallback: 'refuse',
      doc: 'What happens to statements that write; there is no other choice yet.',
    }),
    ledgerWait: setting(z.enum(['governed', 'always', 'never']), {
      fallback: 'governed',
      doc: 'Which statements are acknowledged only after their ledger leaf is on disk.',
    }),
  },
);

export type GatewaySettings = SettingValues<typeof gatewaySettings>;
