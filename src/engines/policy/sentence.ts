import { unreachable } from '#base/assert';
import type {
  Clause,
  ColumnReference,
  MaskPolicy,
  MaskText,
  RowPolicy,
  RowRule,
  SubscriptionPolicy,
  Target,
  Who,
} from './document.ts';
import type { PrivetDocument } from './privetdocument.ts';
import { vaultSentence } from './vaultsentence.ts';

/** The document as one English sentence: what it says, to whom, about what, with its exceptions. */
export function sentence(document: PrivetDocument): string {
  switch (document.kind) {
    case 'SubscriptionPolicy':
      return finished(document, subscriptionSentence(document));
    case 'DataPolicy':
      return finished(
        document,
        document.does === 'mask' ? maskSentence(document) : rowSentence(document),
      );
    case 'VaultPolicy':
      return finished(
        document,
        vaultSentence(document, document.for === null ? null : who(document.for)),
      );
    case 'Purpose':
      return `Who acts for the purpose ${document.name} has acknowledged: “${document.statement}”`;
    case 'Project': {
      const purposes = document.purposes.length === 0 ? '' : ` for ${oneOf(document.purposes)}`;
      const joins = document.maskedJoins ? ', with masked values that join across them' : '';
      const about = `sources named ${oneOf(document.sources)}`;
      return finished(
        document,
        `Members of the project ${document.name} work on ${about}${purposes}${joins}`,
      );
    }
    case 'PolicyTest': {
      const count = document.cases.length;
      return `The test ${document.name} holds ${count} ${count === 1 ? 'case' : 'cases'}.`;
    }
    default:
      return unreachable(document);
  }
}

function finished({ state }: { readonly state: string }, text: string): string {
  return `${text}${state === 'staged' ? ' (staged, not in force)' : ''}.`;
}

function subscriptionSentence({ target, combine, allow }: SubscriptionPolicy): string {
  if (combine === 'shared') return `${capital(who(allow))} may see ${sources(target)}`;
  const everyone = allow.kind === 'anyone';
  const only = everyone ? 'everyone' : `only ${who(allow)}`;
  return `Of ${sources(target)}, ${only} may see anything, whatever other policies allow`;
}

function maskSentence({ target, columns, steps, except }: MaskPolicy): string {
  const selected = [
    ...(columns.tags.length > 0 ? [`tagged ${oneOf(columns.tags)}`] : []),
    ...(columns.names.length > 0 ? [`named ${oneOf(columns.names)}`] : []),
  ].join(' or ');
  const where = target.kind === 'all' ? '' : ` in ${sources(target)}`;
  const parts = steps.map((step) => {
    const condition = step.where === null ? '' : ` where ${rule(step.where)} is not false`;
    return `${mask(step.with)}${condition}`;
  });
  return `Columns ${selected}${where} ${chain(parts, steps)}${exception(except)}`;
}

function rowSentence({ target, steps, except }: RowPolicy): string {
  const parts = steps.map((step) => keeps(step.keep));
  return `Rows of ${sources(target)} ${chain(parts, steps)}${exception(except)}`;
}

/** `A for x, otherwise B for y, otherwise C for everyone else`. */
function chain(parts: readonly string[], steps: readonly { readonly for: Who | null }[]): string {
  const rest = steps.length === 1 ? 'for everyone' : 'for everyone else';
  return parts
    .map((part, i) => {
      const step = steps[i];
      return `${part} ${step === undefined || step.for === null ? rest : `for ${who(step.for)}`}`;
    })
    .join(', otherwise ');
}

function exception(except: Who | null): string {
  return except === null ? '' : `, except for ${who(except)}`;
}

function sources(target: Target): string {
  if (target.kind === 'all') return 'every source';
  const parts = [
    ...(target.sources === null ? [] : [`named ${oneOf(target.sources)}`]),
    ...(target.tags === null ? [] : [`tagged ${oneOf(target.tags)}`]),
    ...(target.columnTags === null ? [] : [`with a column tagged ${oneOf(target.columnTags)}`]),
    ...(target.columnNames === null ? [] : [`with a column named ${oneOf(target.columnNames)}`]),
  ];
  return `sources ${parts.join(' and ')}`;
}

