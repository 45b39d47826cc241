import { z } from 'zod';
import { group, setting } from '#platform/settings';

/** Everything about source systems that can be set. */
export const sourceSettings = group('sources', 'Source systems and their dictionaries.', {
  refreshSeconds: setting(z.coerce.number().int().min(1).max(86_400), {
    fallback: 15,
    unit: 'seconds',
    doc: 'How often each source system is looked at for changed tables and columns.',
  }),
});
