import {
  familyOf,
  holdsConstant,
  holdsDates,
  isNumeric,
  isTextual,
  roundsBy,
} from './columntype.ts';
import type { MaskPolicy, MaskText, Policy } from './document.ts';
import { glob } from './glob.ts';
import { stepReferences } from './reference.ts';
import type { Reference } from './reference.ts';
import { compileTarget, covers, lineages } from './target.ts';
import type { SourceTraits } from './target.ts';

/** Sources named in one warning; the count says how many more there are. */
const NAMED_MAX = 3;

/** What will not work as its author may think, source by source: applied nowhere, denied, or NULL by type. */
export function misfits(policy: Policy, sources: readonly SourceTraits[]): readonly string[] {
  const target = compileTarget(policy.target);
  const covered = sources.filter((source) => covers(target, source));
  if (covered.length === 0) return ['the target matches no source'];
  if (policy.kind === 'SubscriptionPolicy') return [];
  if (policy.does === 'rows') {
    return policy.steps.flatMap((step) => missing(stepReferences(step), covered));
  }
  return maskMisfits(policy, covered);
}

function maskMisfits(policy: MaskPolicy, covered: readonly SourceTraits[]): readonly string[] {
  const columns = covered.flatMap((source) => selected(policy, source));
  if (columns.length === 0) return ['the mask selects no column'];
  const affected = covered.filter((source) => selected(policy, source).length > 0);
  return policy.steps.flatMap((step) => {
    return [...missing(stepReferences(step), affected), ...typeMisfits(step.with, columns)];
  });
}

type Selected = { readonly name: string; readonly type: string };

function selected(policy: MaskPolicy, source: SourceTraits): readonly Selected[] {
  const { tags, names } = policy.columns;
  const patterns = names.map((name) => glob(name, 'ignore-case'));
  return source.facts.columns
    .filter((column) => {
      const own = lineages(column.tags);
      return tags.some((tag) => own.has(tag)) || patterns.some((one) => one.test(column.name));
    })
    .map(({ name, type }) => ({ name: `${source.name}.${name}`, type }));
}

function typeMisfits(mask: MaskText, columns: readonly Selected[]): readonly string[] {
  const bad = columns.filter((column) => !fits(mask, column.type));
  const named = bad.map(({ name, type }) => `\`${name}\` (${type})`);
  return bad.length === 0 ? [] : [`\`${mask.kind}\` becomes NULL on ${listed(named)}`];
}

function fits(mask: MaskText, type: string): boolean {
  const family = familyOf(type);
  switch (mask.kind) {
    case 'constant':
      return holdsConstant(family, mask.value);
    case 'partial':
    case 'regex':
      return isTextual(family);
    case 'round':
      return 'unit' in mask ? roundsBy(family, mask.unit) : isNumeric(family);
    case 'hash':
    case 'reversible':
    case 'format-preserving':
      return family === 'text';
    case 'clear':
    case 'hidden':
    case 'null':
    case 'sql':
      return true;
    default:
      return false;
  }
}

/** References that do not lead to one fitting column, with the sources they deny. */
function missing(
  references: readonly Reference[],
  sources: readonly SourceTraits[],
): readonly string[] {
  return references.flatMap((reference) => {
    const bad = sources.filter((source) => !leadsSomewhere(reference, source));
    const named = bad.map((source) => `\`${source.name}\``);
    return bad.length === 0
      ? []
      : [`it needs ${described(reference)}, so it denies ${listed(named)}`];
  });
}

function leadsSomewhere({ column, dates }: Reference, source: SourceTraits): boolean {
  const [found, ...more] = source.facts.columns.filter((one) =>
    column.kind === 'column' ? one.name === column.column : lineages(one.tags).has(column.tag),
  );
  if (found === undefined || more.length > 0) return false;
  return !dates || holdsDates(familyOf(found.type));
}

function described({ column, dates }: Reference): string {
  const what = dates ? ' of dates or times' : '';
  if (column.kind === 'tag') return `one column${what} tagged \`${column.tag}\``;
  return `a column \`${column.column}\`${what}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_MAX).join(', ');
  const more = names.length - NAMED_MAX;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
