import type { Dialect } from './dialect.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A text in a row, empty for null. */
export function textIn(row: Row, name: string): string {
  return textOrNull(row, name) ?? '';
}

/** A text or number in a row as text, or null. */
export function textOrNull(row: Row, name: string): string | null {
  const value = row[name];
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : null;
}

/** One connection to a warehouse, in whatever state its transaction is. */
export type Session = {
  readonly dialect: Dialect;
  /** Rows of one statement; whole numbers may come as text or bigint, moments as the engine's own. */
  query(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** The same in pieces, for results that need not fit into memory. */
  pages(text: string, parameters?: readonly unknown[]): AsyncIterable<readonly Row[]>;
};

/** How statements of one piece of work run. */
export type WorkOptions = {
  /** The engine refuses writes. */
  readonly readOnly?: boolean;
  /** A statement that runs longer throws `limit`. */
  readonly timeoutSeconds?: number;
  /** Ends the running statement; `unavailable` is thrown. */
  readonly signal?: AbortSignal;
};

/**
 * A database that is watched. Born with two implementations: PostgreSQL and DuckDB.
 */
export type Warehouse = {
  readonly dialect: Dialect;
  /**
   * Runs `work` in one transaction of its own connection: committed when it returns, rolled back when it throws. Throws
   * a problem whose message quotes nothing the engine said: `faultOf` names it.
   */
  work<T>(work: (session: Session) => Promise<T>, options?: WorkOptions): Promise<T>;
  close(): Promise<void>;
};
