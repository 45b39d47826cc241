import { unreachable } from '#base/assert';
import type { AlertContent } from './alertcontent.ts';
import { assetName } from './asset.ts';

/** What an alert says in one line, everywhere the same: `[high] sales.public.orders: 2 checks fail`. */
export function headlineOf(content: AlertContent): string {
  return `[${content.severity}] ${whereOf(content)}: ${whatOf(content)}`;
}

/** The table, or the incident where names are not shown. */
export function whereOf(content: AlertContent): string {
  const { place } = content;
  return place === null ? content.incident : assetName(place);
}

function whatOf(content: AlertContent): string {
  switch (content.event) {
    case 'opened':
    case 'raised':
    case 'reminder': {
      const { signalCount, signals } = content;
      const [only] = signals;
      if (signalCount === 1 && only !== undefined) return signalText(only);
      return `${signalCount} checks fail`;
    }
    case 'acknowledged':
      return 'somebody looks at it';
    case 'resolved':
      return 'resolved';
    case 'trial':
      return 'this is a trial, nothing is wrong';
    default:
      return unreachable(content.event);
  }
}

/** One failing thing in words: `unique (id) fails, 12 failures`. */
export function signalText(signal: AlertContent['signals'][number]): string {
  const column = signal.column === null ? '' : ` (${signal.column})`;
  const failures =
    signal.failures === null
      ? ''
      : `, ${signal.failures} failure${signal.failures === 1 ? '' : 's'}`;
  return `${signal.check}${column} ${VERBS[signal.kind]}${failures}`;
}

const VERBS: Readonly<Record<AlertContent['signals'][number]['kind'], string>> = {
  test: 'fails',
  anomaly: 'is out of the ordinary',
  run: 'ended with an error',
  freshness: 'is late',
  schema: 'changed',
  grants: 'gives more than it should',
};

/** The facts under the headline, as names and texts. */
export function factsOf(content: AlertContent): readonly (readonly [string, string])[] {
  const { owners, downstream, actor, signalCount, signals } = content;
  const unlisted = signalCount - signals.length;
  const facts: (readonly [string, string])[] = [
    ['since', new Date(content.openedAtMs).toISOString().slice(0, 16).replace('T', ' ') + ' UTC'],
  ];
  if (owners.length > 0) facts.push(['owners', owners.join(', ')]);
  if (downstream.tables + downstream.exposures > 0) {
    facts.push(['feeds', `${downstream.tables} tables, ${downstream.exposures} dashboards`]);
  }
  if (actor !== null) facts.push(['by', actor]);
  if (unlisted > 0) facts.push(['not listed', `${unlisted} more`]);
  facts.push(['incident', content.incident]);
  return facts;
}
