import { z } from 'zod';
import { group, setting, type SettingValues } from '#platform/settings';

const MIB = 1024 * 1024;
const whole = (most: number) => z.coerce.number().int().min(1).max(most);

/** Everything about queries over vaults that can be set. */
export const vaultQuerySettings = group(
  'vaultQuery',
  'SQL over vaults, at the vault’s API and at the gateway.',
  {
    executorsMax: setting(whole(64), {
      fallback: 2,
      unit: 'executors',
      doc: 'PostgreSQL engines in memory that work out answers, each for one statement at a time; the first query starts one. Each takes about 400 MB.',
    }),
    executorIdleSeconds: setting(whole(86_400), {
      fallback: 300,
      unit: 'seconds',
      doc: 'How long an engine may be idle before it is closed.',
    }),
    secondsMax: setting(whole(3_600), {
      fallback: 30,
      unit: 'seconds',
      doc: 'Time one statement may take to bring its rows together, and again to be worked out.',
    }),
    rowsScannedMax: setting(whole(100_000_000), {
      fallback: 250_000,
      unit: 'records',
      doc: 'Records one statement may look at.',
    }),
    loadedBytesMax: setting(whole(256 * MIB), {
      fallback: 64 * MIB,
      unit: 'bytes',
      doc: 'Values one statement may be worked out from.',
    }),
    rowsAnsweredMax: setting(whole(100_000_000), {
      fallback: 100_000,
      unit: 'rows',
      doc: 'Rows one statement may answer.',
    }),
    answerBytesMax: setting(whole(1024 * MIB), {
      fallback: 32 * MIB,
      unit: 'bytes',
      doc: 'Size of one answer.',
    }),
  },
);

export type VaultQuerySettings = SettingValues<typeof vaultQuerySettings>;
