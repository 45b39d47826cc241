import { Problem } from '#base/problem';
import type { Pool } from '#platform/db';
import { endpointFrom } from '#platform/http';
import type { HeldCertificate } from '#platform/http';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
import { systemClock, systemRandom } from '#platform/telemetry';
import type { Log } from '#platform/telemetry';
import { configuredRules, egressSettings, openEgress, openProxy } from '#plane/egress';
import type { Egress, RuleSpec } from '#plane/egress';
import type { Ledger } from '#plane/ledger';
import { storageRules } from './blobs.ts';
import { exportRules } from './exports.ts';
import { keyServiceRules } from './keyservices.ts';
import { witnessRules } from './ledger.ts';
import { planeSettings } from './settings.ts';

/** How the plane calls control. */
export const CONTROL = { workload: 'border', purpose: 'control' } as const;

type Ground = {
  readonly pool: Pool;
  readonly settings: Settings;
  readonly log: Log;
  readonly opened: Opened;
};

/** A setting that names an address is a rule of its own: who runs the plane has said where it goes. */
export async function openPlaneEgress(
  { pool, settings, log, opened }: Ground,
  ledger: Ledger,
): Promise<Egress> {
  const egress = openEgress({
    pool,
    ledger,
    clock: systemClock,
    random: systemRandom,
    configured: {
      ...controlRule(settings),
      ...keyServiceRules(settings),
      ...witnessRules(settings),
      ...exportRules(settings),
      ...storageRules(settings),
      ...configuredRules(settings.of(egressSettings).rules),
    },
    onFault: (error) => log.error('egress fault', { error }),
  });
  opened.push(() => egress.close());
  await egress.rules.tellConfigured();
  return egress;
}

/** None for a plane that control asks. */
function controlRule(settings: Settings): Readonly<Record<string, RuleSpec>> {
  const { controlMode, controlUrl } = settings.of(planeSettings);
  if (controlMode === 'pull') return {};
  const place = addressIn(controlUrl, 'plane.controlUrl');
  const networks = ['private', 'loopback'];
  return { control: { ...CONTROL, ...place, networks, expiresAtMs: null } };
}

function addressIn(text: string, name: string): { readonly host: string; readonly port: number } {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') {
    return { host: url.hostname.replaceAll(/^\[|\]$/gu, ''), port: Number(url.port || 443) };
  }
  throw new Problem('invalid', `\`${name}\` expected an https address`, {
    hint: 'such as `https://control.example:7080`',
  });
}

/** The forward proxy for other workloads, where it is wanted; gives where it listens. */
export async function openPlaneProxy(
  { settings, log, opened }: Ground,
  egress: Egress,
  certificate: (door: string) => HeldCertificate,
): Promise<string | null> {
  const { proxyListen, proxyTls } = settings.of(egressSettings);
  if (proxyListen === '') return null;
  const at = endpointFrom(proxyListen, 'egress.proxyListen');
  const held = proxyTls === 'off' ? null : certificate('proxy');
  const onFault = (error: Problem) => log.error('egress proxy fault', { error });
  const proxy = await openProxy({
    egress,
    at,
    certificate: held?.current() ?? null,
    onFault,
  });
  held?.onChange((renewed) => proxy.useCertificate(renewed));
  opened.push(() => proxy.close());
  log.info('proxy listening', { address: at.host, port: proxy.port });
  return `${at.host}:${proxy.port}`;
}
