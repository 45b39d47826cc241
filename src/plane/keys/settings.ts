import { z } from 'zod';
import { KEY_CACHE_SECONDS } from '#base/limits';
import { group, setting } from '#platform/settings';

/** Everything about data keys that can be set. */
export const keySettings = group('keys', 'The keyring of the plane.', {
  service: setting(z.string(), {
    fallback: '',
    doc: 'Address of the key that wraps data keys, such as `aws-kms:arn:…` ([choose a key service](tasks/choose-a-key-service.md)); the file of `keys.masterKeyFile` when empty.',
  }),
  formerServices: setting(z.array(z.string()).max(10), {
    fallback: [],
    doc: 'Addresses of keys that wrapped data keys before, still needed until `privet key rewrap` has finished.',
  }),
  masterKeyFile: setting(z.string(), {
    fallback: '',
    doc: 'File of the master key that wraps data keys, mode 0600; `privet up` makes one in its home.',
  }),
  cacheSeconds: setting(z.coerce.number().min(1).max(KEY_CACHE_SECONDS), {
    fallback: KEY_CACHE_SECONDS,
    unit: 'seconds',
    doc: 'How long a data key stays in memory before the key service is asked again: the bound of the kill switch.',
  }),
  rolloverDays: setting(z.coerce.number().int().min(1).max(3_650), {
    fallback: 90,
    unit: 'days',
    doc: 'Age at which keys of rolling scopes get a newer version; keys of consistent scopes never roll by age.',
  }),
});
