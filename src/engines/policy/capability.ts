import type { Policy, MaskText, RowRule } from './document.ts';

/** Something a policy asks of the door that enforces it. */
export type Capability =
  | `mask/${Exclude<MaskText['kind'], 'clear'>}`
  | 'mask/where'
  | `rows/${Exclude<RowRule['kind'], 'all' | 'all-of' | 'any-of'>}`;

/** Places where data leaves; a later door adds a line. */
export type Door = 'gateway';

/** What each door can do. What it cannot do is refused when policies are checked, never left out quietly. */
export const DOORS: Readonly<Record<Door, ReadonlySet<Capability>>> = {
  gateway: new Set<Capability>([
    'mask/hidden',
    'mask/null',
    'mask/constant',
    'mask/partial',
    'mask/regex',
    'mask/round',
    'mask/hash',
    'mask/reversible',
    'mask/format-preserving',
    'mask/sql',
    'mask/where',
    'rows/none',
    'rows/match',
    'rows/age',
    'rows/purposes',
    'rows/sample',
    'rows/sql',
  ]),
};

export type DoorTable = Readonly<Record<string, ReadonlySet<Capability>>>;
export type Shortfall = { readonly door: string; readonly capability: Capability };

/** What the policy asks for and some door cannot do. */
export function shortfalls(policy: Policy, doors: DoorTable): readonly Shortfall[] {
  const needed = new Set(needs(policy));
  return Object.entries(doors).flatMap(([door, able]) =>
    [...needed]
      .filter((capability) => !able.has(capability))
      .map((capability) => ({ door, capability })),
  );
}

function needs(policy: Policy): readonly Capability[] {
  if (policy.kind === 'SubscriptionPolicy') return [];
  if (policy.does === 'rows') return policy.steps.flatMap((step) => ruleNeeds(step.keep));
  return policy.steps.flatMap((step) => {
    const mask: Capability[] = step.with.kind === 'clear' ? [] : [`mask/${step.with.kind}`];
    return step.where === null ? mask : [...mask, 'mask/where', ...ruleNeeds(step.where)];
  });
}

function ruleNeeds(rule: RowRule): readonly Capability[] {
  if (rule.kind === 'all') return [];
  if (rule.kind === 'all-of' || rule.kind === 'any-of') return rule.rules.flatMap(ruleNeeds);
  return [`rows/${rule.kind}`];
}
