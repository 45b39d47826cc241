import { z } from 'zod';
import type { Party } from '#plane/operator';
import type { Caller } from './guard.ts';

export const personShape = z.object({
  id: z.string(),
  name: z.string().nullable().describe('null for somebody control does not know any more'),
});

/** The caller, as grants know people. */
export function partyOf({
  caller,
  requestId,
}: {
  readonly caller: Caller;
  readonly requestId: string;
}): Party {
  const { id, kind, permissions } = caller.subject;
  const standing: Party['standing'] = (wanted) =>
    caller.bundle.subjects.find((one) => one.id === wanted && one.state === 'active');
  return { id, kind, permissions, session: requestId, standing };
}

/** A person by id, with the name control gives them now. */
export function personOf({ bundle }: Caller, id: string): z.output<typeof personShape> {
  return { id, name: bundle.subjects.find((subject) => subject.id === id)?.name ?? null };
}
