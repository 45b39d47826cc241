import type { Analysis } from './analysis.ts';
import type { PlanSession } from './plan.ts';

/** Schemas in the order a bare name is looked up: pg_catalog first unless the path says otherwise. */
export function searchPath(a: Analysis): readonly string[] {
  const path = a.session.searchPath.filter((schema) => schema !== 'pg_temp');
  return path.includes('pg_catalog') ? path : ['pg_catalog', ...path];
}

/** The schemas of the path that exist, which is what current_schemas() shows. */
export function existingSchemas(a: Analysis, withImplicit: boolean): readonly string[] {
  const path = withImplicit ? searchPath(a) : a.session.searchPath;
  return path.filter(
    (schema) =>
      schema === 'pg_catalog' || schema === 'information_schema' || a.index.hasSchema(schema),
  );
}

export function currentSchema(a: Analysis): string | null {
  return existingSchemas(a, false)[0] ?? null;
}

/** The schemas of the source a written name could be in. */
export function candidateSchemas(
  session: PlanSession,
  schema: string | undefined,
): readonly string[] {
  return schema === undefined ? session.searchPath : [schema];
}
