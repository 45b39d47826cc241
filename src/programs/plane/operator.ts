import type { Pool } from '#platform/db';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
import { systemClock, systemRandom } from '#platform/telemetry';
import type { Log as TextLog } from '#platform/telemetry';
import type { Ledger, Log } from '#plane/ledger';
import { openOperator, operatorSettings } from '#plane/operator';
import type { Operator } from '#plane/operator';

type Ground = {
  readonly settings: Settings;
  readonly pool: Pool;
  readonly log: TextLog;
  readonly opened: Opened;
};

/** Acts of the API that a grant to operate may name: they change the plane and show no data. */
const OPERATIONS = ['rollKeys', 'rewrapKeys'];

export function openPlaneOperator(
  { settings, pool, log, opened }: Ground,
  parts: { readonly ledger: Ledger; readonly log: Log },
): Operator {
  const { breakGlassApprovals, emergency } = settings.of(operatorSettings);
  const operator = openOperator({
    pool,
    ...parts,
    clock: systemClock,
    steady: () => performance.now(),
    random: systemRandom,
    breakGlassApprovals,
    emergency: emergency === 'on',
    operations: OPERATIONS,
    onFault: (error) => log.error('operator access fault', { error }),
  });
  opened.push(() => operator.close());
  return operator;
}
