import { z } from 'zod';
import { group, setting } from '#platform/settings';

/** How callers reach the vault's API. */
export const vaultApiSettings = group(
  'vaultApi',
  'The web API of the vault, on the listener of the plane.',
  {
    addresses: setting(z.array(z.string().max(300)).max(20), {
      fallback: [],
      doc: 'Addresses by which service accounts reach this plane, such as `https://vault.example`: an assertion must name one of them. The address the plane listens on counts by itself. Links to files name the one they were asked for at, or the first.',
    }),
    streamWaitSeconds: setting(z.int().min(1).max(3_600), {
      fallback: 60,
      unit: 's',
      doc: 'How long a batch of a stream of rows may take to come, and a piece of an answer that streams to be taken; who is slower is cut off, so that nobody holds a place for ever.',
    }),
  },
);
