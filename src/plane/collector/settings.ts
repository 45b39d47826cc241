import { z } from 'zod';
import { group, setting } from '#platform/settings';

export const collectorSettings = group(
  'collector',
  'What watches tables and pipelines: monitors, tests, artifacts.',
  {
    testSampleRowCount: setting(z.int().min(0).max(1_000), {
      fallback: 100,
      unit: 'rows',
      doc: 'Failed rows any test may keep in its warehouse; a monitor keeps 5 unless it says otherwise. `0` keeps none anywhere.',
    }),
    duckdbDirectory: setting(z.string(), {
      fallback: '',
      doc: 'Directory that DuckDB files must lie in to be watched; none are when empty.',
    }),
    jobsAtOnce: setting(z.int().min(1).max(32), {
      fallback: 2,
      unit: 'jobs',
      doc: 'Monitors that run at the same time; those of one warehouse run one after another.',
    }),
  },
);
