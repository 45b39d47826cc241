import { createHash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import type { Clock } from '#base/clock';
import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import { transaction } from '#platform/db';
import type { Pool, Transaction } from '#platform/db';
import type { Egress } from '#plane/egress';
import type { Keyring } from '#plane/keys';
import type { LeafBody, Ledger } from '#plane/ledger';
import type { VaultCaller, VaultSchema } from '#plane/vault';
import { callTarget } from './call.ts';
import { checkSurroundings, checkConnection } from './check.ts';
import type { Connection, Direction } from './connection.ts';
import {
  deleteConnection,
  findConnection,
  insertConnection,
  listConnections,
  updateConnection,
  updateSecret,
} from './connectiontable.ts';
import type { ConnectionDocument } from './definition.ts';
import type { Answer, Message } from './message.ts';
import type { Rights } from './rights.ts';
import { isKey, sealSecret } from './secret.ts';
import type { SecretDocument } from './secret.ts';
import { openTargets } from './target.ts';

export type ConnectionPorts = {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'write' | 'append'>;
  readonly keyring: Pick<Keyring, 'seal' | 'open'>;
  readonly egress: Pick<Egress, 'connect'>;
  readonly clock: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  /** How long a target has for its whole answer. */
  readonly callMs: number;
};

/** Which connection: an outbound one is not found at the address of inbound ones. */
export type ConnectionName = { readonly id: string; readonly direction: Direction };

/** The connections of a plane. Each method that names one throws `not-found` when it is not there, or its vault is not in use. */
export type Connections = {
  /** Throws what is wrong with the document, and `conflict` when the vault has one of that name. */
  create(
    caller: VaultCaller,
    given: Given & { readonly direction: Direction },
  ): Promise<Connection>;
  get(name: ConnectionName): Promise<Connection>;
  /** Of one vault, or of all. */
  list(direction: Direction, vault: string | null): Promise<readonly Connection[]>;
  /** Puts a document in place of another. Name and vault stay; the secret does while it is for the same target. */
  change(caller: VaultCaller, name: ConnectionName, given: Given): Promise<Connection>;
  remove(caller: VaultCaller, name: ConnectionName): Promise<Connection>;
  /** Seals the secret: it is used, and never given back. */
  seal(caller: VaultCaller, name: ConnectionName, secret: SecretDocument): Promise<Connection>;
  /** One that is to be called, as it is now. */
  open(name: ConnectionName): Promise<OpenConnection>;
  close(): Promise<void>;
};

/** A connection, the same one whatever is asked of it. */
export type OpenConnection = {
  readonly connection: Connection;
  /** Throws `unauthenticated` unless that is the key of an inbound connection. */
  requireKey(shown: string): Promise<void>;
  /** Passes a request on to the target, in somebody's name. */
  call(call: { readonly message: Message; readonly rights: Rights }): Promise<Answer>;
};

type Given = { readonly document: ConnectionDocument; readonly vault: VaultSchema };

export function openConnections(ports: ConnectionPorts): Connections {
  const { pool, ledger, keyring, clock, random } = ports;
  const targets = openTargets(ports.egress, ports.callMs);
  const find = ({ id, direction }: ConnectionName) => findConnection(pool, id, direction);
  const act = async (told: Told, work: (tx: Transaction) => Promise<void>) => {
    await transaction(pool, async (tx) => {
      await work(tx);
      await ledger.append(tx, leafOf(told));
    });
  };
  return {
    async create(caller, { document: given, vault, direction }) {
      const id = newId('con', { nowMs: clock(), random });
      const document = { ...given, vaultID: vault.id };
      const made = checkConnection(document, direction, { id, version: 1 });
      checkSurroundings(made, vault);
      const told = { caller, connection: made, change: 'created' } as const;
      await act(told, (tx) => insertConnection(tx, made, vault));
      return made;
    },
    get: async (name) => (await find(name)).connection,
    list: async (direction, vault) =>
      (await listConnections(pool, direction, vault)).map(({ connection }) => connection),
    async change(caller, name, { document: given, vault }) {
      const { connection: old } = await find(name);
      const document = { ...given, vaultID: vault.id };
      requireSame(old, document);
      const changed = checkConnection(document, name.direction, old);
      checkSurroundings(changed, vault);
      const connection = { ...changed, version: old.version + 1 };
      await act({ caller, connection, change: 'changed' }, (tx) =>
        updateConnection(tx, changed, isForSame(old, changed)),
      );
      targets.drop(connection.id);
      return connection;
    },
    async remove(caller, name) {
      const { connection } = await find(name);
      const told = { caller, connection, change: 'removed' } as const;
      await act(told, (tx) => deleteConnection(tx, connection));
      targets.drop(connection.id);
      return connection;
    },
    async seal(caller, name, document) {
      const { connection: old } = await find(name);
      const sealed = await sealSecret(keyring, old, document);
      const connection = { ...old, version: old.version + 1 };
      await act({ caller, connection, change: 'secret-set' }, (tx) =>
        updateSecret(tx, old, sealed),
      );
      targets.drop(connection.id);
      return connection;
    },
    async open(name) {
      const stored = await find(name);
      const { connection, secret: sealed } = stored;
      return {
        connection,
        async requireKey(shown) {
          if (await isKey(keyring, connection, { sealed, shown })) return;
          throw new Problem('unauthenticated', 'this needs the key of the connection');
        },
        call: (call) => callTarget({ ledger, keyring, targets }, stored, call),
      };
    },
    close: () => targets.close(),
  };
}

type Told = {
  readonly caller: VaultCaller;
  readonly connection: Connection;
  readonly change: LeafBody<'connection-changed'>['change'];
};

function leafOf({ caller, connection, change }: Told): LeafBody<'connection-changed'> {
  const { actor, session, purpose } = caller;
  const { id, vault, version, direction, document } = connection;
  const told = { actor, session, purpose, vault, connection: id };
  return {
    kind: 'connection-changed',
    ...told,
    change,
    direction,
    version,
    digest: digestOf(document),
  };
}

/** SHA-256 of the canonical JSON of the document; there is no secret in it. */
function digestOf(document: ConnectionDocument): string {
  const json = JSON.parse(JSON.stringify(document)) as Json;
  return createHash('sha256').update(canonicalJson(json), 'utf8').digest('hex');
}

function requireSame(old: Connection, { name, vaultID }: ConnectionDocument): void {
  if (old.name === name && old.vault === vaultID) return;
  throw new Problem('invalid', 'name and vault of a connection stay: policies name it by them', {
    hint: 'create another connection',
  });
}

/** Whether the secret of a connection may stay: it must not go to somebody it was not given for. */
function isForSame(old: Connection, changed: Connection): boolean {
  const { auth, base, keyHeader, account, authority } = changed;
  return (
    old.auth === auth &&
    old.base.origin === base.origin &&
    old.authority === authority &&
    old.keyHeader === keyHeader &&
    old.account === account
  );
}
