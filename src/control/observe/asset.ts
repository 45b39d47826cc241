import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const PUT = statement(import.meta.url, 'sql/put-assets.sql');
const FIND = statement(import.meta.url, 'sql/find-asset.sql');

/** A table as facts name it; empty texts for the warehouse itself. */
export type TableName = {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
};

/** The warehouse as a whole, for what concerns no one table. */
export const WHOLE_WAREHOUSE: TableName = { database: '', schema: '', name: '' };

/** What is known of an asset, the catalog's part only where it is registered as a source. */
export type Asset = {
  readonly id: number;
  readonly plane: string;
  readonly warehouse: string;
  readonly schema: string;
  readonly table: string;
  readonly sourceId: string | null;
  readonly owners: readonly string[];
  /** On the table and on its columns. */
  readonly tags: readonly string[];
};

/** Assets by the key `assetKey` gives. */
export type AssetIds = ReadonlyMap<string, number>;

export function assetKey({ database, schema, name }: TableName): string {
  return JSON.stringify([database, schema, name]);
}

/** The ids of tables of one warehouse, made where they are new; a table that comes back is there again. */
export async function assetIds(
  tx: Queryable,
  where: { readonly plane: string; readonly warehouse: string },
  tables: readonly TableName[],
): Promise<AssetIds> {
  const wanted = new Map(tables.map((table) => [assetKey(table), table]));
  if (wanted.size === 0) return new Map();
  const names = JSON.stringify([...wanted.values()]);
  const { rows } = await tx.query<{ id: string } & TableName>(PUT, [
    where.plane,
    where.warehouse,
    names,
  ]);
  return new Map(rows.map((row) => [assetKey(row), Number(row.id)]));
}

/** The asset with what the catalog says of it. */
export async function findAsset(tx: Queryable, id: number): Promise<Asset> {
  const { rows } = await tx.query<AssetRow>(FIND, [id]);
  const row = rows[0];
  if (row === undefined) throw new Error('an asset that was just made is gone');
  return { ...row, id };
}

/** `<warehouse>.<schema>.<table>`, or the warehouse alone: a source's full name where it is one. */
export function assetName(asset: {
  readonly warehouse: string;
  readonly schema: string;
  readonly table: string;
}): string {
  return [asset.warehouse, asset.schema, asset.table].filter((part) => part !== '').join('.');
}

type AssetRow = Omit<Asset, 'id'>;
