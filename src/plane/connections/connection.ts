import type { Id } from '#base/ids';
import type { AskedRedaction } from '#plane/vault';
import type { ConnectionDocument } from './definition.ts';
import type { FieldPath } from './fieldpath.ts';

/** Who calls whom: an application the world, with tokens; or the world an application, with values. */
export type Direction = 'outbound' | 'inbound';

export type ColumnName = { readonly table: string; readonly column: string };

/** What becomes of a value. */
export type Act =
  | { readonly kind: 'keep' }
  /** A token becomes the value, as far as policy shows it; `of` null for a token of any column. */
  | { readonly kind: 'reveal'; readonly redaction: AskedRedaction; readonly of: ColumnName | null }
  /** A value becomes a token: it is written into the vault. */
  | ({ readonly kind: 'tokenise' } & ColumnName);

/** A value of a message that a route names. */
export type Field = { readonly name: string; readonly path: FieldPath; readonly act: Act };

/** How a body is read. `opaque`: not at all. */
export type BodyKind = 'json' | 'form' | 'multipart' | 'opaque';

export type PathStep =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string };

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly steps: readonly PathStep[];
  readonly body: BodyKind;
  readonly request: {
    readonly parameters: readonly Field[];
    readonly query: readonly Field[];
    readonly headers: readonly Field[];
    readonly body: readonly Field[];
  };
  readonly answer: { readonly headers: readonly Field[]; readonly body: readonly Field[] };
  /** The unique column by which a table's record is changed in place of a new one, by table. */
  readonly upserts: ReadonlyMap<string, string>;
};

/** A connection, ready to be called. */
export type Connection = {
  readonly id: Id<'con'>;
  readonly vault: Id<'vlt'>;
  readonly name: string;
  /** Rises with every change, also of its secret. */
  readonly version: number;
  readonly direction: Direction;
  readonly base: URL;
  /** How the target is shown who calls; inbound: how callers show it. */
  readonly auth: 'none' | 'shared-key' | 'mtls';
  readonly keyHeader: string;
  readonly authority: string | null;
  readonly invokers: readonly string[];
  readonly account: string | null;
  /** Whether values that no field names may pass. */
  readonly passes: boolean;
  readonly routes: readonly Route[];
  readonly document: ConnectionDocument;
};
