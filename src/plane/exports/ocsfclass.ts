import { textAt } from './exportedleaf.ts';
import type { Fields } from './exportedleaf.ts';

/** The classes of OCSF 1.8.0 that leaves become; a class's category is its first digit. */
export const CLASSES = {
  authentication: 3002,
  networkActivity: 4001,
  applicationLifecycle: 6002,
  apiActivity: 6003,
  datastoreActivity: 6005,
} as const;
type ClassName = keyof typeof CLASSES;

/** `activity`: number of the class's own list; 99 is "other", which the kind then names. */
export type Reading = {
  readonly class: ClassName;
  readonly activity: number;
  readonly outcome: 'success' | 'failure';
  readonly severity: Severity;
};
export type Severity = 'informational' | 'medium' | 'high' | 'critical';

type Pair = readonly [className: ClassName, activity: number];

const OTHER = 99;

/** Kinds with a class of their own; all others are calls of the API, told apart by their last word. */
const READINGS: ReadonlyMap<string, Pair> = new Map<string, Pair>([
  ['login', ['authentication', 1]],
  ['login-refused', ['authentication', 1]],
  ['logout', ['authentication', 2]],
  ['query', ['datastoreActivity', 4]],
  ['statement-refused', ['datastoreActivity', 4]],
  ['unmask', ['datastoreActivity', 10]],
  ['unmask-refused', ['datastoreActivity', 10]],
  ['samples-shown', ['datastoreActivity', 1]],
  ['samples-refused', ['datastoreActivity', 1]],
  ['vault-revealed', ['datastoreActivity', 1]],
  ['vault-written', ['datastoreActivity', 5]],
  ['vault-forgotten', ['datastoreActivity', 7]],
  ['vault-exported', ['datastoreActivity', 1]],
  ['vault-export-read', ['datastoreActivity', 1]],
  ['vault-export-ended', ['datastoreActivity', 7]],
  ['vault-imported', ['datastoreActivity', 5]],
  ['vault-import-abandoned', ['datastoreActivity', 7]],
  ['vault-alarm', ['datastoreActivity', 1]],
  ['egress-opened', ['networkActivity', 1]],
  ['egress-closed', ['networkActivity', 2]],
  ['egress-refused', ['networkActivity', 5]],
  ['egress-continues', ['networkActivity', 6]],
  ['plane-started', ['applicationLifecycle', 3]],
  ['plane-stopped', ['applicationLifecycle', 4]],
]);

/** Create, read, update, delete of API Activity, by how a kind's name ends. */
const ENDINGS: readonly (readonly [ending: RegExp, activity: number])[] = [
  [/-(?:added|applied|created|installed|issued|opened|registered)$/u, 1],
  [/-(?:shown|told|exported|viewed)$/u, 2],
  [/-(?:changed|hardened|refreshed|rewrapped|rolled|unhardened)$|^policy-change$/u, 3],
  [/-(?:collected|destroyed|dropped|erased|forgotten|pruned|removed)$/u, 4],
];

/** `operation` of a vault's leaves as an activity of Datastore Activity. */
const OPERATIONS: ReadonlyMap<string, number> = new Map([
  ['insert', 6],
  ['update', 2],
  ['delete', 7],
  ['query', 4],
]);

/** What a leaf is to OCSF. A kind that nobody thought of is a call of the API, so that no leaf is left out. */
export function readingOf(fields: Fields): Reading {
  const { kind } = fields;
  const [className, activity] = READINGS.get(kind) ?? (['apiActivity', endingOf(kind)] as const);
  const operation = OPERATIONS.get(textAt(fields, 'operation') ?? '');
  const vault = kind.startsWith('vault-') && className === 'datastoreActivity';
  return {
    class: className,
    activity: vault ? (operation ?? activity) : activity,
    outcome: failed(fields) ? 'failure' : 'success',
    severity: severityOf(fields),
  };
}

function endingOf(kind: string): number {
  return ENDINGS.find(([ending]) => ending.test(kind))?.[1] ?? OTHER;
}

function failed({ kind, effect, outcome }: Fields): boolean {
  if (/-(?:alarm|missing|refused|stale)$/u.test(kind)) return true;
  return ['deny', 'failed', 'cancelled', 'refused'].some((word) =>
    [effect, outcome].includes(word),
  );
}

function severityOf(fields: Fields): Severity {
  if (/-(?:alarm|incident)$/u.test(fields.kind)) return 'critical';
  if (fields.kind === 'acts-missing') return 'high';
  return failed(fields) ? 'medium' : 'informational';
}
