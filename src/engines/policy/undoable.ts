import type { Mask } from './decision.ts';
import type { PolicyView } from './policyview.ts';
import { sourcePlan } from './sourceplan.ts';

export type UndoableMask = Extract<Mask, { kind: 'reversible' | 'format-preserving' }>;

/**
 * The masks that policies show somebody for a column and that can be undone, with the keys they use for a person who
 * acts in `project` (id or name), or in none. Empty when the column has no such mask, is not
 * there, or its source is not one of the project.
 */
export function undoableMasks(
  view: PolicyView,
  at: { readonly source: string; readonly column: string; readonly project: string | null },
): readonly UndoableMask[] {
  const source = view.sources.get(at.source);
  if (source === undefined) return [];
  const column = sourcePlan(view, source).columns.find((known) => known.name === at.column);
  if (column === undefined || column.family !== 'text') return [];
  const project = at.project === null ? undefined : view.projects.get(at.project);
  if (at.project !== null && !project?.sources.some((pattern) => pattern.test(source))) return [];
  const shared = project?.facts.maskedJoins === true ? `project/${project.facts.id}` : null;
  const own = `source/${at.source}`;
  return (column.mask?.document.steps ?? []).flatMap(({ with: mask }): readonly UndoableMask[] => {
    if (mask.kind === 'reversible') return [{ ...mask, key: shared ?? own }];
    if (mask.kind !== 'format-preserving') return [];
    return [{ ...mask, key: shared ?? `${own}/column/${at.column}` }];
  });
}
