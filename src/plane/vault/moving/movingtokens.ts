import type { VaultGround } from '../ground.ts';
import type { KeyBag } from '../keys/keybag.ts';
import type { OpenRecord } from '../records/sealedrecord.ts';
import type { ColumnSchema, TableSchema, TokenPolicy } from '../schema/schema.ts';
import { transientTokens } from '../tokens/tokentable.ts';
import { openTransient } from '../tokens/transient.ts';

/** A transient token on its way, with the end of its time. */
export type MovingToken = { readonly token: string; readonly expiresAtMs: number };

/** The transient tokens of one kind that a value of a record has. */
export type TokensOf = (
  record: string,
  column: ColumnSchema,
  policy: TokenPolicy,
) => readonly MovingToken[];

/** Transient tokens that records had when the export began, and whose time is not over. */
export async function movingTokens(
  { ports }: VaultGround,
  bag: KeyBag,
  wish: {
    readonly table: TableSchema;
    readonly read: readonly { readonly record: OpenRecord }[];
    readonly beganAtMs: number;
  },
): Promise<TokensOf> {
  const { table, read, beganAtMs } = wish;
  const ttlOf = new Map<number, number>();
  for (const { space, ttlSeconds } of table.columns.flatMap(({ tokens }) => tokens)) {
    if (ttlSeconds !== null) ttlOf.set(space, ttlSeconds * 1_000);
  }
  if (ttlOf.size === 0) return () => [];
  const ids = read.map(({ record }) => record.id);
  const rows = await transientTokens(ports.pool, table, { ids, nowMs: ports.clock() });
  const wasThere = rows.filter(
    ({ stand: { space, expiresAtMs } }) => expiresAtMs - (ttlOf.get(space) ?? 0) <= beganAtMs,
  );
  const nameOf = (space: number, column: number, record: string) => `${space} ${column} ${record}`;
  const moving = Map.groupBy(wasThere, ({ stand: { space, owner } }) =>
    nameOf(space, owner.column, owner.record),
  );
  return (record, { number }, { space }) =>
    (moving.get(nameOf(space, number, record)) ?? []).map((row) => {
      return { token: openTransient(bag.index, row), expiresAtMs: row.stand.expiresAtMs };
    });
}
