import type { Analysis } from './analysis.ts';
import { refusal } from './refusal.ts';
import type { Range } from './scope.ts';
import type { Inner, Node } from './tree.ts';

const SYSTEM_SCHEMAS = new Set(['pg_catalog', 'information_schema']);

export function isSystemSchema(schema: string): boolean {
  return SYSTEM_SCHEMAS.has(schema);
}

export type SystemReference = {
  readonly node: Node;
  readonly inner: Inner<'RangeVar'>;
  readonly sampled: boolean;
};

/** The range of a system catalog, filtered to what the subject may know; null when the schema has no such relation. */
export function systemRange(
  _a: Analysis,
  reference: SystemReference,
  schema: string,
): Range | null {
  if (reference.inner.schemaname === undefined) return null;
  throw refusal(
    '42501',
    `relation \`${schema}.${reference.inner.relname ?? ''}\` is not shown through the gateway`,
  );
}

/** Whether the schema has a system relation of that name that can be shown. */
export function knowsSystem(_schema: string, _name: string): boolean {
  return false;
}
