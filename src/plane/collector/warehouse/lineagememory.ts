import type { FactOf } from '#boundary';

type Table = FactOf<'lineage'>['relations'][number]['table'];

/** What was told of the views of each warehouse, and when; told again after a restart, which changes nothing. */
export type LineageMemory = Map<
  string,
  { readonly atMs: number; readonly names: ReadonlyMap<string, Table> }
>;
