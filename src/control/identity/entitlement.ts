import type { BundleSubject } from '#boundary';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const SUBJECTS = statement(import.meta.url, 'sql/bundle-subjects.sql');

type Row = Omit<BundleSubject, 'kind'> & { readonly kind: BundleSubject['kind'] };

/** Every subject as a bundle carries it: what policy asks about, and what the gateway checks log-ins with. */
export async function bundleSubjects(
  tx: Queryable,
  nowMs: number,
): Promise<readonly BundleSubject[]> {
  const { rows } = await tx.query<Row>(SUBJECTS, [new Date(nowMs)]);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    state: row.state,
    groups: row.groups,
    attributes: row.attributes,
    permissions: row.permissions,
    scram: row.scram,
    tokens: row.tokens,
  }));
}
