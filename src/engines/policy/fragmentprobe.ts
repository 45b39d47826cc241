import { unreachable } from '#base/assert';
import type { SqlPiece, SqlTemplate } from './decision.ts';
import type { ColumnFacts, SourceFacts } from './facts.ts';
import { sqlTexts } from './fragments.ts';
import { fullName, glob } from './glob.ts';
import type { Policy } from './document.ts';
import type { Authored } from './readdocument.ts';
import type { FragmentMention } from './reader.ts';
import { compileTarget, covers, lineages, traitsOf } from './target.ts';
import type { SourceTraits } from './target.ts';
import { tokens } from './template.ts';
import type { Token } from './template.ts';

/** Tables one fragment is tried on: those of one shape answer alike, and a policy for all tables has thousands. */
const PROBES_PER_FRAGMENT_MAX = 20;

/** A policy's SQL as it would be used on one source, with made-up values in place of a person's. */
export type FragmentProbe = {
  readonly policy: string;
  readonly kind: FragmentMention['kind'];
  readonly where: FragmentMention['where'];
  readonly source: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly template: SqlTemplate;
};

/** Every SQL fragment of the set on sources it is about, for PostgreSQL's own parser to look at. */
export function fragmentProbes(
  set: readonly Authored[],
  sources: readonly SourceFacts[],
): readonly FragmentProbe[] {
  const traits = sources.map((source) => traitsOf(source));
  return set.flatMap((authored) => {
    const { document, fragments } = authored;
    const isPolicy = document.kind === 'SubscriptionPolicy' || document.kind === 'DataPolicy';
    if (!isPolicy || sqlTexts(document).length === 0) return [];
    const target = compileTarget(document.target);
    const covered = traits.filter((source) => covers(target, source));
    return fragments.flatMap((fragment) => probesOf(document, fragment, covered));
  });
}

function probesOf(
  policy: Policy,
  fragment: FragmentMention,
  covered: readonly SourceTraits[],
): readonly FragmentProbe[] {
  const probes: FragmentProbe[] = [];
  for (const { facts } of covered) {
    if (probes.length >= PROBES_PER_FRAGMENT_MAX) break;
    const masked = maskedColumn(policy, facts.columns);
    if (masked === undefined) continue;
    const template = sampleTemplate(facts, fragment.sql, masked);
    if (template === null) continue;
    const { kind, where } = fragment;
    const columns = facts.columns.map(({ name, type }) => ({ name, type }));
    probes.push({ policy: policy.name, kind, where, source: fullName(facts), columns, template });
  }
  return probes;
}

/** The first column the mask selects, null for a row policy, undefined when the mask selects none. */
function maskedColumn(policy: Policy, columns: readonly ColumnFacts[]): string | null | undefined {
  if (policy.kind !== 'DataPolicy' || policy.does !== 'mask') return null;
  const patterns = policy.columns.names.map((name) => glob(name, 'ignore-case'));
  return columns.find((column) => {
    const own = lineages(column.tags);
    return (
      policy.columns.tags.some((tag) => own.has(tag)) ||
      patterns.some((pattern) => pattern.test(column.name))
    );
  })?.name;
}

/** The fragment with made-up values; null when a column it names is missing, which `check` tells apart. */
function sampleTemplate(source: SourceFacts, sql: string, self: string | null): SqlTemplate | null {
  const pieces = tokens(sql).map((token) => samplePiece(token, source, self));
  return pieces.includes(null) ? null : pieces.filter((piece) => piece !== null);
}

function samplePiece(token: Token, source: SourceFacts, self: string | null): SqlPiece | null {
  switch (token.kind) {
    case 'text':
      return token.text;
    case 'user':
    case 'purpose':
      return { text: 'value' };
    case 'groups':
    case 'attr':
      return { texts: ['value'] };
    case 'value':
      return columnPiece(self === null ? [] : [self]);
    case 'column':
      return columnPiece(source.columns.map(({ name }) => name).filter((n) => n === token.name));
    case 'columnTagged': {
      const tagged = source.columns.filter((column) => lineages(column.tags).has(token.tag));
      return columnPiece(tagged.map(({ name }) => name));
    }
    default:
      return unreachable(token);
  }
}

function columnPiece(names: readonly string[]): SqlPiece | null {
  const [column, ...more] = names;
  return column === undefined || more.length > 0 ? null : { column };
}
