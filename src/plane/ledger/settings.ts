import { z } from 'zod';
import { group, setting } from '#platform/settings';

/** A hundred years is for ever. */
const DAYS = z.int().min(1).max(36_500);

/** Everything about the ledger of a plane that can be set. */
export const ledgerSettings = group('ledger', 'The ledger of the plane, as a transparency log.', {
  origin: setting(z.string(), {
    fallback: '',
    doc: 'Name of the log for ever, such as `privet.example.com/main`; `privet.local/<plane>` when empty.',
  }),
  directory: setting(z.string(), {
    fallback: '',
    doc: 'Directory of the tiles and checkpoints, or a bucket such as `s3://example-privet/plane-1/ledger?region=eu-west-1`; `ledger` in the directory of the plane when empty.',
  }),
  witnessPolicyFile: setting(z.string(), {
    fallback: '',
    doc: 'File of C2SP tlog-policy with the witnesses to ask and the quorum it takes; nobody is asked when empty.',
  }),
  witnessAuthorityFile: setting(z.string(), {
    fallback: '',
    doc: 'PEM file with the authorities to believe about witnesses; those of the system when empty.',
  }),
  retentionDays: setting(
    z.strictObject({
      access: DAYS.default(365),
      administration: DAYS.default(365),
      keys: DAYS.default(365),
      operation: DAYS.default(365),
      details: DAYS.default(365),
    }),
    {
      fallback: { access: 365, administration: 365, keys: 365, operation: 365, details: 365 },
      unit: 'days',
      doc: 'How long leaves of each category are kept before entries are pruned, and how long what people wrote (`details`) before it is erased.',
    },
  ),
  coverSeconds: setting(z.coerce.number().min(1).max(300), {
    fallback: 10,
    unit: 'seconds',
    doc: 'How long an act that must be logged first waits for its checkpoint before it is refused.',
  }),
});
