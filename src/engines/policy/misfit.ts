import { familyOf, holdsConstant, isNumeric, isTextual, roundsBy } from './columntype.ts';
import type { ColumnReference, MaskPolicy, MaskText, Policy, RowRule } from './document.ts';
import { glob } from './glob.ts';
import { compileTarget, covers, lineages } from './target.ts';
import type { SourceTraits } from './target.ts';
import { tokens } from './template.ts';

/** Sources named in one warning; the count says how many more there are. */
const NAMED_MAX = 3;

/** What will not work as its author may think, source by source: applied nowhere, denied, or NULL by type. */
export function misfits(policy: Policy, sources: readonly SourceTraits[]): readonly string[] {
  const target = compileTarget(policy.target);
  const covered = sources.filter((source) => covers(target, source));
  if (covered.length === 0) return ['the target matches no source'];
  if (policy.kind === 'SubscriptionPolicy') return [];
  if (policy.does === 'rows') {
    const rules = policy.steps.map((step) => step.keep);
    return rules.flatMap((rule) => missing(ruleReferences(rule), covered));
  }
  return maskMisfits(policy, covered);
}

function maskMisfits(policy: MaskPolicy, covered: readonly SourceTraits[]): readonly string[] {
  const columns = covered.flatMap((source) => selected(policy, source));
  if (columns.length === 0) return ['the mask selects no column'];
  const affected = covered.filter((source) => selected(policy, source).length > 0);
  return policy.steps.flatMap((step) => {
    const where = step.where === null ? [] : ruleReferences(step.where);
    const own = step.with.kind === 'sql' ? sqlReferences(step.with.expression) : [];
    return [...missing([...where, ...own], affected), ...typeMisfits(step.with, columns)];
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

/** References that do not lead to exactly one column, with the sources they deny. */
function missing(
  references: readonly ColumnReference[],
  sources: readonly SourceTraits[],
): readonly string[] {
  return references.flatMap((reference) => {
    const bad = sources.filter((source) => leadsTo(reference, source) !== 1);
    const what =
      reference.kind === 'tag'
        ? `one column tagged \`${reference.tag}\``
        : `a column \`${reference.column}\``;
    const named = bad.map((source) => `\`${source.name}\``);
    return bad.length === 0 ? [] : [`it needs ${what}, so it denies ${listed(named)}`];
  });
}

function leadsTo(reference: ColumnReference, source: SourceTraits): number {
  const { columns } = source.facts;
  if (reference.kind === 'column') {
    return columns.filter((column) => column.name === reference.column).length;
  }
  return columns.filter((column) => lineages(column.tags).has(reference.tag)).length;
}

function ruleReferences(rule: RowRule): readonly ColumnReference[] {
  switch (rule.kind) {
    case 'match':
    case 'age':
    case 'sample':
      return [rule.column];
    case 'sql':
      return sqlReferences(rule.sql);
    case 'all-of':
    case 'any-of':
      return rule.rules.flatMap((part) => ruleReferences(part));
    case 'all':
    case 'none':
    case 'purposes':
      return [];
    default:
      return [];
  }
}

function sqlReferences(sql: string): readonly ColumnReference[] {
  return tokens(sql).flatMap((token): ColumnReference[] => {
    if (token.kind === 'columnTagged') return [{ kind: 'tag', tag: token.tag }];
    return token.kind === 'column' ? [{ kind: 'column', column: token.name }] : [];
  });
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_MAX).join(', ');
  const more = names.length - NAMED_MAX;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
