import type { AccessChange, Direction, Finding, Review } from './reviewshape.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';

/** Names in a row before the rest is counted. */
const NAMES_MAX = 6;

const SIGNS: Readonly<Record<Direction, string>> = { gains: '+', loses: '-', differs: '~' };

/** What is wrong with the documents, a line each with where it is; nothing when nothing is. */
export function findingsText(review: Pick<Review, 'errors' | 'warnings'>, style: Style): string {
  const errors = review.errors.map((one) => findingText(one, style.red('error'), style));
  const warnings = review.warnings.map((one) => findingText(one, style.yellow('warning'), style));
  return [...errors, ...warnings].join('');
}

/** Tests that failed, with what was not as expected, and how many held. */
export function testsText(tests: Review['tests'], style: Style): string {
  if (tests.length === 0) return '';
  const failing = tests.filter((one) => one.failures.length > 0);
  const lines = failing.flatMap((one) => [
    `${style.red('✗')} ${printable(`${one.test}: ${one.case}`)}`,
    ...one.failures.map((failure) => `    ${printable(failure)}`),
  ]);
  const held = tests.length - failing.length;
  const sum = `${held} of ${tests.length} test cases hold`;
  lines.push(failing.length === 0 ? `${style.green('✓')} ${sum}` : sum);
  return `${lines.join('\n')}\n`;
}

/** The whole plan: documents, who would see what differently, what is sensitive about it. */
export function planText(review: Review, style: Style): string {
  const parts = [
    documentsText(review, style),
    findingsText(review, style),
    review.diff === null ? '' : diffText(review.diff, style),
    testsText(review.tests, style),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function findingText({ message, hint, where }: Finding, label: string, style: Style): string {
  const place = where === null ? '' : `${where.file ?? 'line'}:${where.line}:${where.column}: `;
  const next = hint === null ? '' : `  ${style.dim('hint:')} ${printable(hint)}\n`;
  return `${printable(place)}${label}: ${printable(message)}\n${next}`;
}

function documentsText(review: Review, style: Style): string {
  const all = [
    ...review.added.map((one) => ({ ...one, sign: '+', mark: style.green })),
    ...review.changed.map((one) => ({ ...one, sign: '~', mark: style.yellow })),
    ...review.removed.map((one) => ({ ...one, sign: '-', mark: style.red })),
  ];
  if (all.length === 0) return 'No document differs from what is in force.\n';
  return all
    .map(({ sign, mark, family, name, sentence }) => {
      const head = `${mark(sign)} ${style.dim(family)} ${style.bold(printable(name))}`;
      return `${head}\n    ${printable(sentence)}\n`;
    })
    .join('');
}

function diffText(diff: NonNullable<Review['diff']>, style: Style): string {
  const { counts } = diff;
  if (diff.changes.length === 0 && diff.unexamined === 0) {
    return 'Nobody would see anything differently.\n';
  }
  const bySource = Map.groupBy(diff.changes, (change) => change.source);
  const blocks = [...bySource].map(
    ([source, changes]) =>
      `${style.bold(printable(source))}\n${changes.map((one) => changeText(one, style)).join('')}`,
  );
  const who = `${plural(counts.people, 'account')} affected`;
  const directions = `${counts.gains} gain, ${counts.loses} lose, ${counts.differs} see otherwise`;
  const where = `${plural(counts.sources, 'source')}, ${plural(counts.columns, 'column')}`;
  const sum = `${who} (${directions}) in ${where}\n`;
  return `${blocks.join('\n')}\n${sum}${sensitiveText(diff, style)}`;
}

function changeText(change: AccessChange, style: Style): string {
  const acting =
    change.project === null
      ? ''
      : ` in project ${change.project}${change.purpose === null ? '' : ` for ${change.purpose}`}`;
  const mark = markOf(change.direction, style);
  const head = `  ${mark(SIGNS[change.direction])} ${peopleText(change.people)}${printable(acting)}\n`;
  const rows =
    change.rows === null
      ? []
      : [{ name: 'rows', tags: [], ...change.rows, label: style.dim('rows') }];
  const columns = gathered(change.columns).map((one) => ({ ...one, label: printable(one.name) }));
  const all = [...rows, ...columns];
  const width = Math.max(...all.map((one) => printable(one.name).length));
  return (
    head +
    all
      .map((one) => {
        const space = ' '.repeat(width - printable(one.name).length);
        const sign = markOf(one.direction, style)(SIGNS[one.direction]);
        const tags = one.tags.length === 0 ? '' : `  ${style.dim(printable(one.tags.join(', ')))}`;
        return `      ${sign} ${one.label}${space}  ${printable(one.before)} → ${printable(one.after)}${tags}\n`;
      })
      .join('')
  );
}

type SensitiveGain = NonNullable<Review['diff']>['sensitive'][number];
type ColumnChange = AccessChange['columns'][number];

/** Columns that change alike, of one table and for one operation or several, as one. */
function gathered(columns: readonly ColumnChange[]): readonly ColumnChange[] {
  const alike = ({ tags, before, after, direction }: ColumnChange) =>
    JSON.stringify([tags, before, after, direction]);
  return [...Map.groupBy(columns, alike).values()].flatMap((group) => {
    const names = namesOf(group.map(({ name }) => name));
    return group.slice(0, 1).flatMap((one) => names.map((name) => ({ ...one, name })));
  });
}

/** Names of columns, each of a vault with its operation: `email (read)`, `email (update)` and `name (read)`, gathered by operations. */
function namesOf(written: readonly string[]): readonly string[] {
  const parts = written.map(
    (text) => /^(?<name>.*?)(?: \((?<operation>\w+)\))?$/su.exec(text)?.groups,
  );
  const byName = Map.groupBy(parts, (one) => one?.['name'] ?? '');
  const byOperations = Map.groupBy(byName, ([, all]) =>
    all.flatMap((one) => one?.['operation'] ?? []).join(', '),
  );
  return [...byOperations].map(([operations, group]) => {
    const names = shortened(group.map(([name]) => name));
    return operations === '' ? names : `${names} (${operations})`;
  });
}

function sensitiveText(diff: NonNullable<Review['diff']>, style: Style): string {
  const unexamined =
    diff.unexamined === 0
      ? ''
      : `${style.yellow('!')} ${plural(diff.unexamined, 'source')} could not be compared: too many\n`;
  if (diff.sensitive.length === 0) return unexamined;
  const alike = ({ source, tags, people }: SensitiveGain) => JSON.stringify([source, tags, people]);
  const lines = [...Map.groupBy(diff.sensitive, alike).values()].flatMap((group) =>
    namesOf(group.map(({ column }) => column)).flatMap((name) =>
      group
        .slice(0, 1)
        .map(
          ({ source, tags, people }) =>
            `    ${printable(`${source}.${name}`)} ${style.dim(printable(tags.join(', ')))} to ${peopleText(people)}\n`,
        ),
    ),
  );
  const head = `${plural(diff.sensitive.length, 'sensitive column')} would show more:`;
  return `${unexamined}${style.yellow('!')} ${style.bold(head)}\n${lines.join('')}`;
}

function markOf(direction: Direction, style: Style): (text: string) => string {
  if (direction === 'gains') return style.green;
  return direction === 'loses' ? style.red : style.yellow;
}

function peopleText(people: readonly string[]): string {
  return shortened(people.map(printable));
}

/** Names in a row, and of many how many more there are. */
function shortened(names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  const shown = names.slice(0, NAMES_MAX).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
