import { z } from 'zod';

const columnShape = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  redaction: z.string(),
  unique: z.boolean(),
  exactIndex: z.boolean(),
  pending: z.object({ kind: z.string(), type: z.string().optional() }).nullable(),
  tokens: z.array(
    z.object({
      group: z.string(),
      deterministic: z.boolean(),
      shape: z.object({ kind: z.string() }),
    }),
  ),
});
export const vaultShape = z.object({
  ID: z.string(),
  name: z.string(),
  description: z.string(),
  version: z.number(),
  tables: z.array(z.object({ id: z.string(), name: z.string(), columns: z.array(columnShape) })),
});
export type Vault = z.infer<typeof vaultShape>;
export type VaultColumn = z.infer<typeof columnShape>;

/** What records can be found by. */
export function foundBy(column: VaultColumn): string {
  if (column.unique) return 'unique';
  return column.exactIndex ? 'index' : '';
}

/** What a pass over the records is about to bring. */
export function pendingText({ pending }: VaultColumn): string {
  if (pending === null) return '';
  return pending.type === undefined ? pending.kind : `${pending.kind} to ${pending.type}`;
}
