import { z } from 'zod';
import { group, setting } from '#platform/settings';

/** Everything about the ledger of a plane that can be set. */
export const ledgerSettings = group('ledger', 'The ledger of the plane, as a transparency log.', {
  origin: setting(z.string(), {
    fallback: '',
    doc: 'Name of the log for ever, such as `privet.example.com/main`; `privet.local/<plane>` when empty.',
  }),
  directory: setting(z.string(), {
    fallback: '',
    doc: 'Directory of the tiles and checkpoints; `ledger` in the directory of the plane when empty.',
  }),
  witnessPolicyFile: setting(z.string(), {
    fallback: '',
    doc: 'File of C2SP tlog-policy with the witnesses to ask and the quorum it takes; nobody is asked when empty.',
  }),
  witnessAuthorityFile: setting(z.string(), {
    fallback: '',
    doc: 'PEM file with the authorities to believe about witnesses; those of the system when empty.',
  }),
  coverSeconds: setting(z.coerce.number().min(1).max(300), {
    fallback: 10,
    unit: 'seconds',
    doc: 'How long an act that must be logged first waits for its checkpoint before it is refused.',
  }),
});
