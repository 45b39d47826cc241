import { hash } from 'node:crypto';
import type { Bundle, CatalogSource } from '#boundary';
import { prepare } from '#engines/policy';
import type { PolicyView } from '#engines/policy';

const views = new WeakMap<Bundle, PolicyView>();

/** Prepared at the first question about a bundle: most bundles never see one. */
export function policyViewOf(bundle: Bundle): PolicyView {
  const known = views.get(bundle);
  if (known !== undefined) return known;
  const view = prepare(bundle, { sha256: (text) => hash('sha256', text) });
  views.set(bundle, view);
  return view;
}

/** A source by its id or full name. */
export function sourceOf(bundle: Bundle, named: string): CatalogSource | undefined {
  return bundle.sources.find(
    (source) => source.id === named || `${source.system}.${source.schema}.${source.name}` === named,
  );
}
