import type { Decision, Mask, Predicate, Reason, Show, SqlTemplate } from './decision.ts';

const TOPICS = [
  ['subject', 'who asks'],
  ['source', 'what is asked for'],
  ['project', 'acting project'],
  ['purpose', 'purpose'],
  ['subscription', 'may they see the source'],
  ['rows', 'which rows'],
  ['mask', 'what columns show'],
] as const;

/**
 * The proof of a decision as an indented list, one line each: the answer first, below it every policy that was
 * considered, what came of it and by which rule. Takes decisions with their bound values, and those without.
 */
export function explain(decision: Decision): readonly string[] {
  const lines = [`${decision.id}: ${decision.effect}`];
  if (decision.effect === 'allow') {
    lines.push(`  rows: ${decision.filter === null ? 'all' : describePredicate(decision.filter)}`);
    for (const { name, show } of decision.columns) lines.push(`  ${name}: ${describeShow(show)}`);
  }
  for (const [about, title] of TOPICS) {
    const reasons = decision.reasons.filter((reason) => reason.about === about);
    if (reasons.length > 0) lines.push(`  ${title}`, ...reasons.map((one) => `    ${line(one)}`));
  }
  return lines;
}

function line({ policy, clause, column, outcome, rule }: Reason): string {
  const who = policy === null ? 'built-in rule' : `policy ${policy}`;
  const where = clause === null ? '' : ` (${clause})`;
  const what = column === null ? '' : `${column}: `;
  return `${what}${who}${where} ${outcome}: ${rule}`;
}

/** What a column shows, in a few words. */
export function describeShow(show: Show): string {
  if (show.kind !== 'mask') return show.kind;
  const where = show.where === null ? '' : ` unless false: ${describePredicate(show.where)}`;
  return `${describeMask(show.mask)}${where}`;
}

/** A mask with its parameters, in a few words. */
function describeMask(mask: Mask): string {
  switch (mask.kind) {
    case 'null':
      return 'NULL';
    case 'constant':
      return `constant '${mask.value}'`;
    case 'partial':
      return `partial, first ${mask.keepFirst} and last ${mask.keepLast} kept`;
    case 'regex':
      return `regex /${mask.pattern}/${mask.flags} → '${mask.replacement}'`;
    case 'round':
      return 'unit' in mask ? `rounded to the ${mask.unit}` : `rounded to ${mask.bucket}`;
    case 'hash':
    case 'reversible':
    case 'format-preserving':
      return `${mask.kind} (key ${mask.key})`;
    case 'sql':
      return `sql ${describeTemplate(mask.expression)}`;
    default:
      return 'masked';
  }
}

/** A predicate as readable, SQL-like text. */
export function describePredicate(predicate: Predicate): string {
  switch (predicate.kind) {
    case 'never':
      return 'none';
    case 'and':
    case 'or': {
      const terms = predicate.terms.map((term) => `(${describePredicate(term)})`);
      return terms.join(` ${predicate.kind} `);
    }
    case 'not':
      return `not (${describePredicate(predicate.term)})`;
    case 'in':
      return `${predicate.column} in ${describeValues(predicate.values)}`;
    case 'within':
      return `${predicate.column} ${predicate.side} than ${predicate.seconds} s`;
    case 'sample':
      return `${predicate.percent} % by ${predicate.column}`;
    case 'sql':
      return describeTemplate(predicate.template);
    default:
      return 'filtered';
  }
}

/** Stored decisions have a count in place of bound values. */
function describeValues(values: readonly string[] | number): string {
  if (typeof values === 'number') return `(${values} values)`;
  return `(${values.map((value) => `'${value}'`).join(', ')})`;
}

function describeTemplate(template: SqlTemplate): string {
  return template
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if ('column' in piece) return `"${piece.column}"`;
      if ('texts' in piece) return describeValues(piece.texts);
      return describeValues(typeof piece.text === 'number' ? piece.text : [piece.text]);
    })
    .join('')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}
