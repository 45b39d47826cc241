import type { Pool } from '#platform/db';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
import { systemClock, systemRandom } from '#platform/telemetry';
import type { Log as TextLog } from '#platform/telemetry';
import type { Keyring } from '#plane/keys';
import type { Ledger, Log } from '#plane/ledger';
import { OPERATOR_ACTS } from '#plane/api';
import { noteVersion, openOperator, operatorSettings } from '#plane/operator';
import type { Operator } from '#plane/operator';

type Ground = {
  readonly settings: Settings;
  readonly plane: string;
  readonly version: string;
  readonly pool: Pool;
  readonly log: TextLog;
  readonly opened: Opened;
};

export async function openPlaneOperator(
  { settings, plane, version, pool, log: text, opened }: Ground,
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
    operations: OPERATOR_ACTS,
    standing: wanted.standing === 'operate',
    databaseUrl: wanted.databaseUrl ?? null,
    outputDays: wanted.outputDays,
    quarantine: { keepDays: quarantineDays, bytesMax: quarantineMegabytes * 1_000_000 },
    onFault: (error) => text.error('operator access fault', { error }),
  });
  opened.push(() => operator.close());
  await noteVersion({ pool, ledger, grants: operator.grants }, { version, nowMs: systemClock() });
  return operator;
}
