import { z } from 'zod';
import { group, setting } from '#platform/settings';

/** Everything about the vault that can be set. */
export const vaultSettings = group('vault', 'The data privacy vault of the plane.', {
  filesDirectory: setting(z.string(), {
    fallback: '',
    doc: 'Directory of the sealed files of vaults, or a bucket such as `s3://example-privet/plane-1/files?region=eu-west-1`; `vault-files` in the plane directory when empty.',
  }),
  subjectKeysDirectory: setting(z.string(), {
    fallback: '',
    doc: 'Directory of the keys of data subjects, never a bucket, which may keep what was deleted; `vault-subject-keys` in the plane directory when empty. Keep it out of the backups of the database and of the files: forgetting somebody destroys what is here.',
  }),
  verifyCron: setting(
    z.string().regex(/^(?:|\S+ \S+ \S+ \S+ \S+)$/u, 'expected five fields of cron'),
    {
      fallback: '17 3 * * *',
      doc: 'When every vault is compared with the ledger, as five fields of cron in UTC; never when empty. What was changed or put back behind its back is an alarm.',
    },
  ),
  tendSeconds: setting(z.coerce.number().min(1).max(3_600), {
    fallback: 30,
    unit: 'seconds',
    doc: 'How often schema changes, interrupted forgetting and what has expired are looked after.',
  }),
});
