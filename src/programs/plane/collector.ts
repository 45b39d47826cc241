import { cellsOf, columnOf, maskColumn } from '#engines/crypto';
import type { Pool } from '#platform/db';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
import { systemClock, systemRandom } from '#platform/telemetry';
import type { Log } from '#platform/telemetry';
import type { Border } from '#plane/border';
import { collectorSettings, openCollector } from '#plane/collector';
import type { Collector } from '#plane/collector';
import type { Egress } from '#plane/egress';
import type { Keyring } from '#plane/keys';
import type { Ledger } from '#plane/ledger';
import type { Operator } from '#plane/operator';
import type { Sources } from '#plane/sources';

type Ground = {
  readonly pool: Pool;
  readonly settings: Settings;
  readonly log: Log;
  readonly opened: Opened;
};

type Parts = {
  readonly ledger: Ledger;
  readonly egress: Egress;
  readonly keyring: Keyring;
  readonly border: Border<unknown>;
  readonly sources: Sources;
  readonly operator: Pick<Operator, 'quarantine'>;
};

/** Key of the digests that stand for values in what control is told: it never rolls by itself, or series would end. */
const DIGEST_SCOPE = 'consistent/observe';

export async function openPlaneCollector(
  { pool, settings, log, opened }: Ground,
  { ledger, egress, keyring, border, sources, operator }: Parts,
): Promise<Collector> {
  const { testSampleRowCount, duckdbDirectory, jobsAtOnce } = settings.of(collectorSettings);
  const collector = await openCollector({
    pool,
    ledger,
    border,
    egress,
    sealer: keyring,
    sources,
    digest: async (texts) => {
      const { maskKey } = await keyring.use(DIGEST_SCOPE);
      return cellsOf(maskColumn(columnOf(texts), { kind: 'hash' }, maskKey)).map(
        (cell) => cell ?? '',
      );
    },
    clock: systemClock,
    random: systemRandom,
    sampleRowsMax: testSampleRowCount,
    duckdbDirectory,
    jobsAtOnce,
    onRejected: (rejected) => operator.quarantine.keep({ channel: 'collector', ...rejected }),
    onFault: (error, what) => log.warn('collector fault', { system: what, error }),
  });
  opened.push(() => collector.stop());
  return collector;
}
