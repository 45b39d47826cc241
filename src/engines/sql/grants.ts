import { accessOf, rulesNeeded } from './access.ts';
import type { Access } from './access.ts';
import type { Relation } from './catalog.ts';
import type { CatalogIndex } from './catalogindex.ts';
import { need } from './refusal.ts';
import type { RuleOf } from './rule.ts';
import type { Granted } from './substitute.ts';

/** What one subject may see, worked out once a plan. Every function throws a need when rules are missing. */
export type Grants = {
  readonly of: (relation: Relation) => Granted | null;
  readonly all: () => readonly Granted[];
  readonly unrestricted: () => boolean;
};

export function grantsOf(index: CatalogIndex, rules: RuleOf): Grants {
  const known = new Map<number, Access>();
  let all: readonly Granted[] | null = null;
  const access = (relation: Relation): Access => {
    const found = known.get(relation.oid) ?? accessOf(index, rules, relation);
    if (found === null) throw need(rulesNeeded(index, relation));
    known.set(relation.oid, found);
    return found;
  };
  const everything = (): readonly Granted[] => {
    if (all === null) {
      requireRules(index, rules);
      all = index.catalog.relations.map(access).filter((each) => each.kind !== 'absent');
    }
    return all;
  };
  return {
    of: (relation) => {
      const found = access(relation);
      return found.kind === 'absent' ? null : found;
    },
    all: everything,
    unrestricted: () => {
      const { relations } = index.catalog;
      // An empty catalog opens nothing: there must be something that was decided to be open.
      const allKnown = relations.length > 0 && everything().length === relations.length;
      return allKnown && everything().every((each) => each.kind === 'open');
    },
  };
}

function requireRules(index: CatalogIndex, rules: RuleOf): void {
  const roots = new Set(
    index.catalog.relations.flatMap((relation) => rulesNeeded(index, relation)),
  );
  const missing = [...roots].filter((oid) => rules(oid) === undefined);
  if (missing.length > 0) throw need(missing);
}
