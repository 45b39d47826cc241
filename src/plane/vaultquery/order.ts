/** What the executor's thread is asked: one statement over the rows it may be worked out from. */
export type ExecutorOrder = {
  readonly id: number;
  readonly tables: readonly OrderTable[];
  /** Equal name, equal tables: they are not made again then. */
  readonly shape: string;
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** Messages of PostgreSQL's extended protocol, up to Sync. */
  readonly messages: Uint8Array;
  readonly answerBytesMax: number;
};

export type OrderTable = {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Columns the lines have. */
  readonly loaded: readonly string[];
  /** Lines of COPY's text format; null where the statement does not read the table. */
  readonly rows: string | null;
};

export type ExecutorAnswer =
  /** Once, from the first thread: an empty cluster, so that the next ones need not make one. */
  | { readonly kind: 'cluster'; readonly bytes: Uint8Array }
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'answer';
      readonly id: number;
      /** Messages of the server; null when there were more bytes than allowed. */
      readonly bytes: Uint8Array | null;
      /** What the engine has taken so far: it never gives any back. */
      readonly memoryBytes: number;
    };
