import type { CollectorSettings } from '../context.ts';

/** Names of people and groups control knows anyhow: an owner of that name may be told as written. */
export function knownNames(settings: Pick<CollectorSettings, 'border'>): ReadonlySet<string> {
  const state = settings.border.current();
  const subjects = state.kind === 'none' ? [] : state.bundle.subjects;
  return new Set(subjects.flatMap(({ name, groups }) => [name, ...groups]));
}
