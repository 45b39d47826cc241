import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '#base/problem';
import { parseTrustPolicy } from '#engines/merkle';
import type { TrustPolicy } from '#engines/merkle';
import type { Pool } from '#platform/db';
import { openPlaneBlobs } from './blobs.ts';
import type { KeyServices } from './keyservices.ts';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
import { systemClock } from '#platform/telemetry';
import type { Health, Log as TextLog } from '#platform/telemetry';
import { egressDispatcher } from '#plane/egress';
import type { Egress, RuleSpec } from '#plane/egress';
import { ledgerSettings, openLog, retain } from '#plane/ledger';
import type { Ledger, Log } from '#plane/ledger';

/** How the plane calls witnesses. */
const WITNESS = { workload: 'ledger', purpose: 'witness' } as const;
/** A witness keeps a file and signs; whoever takes longer is as good as away. */
const WITNESS_MS_MAX = 5_000;
/** A few signature lines. */
const WITNESS_BYTES_MAX = 64 * 1024;

/** Retention is counted in days. */
const RETAIN_EVERY_MS = 60 * 60 * 1000;

const NOBODY = 'quorum none\n';

/** The witnesses of the settings, none without a file; throws `invalid` naming the line. */
function readWitnesses(settings: Settings): TrustPolicy {
  const { witnessPolicyFile } = settings.of(ledgerSettings);
  if (witnessPolicyFile === '') return parseTrustPolicy(NOBODY);
  return parseTrustPolicy(readText(witnessPolicyFile, 'ledger.witnessPolicyFile'));
}

/** A witness that the policy file gives an address is a rule of its own, as every address of the settings is. */
export function witnessRules(settings: Settings): Readonly<Record<string, RuleSpec>> {
  const networks = ['private', 'loopback'];
  const rules = readWitnesses(settings).witnesses.flatMap(({ name, url }, i) => {
    if (url === null) return [];
    const address = URL.parse(url);
    if (address === null) {
      throw new Problem('invalid', `witness \`${name}\` expected an address, got \`${url}\``);
    }
    const host = address.hostname.replaceAll(/^\[|\]$/gu, '');
    const port = Number(address.port) || (address.protocol === 'http:' ? 80 : 443);
    return [[`witness-${i + 1}`, { ...WITNESS, host, port, networks, expiresAtMs: null }] as const];
  });
  return Object.fromEntries(rules);
}

type LogGround = {
  readonly settings: Settings;
  readonly plane: string;
  readonly directory: string;
  readonly pool: Pool;
  readonly log: TextLog;
  readonly health: Health;
  readonly opened: Opened;
};

/** Opens the log over the ledger; its key is wrapped by the key service itself, for the keyring waits for the log. */
export async function openPlaneLog(
  ground: LogGround,
  { ledger, egress }: { readonly ledger: Ledger; readonly egress: Egress },
  { provider, formerProviders }: KeyServices,
): Promise<Log> {
  const { pool, plane, log, opened } = ground;
  const settings = ground.settings.of(ledgerSettings);
  const directory =
    settings.directory === '' ? join(ground.directory, 'ledger') : settings.directory;
  const blobs = await openPlaneBlobs(directory, { egress, opened });
  let fault: Problem | null = null;
  const ledgerLog = await openLog({
    pool,
    plane,
    clock: systemClock,
    blobs,
    keyService: provider,
    formerKeyServices: formerProviders,
    origin: settings.origin === '' ? `privet.local/${plane}` : settings.origin,
    witnesses: readWitnesses(ground.settings),
    askWitness: witnessCaller(egress, settings.witnessAuthorityFile, opened),
    coverTimeoutMs: settings.coverSeconds * 1_000,
    onFault: (problem) => {
      fault = problem;
      log.error('ledger log fault', { error: problem });
    },
  });
  opened.push(() => ledgerLog.close());
  const { retentionDays: days } = settings;
  const prune = async () => {
    try {
      const { pruned, erased } = await retain({
        pool,
        ledger,
        log: ledgerLog,
        blobs,
        clock: systemClock,
        days,
      });
      if (pruned + erased > 0) log.info('ledger retention', { count: pruned, rows: erased });
    } catch (error) {
      log.error('the ledger could not be pruned', { error });
    }
  };
  const timer = setInterval(() => void prune(), RETAIN_EVERY_MS);
  timer.unref();
  opened.push(() => clearInterval(timer));
  ground.health.add('ready', 'ledger', () => {
    if (fault?.code === 'corrupt') throw fault;
  });
  return ledgerLog;
}

function witnessCaller(egress: Egress, authorityFile: string, opened: Opened) {
  const tls =
    authorityFile === '' ? {} : { ca: readText(authorityFile, 'ledger.witnessAuthorityFile') };
  const dispatcher = egressDispatcher(egress, {
    ...WITNESS,
    tls,
    responseBytesMax: WITNESS_BYTES_MAX,
  });
  opened.push(() => dispatcher.close());
  return async (url: string, body: string) => {
    const { origin, pathname: path } = new URL(url);
    const signal = AbortSignal.timeout(WITNESS_MS_MAX);
    const reply = await dispatcher.request({ origin, path, method: 'POST', body, signal });
    return { status: reply.statusCode, text: await reply.body.text() };
  };
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Problem('invalid', `\`${name}\` names \`${path}\`, which cannot be read`, { cause });
  }
}
