import { Problem } from '#base/problem';
import { databaseProblem, statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import type { VaultSchema } from '#plane/vault';
import { checkConnection } from './check.ts';
import type { Connection, Direction } from './connection.ts';
import type { ConnectionDocument } from './definition.ts';

const INSERT = statement(import.meta.url, 'sql/connectioninsert.sql');
const BY_ID = statement(import.meta.url, 'sql/connectionbyid.sql');
const LIST = statement(import.meta.url, 'sql/connectionlist.sql');
const UPDATE = statement(import.meta.url, 'sql/connectionupdate.sql');
const SECRET = statement(import.meta.url, 'sql/connectionsecret.sql');
const DELETE = statement(import.meta.url, 'sql/connectiondelete.sql');

/** A connection as it is kept, with its sealed secret. */
export type Stored = { readonly connection: Connection; readonly secret: Uint8Array | null };

type Row = {
  readonly id: Connection['id'];
  readonly direction: Direction;
  readonly version: number;
  readonly document: ConnectionDocument;
  readonly secret: Uint8Array | null;
};

function storedOf({ secret, document, direction, ...kept }: Row): Stored {
  return { connection: checkConnection(document, direction, kept), secret };
}

/** The connection of that id at a vault in use; throws `not-found`. */
export async function findConnection(
  db: Queryable,
  id: string,
  direction: Direction,
): Promise<Stored> {
  const { rows } = await db.query<Row>(BY_ID, [id, direction]);
  const [row] = rows;
  if (row !== undefined) return storedOf(row);
  throw new Problem('not-found', `no ${direction} connection \`${id.slice(0, 40)}\``);
}

/** By vault and name. */
export async function listConnections(
  db: Queryable,
  direction: Direction,
  vault: string | null,
): Promise<readonly Stored[]> {
  const { rows } = await db.query<Row>(LIST, [direction, vault]);
  return rows.map(storedOf);
}

/** Throws `conflict` when the vault has one of that name. */
export async function insertConnection(
  tx: Transaction,
  { id, direction, name, document }: Connection,
  vault: VaultSchema,
): Promise<void> {
  const values = [id, vault.number, direction, name, JSON.stringify(document)];
  await tx.query(INSERT, values).catch((thrown: unknown) => {
    const problem = databaseProblem(thrown);
    if (problem.code !== 'conflict') throw problem;
    throw new Problem('conflict', `vault \`${vault.name}\` has a connection \`${name}\` already`);
  });
}

/** Puts a document in place of the one of that version; throws `conflict` when it has another. */
export async function updateConnection(
  tx: Transaction,
  { id, version, document }: Connection,
  keepsSecret: boolean,
): Promise<void> {
  const values = [id, version, JSON.stringify(document), keepsSecret];
  requireOne(await tx.query(UPDATE, values));
}

export async function updateSecret(
  tx: Transaction,
  { id, version }: Connection,
  sealed: Uint8Array,
): Promise<void> {
  requireOne(await tx.query(SECRET, [id, version, sealed]));
}

export async function deleteConnection(tx: Transaction, { id }: Connection): Promise<void> {
  requireOne(await tx.query(DELETE, [id]));
}

function requireOne({ rowCount }: { readonly rowCount: number | null }): void {
  if (rowCount === 1) return;
  throw new Problem('conflict', 'the connection was changed meanwhile', { hint: 'try again' });
}
