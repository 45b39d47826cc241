import type { Pool } from '#platform/db';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
import { systemClock } from '#platform/telemetry';
import type { Log as TextLog } from '#platform/telemetry';
import { keySettings, openKeyring, openRewrapping } from '#plane/keys';
import type { Keyring, Rewrapping } from '#plane/keys';
import type { Ledger, Log } from '#plane/ledger';
import type { KeyServices } from './keyservices.ts';

/** Data keys are looked over this often; their age is counted in days. */
const ROLLOVER_EVERY_MS = 60 * 60 * 1000;
const DAY_SECONDS = 24 * 60 * 60;

type Ground = {
  readonly settings: Settings;
  readonly plane: string;
  readonly pool: Pool;
  readonly log: TextLog;
  readonly opened: Opened;
};

/** The keyring, which asks its key service only for what the log covers. */
export function openPlaneKeyring(
  { pool, plane, log: text, settings, opened }: Ground,
  {
    ledger,
    log,
    keyServices,
  }: { readonly ledger: Ledger; readonly log: Log; readonly keyServices: KeyServices },
): Keyring {
  const keyring = openKeyring({
    pool,
    ...keyServices,
    plane,
    cacheSeconds: settings.of(keySettings).cacheSeconds,
    record: (leaf, tx) => (tx === null ? ledger.write(leaf) : ledger.append(tx, leaf)),
    covered: (index) => log.covered(index),
    onFault: (error) => text.error('key service fault', { error }),
  });
  opened.push(() => keyring.close());
  return keyring;
}

export async function openPlaneRewrapping(
  { pool, log, opened }: Ground,
  keyring: Keyring,
): Promise<Rewrapping> {
  const rewrapping = await openRewrapping({
    pool,
    keyring,
    clock: systemClock,
    onFault: (error) => log.error('data keys could not be wrapped anew', { error }),
  });
  opened.push(() => rewrapping.close());
  return rewrapping;
}

export function rollKeys({ settings, log, opened }: Ground, keyring: Keyring): void {
  const { rolloverDays } = settings.of(keySettings);
  const roll = async () => {
    try {
      for (const { scope } of await keyring.rollDue(rolloverDays * DAY_SECONDS)) {
        log.info('data key rolled', { key: scope });
      }
    } catch (error) {
      log.error('data keys could not be rolled', { error });
    }
  };
  const timer = setInterval(() => void roll(), ROLLOVER_EVERY_MS);
  timer.unref();
  opened.push(() => clearInterval(timer));
}
