import { readFileSync } from 'node:fs';
import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import { openS3Blobs } from '#platform/blob';
import type { Pool } from '#platform/db';
import { webhookKey } from '#platform/http';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
import { systemClock } from '#platform/telemetry';
import type { Log } from '#platform/telemetry';
import { egressDispatcher } from '#plane/egress';
import type { Egress, RuleSpec } from '#plane/egress';
import {
  ANSWER_BYTES_MAX,
  exportSettings,
  fileSink,
  openExports,
  s3Sink,
  syslogSink,
  webhookSink,
} from '#plane/exports';
import type { ExportFormat, ExportPlace, Exports, Sink } from '#plane/exports';
import type { Ledger, Log as LedgerLog } from '#plane/ledger';
import { bucketRule } from './blobs.ts';

/** How the plane calls receivers of its ledger. */
const EXPORT = { workload: 'export', purpose: 'ledger-export' } as const;

type Ground = {
  readonly settings: Settings;
  readonly plane: string;
  readonly pool: Pool;
  readonly log: Log;
  readonly opened: Opened;
};

/** A receiver that the settings name is a rule of its own, as every address of the settings is. */
export function exportRules(settings: Settings): Readonly<Record<string, RuleSpec>> {
  const networks = ['private', 'loopback'];
  const rules = settings.of(exportSettings).targets.flatMap(({ name, to }) => {
    if (to.kind === 's3') return [[`export-${name}`, bucketRule(to.address, EXPORT)] as const];
    const address = addressOf(to);
    if (address === null) return [];
    return [[`export-${name}`, { ...EXPORT, ...address, networks, expiresAtMs: null }] as const];
  });
  return Object.fromEntries(rules);
}

function addressOf(
  to: Exclude<ExportPlace, { kind: 's3' }>,
): { readonly host: string; readonly port: number } | null {
  switch (to.kind) {
    case 'file':
      return null;
    case 'syslog':
      return { host: to.host, port: to.port };
    case 'webhook': {
      const { hostname, port } = new URL(to.url);
      return { host: hostname.replaceAll(/^\[|\]$/gu, ''), port: Number(port || 443) };
    }
    default:
      return unreachable(to);
  }
}

type Parts = { readonly ledger: Ledger; readonly log: LedgerLog; readonly egress: Egress };

/** Opens the exports of the settings; throws `invalid` for a file that is named and cannot be read. */
export function openPlaneExports(
  { settings, plane, pool, log, opened }: Ground,
  parts: Parts,
): Exports {
  const exports = openExports({
    plane,
    pool,
    ledger: parts.ledger,
    clock: systemClock,
    jitter: Math.random,
    exports: settings.of(exportSettings).targets.map(({ to, ...target }) => ({
      ...target,
      sink: sinkOf({ to, format: target.format }, parts),
    })),
    onFault: (error, name) => log.warn('ledger export fault', { export: name, error }),
  });
  opened.push(() => exports.stop());
  return exports;
}

function sinkOf(
  { to, format }: { readonly to: ExportPlace; readonly format: ExportFormat },
  { egress, log }: Parts,
): Sink {
  switch (to.kind) {
    case 'file':
      return fileSink(to.path);
    case 'syslog':
      return syslogSink({ ...to, egress, target: EXPORT, tls: tlsOf(to) });
    case 'webhook': {
      const key = secret(readText(to.secretFile).trim());
      webhookKey(key);
      const dispatcher = egressDispatcher(egress, {
        ...EXPORT,
        tls: tlsOf(to),
        responseBytesMax: ANSWER_BYTES_MAX,
        connectionsMax: 1,
      });
      return webhookSink({ ...to, format, key, dispatcher, clock: systemClock });
    }
    case 's3': {
      const { address, retainDays, everySeconds } = to;
      const dispatcher = egressDispatcher(egress, {
        ...EXPORT,
        responseBytesMax: ANSWER_BYTES_MAX,
      });
      return s3Sink({
        place: address.replace(/\?.*$/u, ''),
        open: () => openS3Blobs({ address, dispatcher, retainDays }),
        everyMs: everySeconds * 1_000,
        checkpoint: () => log.newest(),
      });
    }
    default:
      return unreachable(to);
  }
}

type TlsFiles = Partial<
  Record<'authorityFile' | 'certificateFile' | 'keyFile', string | undefined>
>;

function tlsOf({ authorityFile, certificateFile, keyFile }: TlsFiles) {
  return {
    ...(authorityFile === undefined ? {} : { ca: readText(authorityFile) }),
    ...(certificateFile === undefined ? {} : { cert: readText(certificateFile) }),
    ...(keyFile === undefined ? {} : { key: readText(keyFile) }),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Problem('invalid', `\`exports.targets\` names \`${path}\`, which cannot be read`, {
      cause,
    });
  }
}
