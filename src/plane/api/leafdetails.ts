import type { Caller } from './guard.ts';

/** Whether the caller sees what leaves commit to: names, networks and words of people are for auditors, not for who runs the plane. */
export function seesDetails({ subject }: Pick<Caller, 'subject'>): boolean {
  return subject.permissions.includes('auditor');
}
