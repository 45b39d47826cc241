import { z } from 'zod';
import { group, setting } from '#platform/settings';

/** How targets of connections are called. */
export const connectionSettings = group(
  'connections',
  'Calls to third parties and applications behind connections.',
  {
    callSeconds: setting(z.number().int().min(1).max(120), {
      fallback: 30,
      doc: 'How long a target has for its whole answer.',
    }),
  },
);
