import type { Pool } from '#platform/db';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
import { systemClock, systemRandom } from '#platform/telemetry';
import type { Log as TextLog } from '#platform/telemetry';
import type { Keyring } from '#plane/keys';
import type { Ledger, Log } from '#plane/ledger';
import { openOperator, operatorSettings } from '#plane/operator';
import type { Operator } from '#plane/operator';

type Ground = {
  readonly settings: Settings;
  readonly plane: string;
  readonly pool: Pool;
  readonly log: TextLog;
  readonly opened: Opened;
};

/** Acts of the API that a grant to operate may name: they change the plane and show no data. */
const OPERATIONS = ['rollKeys', 'rewrapKeys'];

export async function openPlaneOperator(
  { settings, plane, pool, log: text, opened }: Ground,
  {
    ledger,
    log,
    keyring,
  }: { readonly ledger: Ledger; readonly log: Log; readonly keyring: Keyring },
): Promise<Operator> {
  const wanted = settings.of(operatorSettings);
  const { breakGlassApprovals, emergency, quarantineDays, quarantineMegabytes } = wanted;
  const operator = await openOperator({
    plane,
    pool,
    ledger,
    log,
    sealer: keyring,
    clock: systemClock,
    steady: () => performance.now(),
    random: systemRandom,
    breakGlassApprovals,
    emergency: emergency === 'on',
    operations: OPERATIONS,
    databaseUrl: wanted.databaseUrl ?? null,
    outputDays: wanted.outputDays,
    quarantine: { keepDays: quarantineDays, bytesMax: quarantineMegabytes * 1_000_000 },
    onFault: (error) => text.error('operator access fault', { error }),
  });
  opened.push(() => operator.close());
  return operator;
}
