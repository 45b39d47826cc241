import { unreachable } from '#base/assert';
import { bindRule, bindTemplate } from './binding.ts';
import type { Binding } from './binding.ts';
import { holdsConstant, isNumeric, isTextual, roundsBy } from './columntype.ts';
import type { Mask, Show } from './decision.ts';
import type { MaskStep, MaskText } from './document.ts';
import type { ColumnPlan } from './policyview.ts';

/** What a step shows of a column, and why it is not what the step says, when it is not. */
export type Shown = { readonly show: Show; readonly fallback: string | null };

export const NULL_SHOW: Show = { kind: 'mask', mask: { kind: 'null' }, where: null };

/** What one step of a mask shows of one column, for the person in the binding. */
export function shown(binding: Binding, column: ColumnPlan, step: MaskStep): Shown {
  if (step.with.kind === 'clear' || step.with.kind === 'hidden') {
    return { show: { kind: step.with.kind }, fallback: null };
  }
  const mask = maskFor(binding, column, step.with);
  const fallback = typeof mask === 'string' ? mask : null;
  const applied: Mask = typeof mask === 'string' ? { kind: 'null' } : mask;
  if (step.where === null) return { show: { kind: 'mask', mask: applied, where: null }, fallback };
  const missed = binding.empty.length;
  const where = bindRule(binding, step.where);
  if (binding.empty.length > missed || where === null || where.kind === 'never') {
    // A condition that cannot be worked out must not unmask: the mask then applies to every row.
    const why =
      fallback ?? `\`where\` has no value: ${binding.empty.at(-1) ?? 'nothing to compare'}`;
    return { show: { kind: 'mask', mask: applied, where: null }, fallback: why };
  }
  return { show: { kind: 'mask', mask: applied, where }, fallback };
}

type Applied = Exclude<MaskText, { kind: 'clear' | 'hidden' }>;

/** The mask with its key and values, or why it cannot be applied to the column, so that NULL stands in for it. */
function maskFor(binding: Binding, column: ColumnPlan, mask: Applied): Mask | string {
  const misfit = `\`${mask.kind}\` does not fit the type \`${column.type}\``;
  switch (mask.kind) {
    case 'null':
      return mask;
    case 'constant':
      return holdsConstant(column.family, mask.value) ? mask : misfit;
    case 'partial':
    case 'regex':
      return isTextual(column.family) ? mask : misfit;
    case 'round':
      return rounds(column, mask) ? mask : misfit;
    case 'hash':
    case 'reversible':
    case 'format-preserving':
      if (column.family !== 'text') return misfit;
      return { ...mask, key: keyScope(binding, column, mask.kind) };
    case 'sql': {
      const expression = bindTemplate(binding, mask.expression, column.name);
      if (expression !== null) return { kind: 'sql', expression };
      return binding.empty.at(-1) ?? binding.unresolved.at(-1) ?? misfit;
    }
    default:
      return unreachable(mask);
  }
}

function rounds(column: ColumnPlan, mask: Extract<MaskText, { kind: 'round' }>): boolean {
  if ('unit' in mask) return roundsBy(column.family, mask.unit);
  return isNumeric(column.family);
}

/** A project with masked joins lends its key, so that equal values match across its sources and columns. */
function keyScope(binding: Binding, column: ColumnPlan, kind: Mask['kind']): string {
  const { project } = binding.acting;
  if (project?.sharesKey === true) return `project/${project.id}`;
  const source = `source/${binding.plan.traits.facts.id}`;
  return kind === 'format-preserving' ? `${source}/column/${column.name}` : source;
}