function who(condition: Who): string {
  if (condition.kind === 'anyone') return 'everyone';
  return `those who ${condition.clauses.map((part) => clause(part)).join(' and ')}`;
}

function clause(part: Clause): string {
  switch (part.kind) {
    case 'groups':
      return `are in ${oneOf(part.groups)}`;
    case 'users':
      return `are ${oneOf(part.users)}`;
    case 'attribute':
      return `have ${part.name} ${oneOf(part.values)}`;
    case 'kinds':
      return `are a ${oneOf(part.kinds.map((kind) => (kind === 'service' ? 'service account' : kind)))}`;
    case 'purposes':
      return `act for ${oneOf(part.purposes)}`;
    case 'projects':
      return `act in the project ${oneOf(part.projects)}`;
    case 'when':
      return `meet \`${part.cel}\``;
    case 'any-of':
      return alternatives(part.whos);
    default:
      return unreachable(part);
  }
}

/** A mapping of several keys stands in parentheses, so that its “and” stays with it. */
function alternatives(whos: readonly Who[]): string {
  const parts = whos.map((each) => {
    if (each.kind === 'anyone') return 'are anyone';
    const text = each.clauses.map((one) => clause(one)).join(' and ');
    return each.clauses.length > 1 ? `(${text})` : text;
  });
  return parts.join(' or ');
}

function mask(text: MaskText): string {
  switch (text.kind) {
    case 'clear':
      return 'show as they are';
    case 'hidden':
      return 'are hidden';
    case 'null':
      return 'show NULL';
    case 'constant':
      return `show “${text.value}”`;
    case 'partial':
      return partial(text.keepFirst, text.keepLast);
    case 'regex':
      return `show what matches /${text.pattern}/ as “${text.replacement}”`;
    case 'round':
      return 'unit' in text ? `show only the ${text.unit}` : `are rounded down to ${text.bucket}`;
    case 'hash':
      return 'show a keyed hash';
    case 'reversible':
      return 'show an encryption that can be undone';
    case 'format-preserving':
      return 'show an encryption of the same format';
    case 'sql':
      return `show \`${text.expression}\``;
    default:
      return unreachable(text);
  }
}

function partial(first: number, last: number): string {
  const kept = [
    ...(first > 0 ? [`the first ${first}`] : []),
    ...(last > 0 ? [`the last ${last}`] : []),
  ];
  return kept.length === 0 ? 'show no character' : `show only ${kept.join(' and ')} characters`;
}

function keeps(text: RowRule): string {
  if (text.kind === 'all') return 'all show';
  return text.kind === 'none' ? 'never show' : `show when ${rule(text)}`;
}

function rule(text: RowRule): string {
  switch (text.kind) {
    case 'all':
      return 'true';
    case 'none':
      return 'false';
    case 'match': {
      const { against } = text;
      const own = against.kind === 'attribute' ? `one of the person's ${against.name}` : '';
      const values = against.kind === 'groups' ? `one of the person's groups` : `the person's name`;
      return `${column(text.column)} is ${own === '' ? values : own}`;
    }
    case 'age':
      return `${column(text.column)} is ${text.side} than ${duration(text.seconds)}`;
    case 'purposes':
      return `the person acts for ${oneOf(text.purposes)}`;
    case 'sample':
      return `they fall in the ${text.percent} % chosen by ${column(text.column)}`;
    case 'sql':
      return `\`${text.sql}\``;
    case 'all-of':
    case 'any-of': {
      const joined = text.rules.map((each) => rule(each));
      return `(${joined.join(text.kind === 'all-of' ? ' and ' : ' or ')})`;
    }
    default:
      return unreachable(text);
  }
}

function column(reference: ColumnReference): string {
  if (reference.kind === 'column') return reference.column;
  return `the column tagged ${reference.tag}`;
}

const UNITS = [
  ['year', 31_536_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

function duration(seconds: number): string {
  const [name, size] = UNITS.find(([, unit]) => seconds % unit === 0) ?? ['second', 1];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function oneOf(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
