import { z } from 'zod';
import { group, setting } from '#platform/settings';

/** Everything about `privet up` itself that can be set. */
export const upSettings = group('up', 'Everything on one machine: `privet up`.', {
  adminName: setting(z.string().regex(/^[a-z][a-z0-9._-]{0,62}$/u), {
    fallback: 'admin',
    doc: 'Name of the first account, made on first start with a random password.',
  }),
  planeName: setting(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/u), {
    fallback: 'main',
    doc: 'Name of the data plane on this machine, given on first start.',
  }),
  postgres: setting(z.enum(['any', 'system', 'package']), {
    fallback: 'any',
    doc: 'Which PostgreSQL to run: the newest of the system before the one from npm (`any`), or only one of them.',
  }),
});
